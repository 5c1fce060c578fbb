import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

GOOD = {
    "goal-window_days": "14",
    "settings-from_name": "Ada",
    "settings-reply_to": "ada@example.com",
    "settings-locale": "pt_BR",
    "settings-time_zone": "Europe/Berlin",
    "settings-quiet_from": "21:00",
    "settings-quiet_until": "07:30",
    "settings-snooze_days": "60",
    "tagging-hosts": "https://Shop.example.com/sale, example.org example.org",
    "tagging-source": "greenlight",
    "tagging-medium": "email",
}


def post(client, campaign, **changes):
    url = reverse("admin:campaigns_goal", args=[campaign.pk])
    values = {"revision": campaign.revision, **GOOD, **changes}
    return client.post(url, values).content.decode()


def test_goal_exit_and_settings_are_saved(editor, flow):
    condition = {
        "goal-condition::mode": "all",
        "goal-condition:0:kind": "event",
        "goal-condition:0:name": "signed_up",
        "goal-condition:0:operator": "at_least",
        "goal-condition:0:count": "1",
        "goal-condition:0:window": "ever",
    }
    page = post(editor, flow, **condition)

    flow.refresh_from_db()
    goal = flow.draft["goal"]
    assert (goal["window_days"], goal["condition"]["conditions"][0]["name"]) == (
        14,
        "signed_up",
    )
    assert flow.draft["exit"] == {"condition": None}
    assert flow.draft["settings"] == {
        "from_name": "Ada",
        "reply_to": "ada@example.com",
        "tagging": {
            "hosts": ["shop.example.com", "example.org"],
            "source": "greenlight",
            "medium": "email",
            "campaign": "",
        },
        "locale": "pt-BR",
        "time_zone": "Europe/Berlin",
        "quiet_from": "21:00",
        "quiet_until": "07:30",
        "snooze_days": 60,
    }
    assert "<html" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"goal-window_days": "0"}, "greater than or equal to 1"),
        ({"goal-window_days": "soon"}, "Write a whole number of days"),
        ({"settings-reply_to": "me"}, "Write an address such as"),
        ({"settings-locale": "klingonese"}, "Write a language such as"),
        ({"settings-time_zone": "Mars/Base"}, "Write a zone such as"),
        ({"settings-quiet_from": "late"}, "Write a time such as 20:00."),
        ({"settings-snooze_days": "91"}, "less than or equal to 90"),
        (
            {"exit-condition::mode": "all", "exit-condition:0:kind": "attribute"},
            "A condition is not complete.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_not_saved(editor, flow, changes, sentence):
    page = post(editor, flow, **changes)

    assert sentence in page
    assert "Not saved: see below" in page
    flow.refresh_from_db()
    assert flow.revision == 1


def test_the_page_is_shown_to_an_onlooker_who_may_not_save(onlooker, flow):
    url = reverse("admin:campaigns_goal", args=[flow.pk])

    assert "Quiet from" in onlooker.get(url).content.decode()
    assert onlooker.post(url, GOOD).status_code == 403


def test_a_stale_page_offers_to_do_it_again(editor, flow):
    page = post(editor, flow, revision="")

    told = post(editor, flow, revision="stale")

    assert "Do mine on top of it" in page
    assert "Do mine on top of it" not in told
    assert "Not saved" in told
    flow.refresh_from_db()
    assert flow.draft["settings"]["from_name"] == ""


def change(client, campaign, name, *args, **values):
    values = {"revision": campaign.revision} | values
    url = reverse(f"admin:campaigns_goal_{name}", args=[campaign.pk, *args])
    page = client.post(url, values, follow=True).content.decode()
    campaign.refresh_from_db()
    return page


TRACKED = {
    "track-goal1-name": "Activated",
    "track-goal1-window_days": "30",
    "track-goal1-touch": "any",
    "track-goal1-condition::mode": "all",
    "track-goal1-condition:0:kind": "event",
    "track-goal1-condition:0:name": "order_completed",
    "track-goal1-condition:0:operator": "at_least",
    "track-goal1-condition:0:count": "1",
    "track-goal1-condition:0:window": "ever",
}


def test_a_goal_is_tracked_filled_in_and_removed(editor, flow):
    page = change(editor, flow, "add")
    assert "track-goal1-name" in page
    assert flow.draft["goals"] == [
        {
            "key": "goal1",
            "name": "",
            "condition": None,
            "window_days": 90,
            "touch": "delivered",
        }
    ]

    post(editor, flow, **TRACKED)
    flow.refresh_from_db()
    goal = flow.draft["goals"][0]
    assert (goal["name"], goal["window_days"], goal["touch"]) == (
        "Activated",
        30,
        "any",
    )
    assert goal["condition"]["conditions"][0]["name"] == "order_completed"

    change(editor, flow, "remove", "goal1")
    assert flow.draft["goals"] == []


def test_there_are_at_most_eight_tracked_goals(editor, flow):
    for _ in range(8):
        change(editor, flow, "add")

    page = change(editor, flow, "add")

    assert "A campaign tracks at most 8 goals." in page
    assert "Count another goal" not in page
    assert len(flow.draft["goals"]) == 8


def test_an_onlooker_tracks_no_goal(onlooker, flow):
    url = reverse("admin:campaigns_goal_add", args=[flow.pk])
    assert onlooker.post(url, {"revision": 1}).status_code == 403


def test_a_goal_is_not_tracked_over_a_newer_draft(editor, flow):
    page = change(editor, flow, "add", revision="7")

    assert "Somebody changed this draft in the meantime" in page
    assert flow.draft["goals"] == []


def test_what_is_no_host_is_said(editor, flow):
    page = post(editor, flow, **{"tagging-hosts": "shop"})

    flow.refresh_from_db()
    assert "“shop” is not the name of a site." in page
    assert flow.draft["settings"]["tagging"]["hosts"] == []
