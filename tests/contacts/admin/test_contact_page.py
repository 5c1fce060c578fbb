from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contacts import consents
from contacts.admin import panels
from contacts.admin.contact_page import language_name, local_time
from contacts.models import Consent, Contact
from tests.factories.contacts import NOW, make_contact, make_event, make_list, make_user

pytestmark = pytest.mark.django_db
SEEING = ("contacts.view_contact", "contacts.view_event")
DOING = (
    *SEEING,
    "contacts.change_contact",
    "contacts.add_suppression",
    "contacts.delete_suppression",
    "contacts.change_contactlist",
)


@pytest.fixture
def marketer(client):
    client.force_login(make_user(*DOING))
    return client


def path_of(contact, part="change"):
    return f"/contacts/contact/{contact.pk}/{part}/"


def sentences(page):
    return [happening.sentence for happening in page.context["happenings"]]


def test_page_tells_who_and_what_happened_newest_first(marketer):
    ada = make_contact(
        first_name="Ada",
        user_id="u1",
        locale="de-AT",
        time_zone="Asia/Tokyo",
        attributes={"plan": "pro", "is_vip": True},
    )
    make_event(ada, name="survey_answered", at=NOW, nps=9)
    make_event(ada, at=NOW - timedelta(days=1), total=12.5, currency="EUR")
    make_event(make_contact(), name="signed_up")

    page = marketer.get(path_of(ada))

    assert set(sentences(page)) == {
        "Told: email, first name, is vip and 3 more, by hand",
        "Answered the survey with 9 of 10",
        "Ordered for 12.50 EUR",
    }
    assert sentences(page)[-1] == "Ordered for 12.50 EUR"
    assert page.context["attributes"] == [("is_vip", "yes"), ("plan", "pro")]
    text = page.content.decode()
    for shown in (
        "German (Austria)",
        "u1",
        "Asia/Tokyo",
        "All customers",
        "Never asked",
    ):
        assert shown in text


def test_page_shows_the_clock_of_the_contact(marketer):
    ada = make_contact(time_zone="Asia/Kolkata")

    page = marketer.get(path_of(ada))

    clock = datetime.now(ZoneInfo("Asia/Kolkata")).replace(tzinfo=None)
    assert abs(page.context["clock"] - clock) < timedelta(minutes=1)
    assert f"now {page.context['clock']:%a %H:%M}" in page.content.decode()


def test_page_of_somebody_new_says_that_nothing_happened(marketer):
    nobody = Contact.objects.create(email="ada@example.com")
    page = marketer.get(path_of(nobody)).content.decode()

    assert "Nothing has happened yet" in page
    assert "None yet. They come with imports" in page


def test_page_is_refused_without_permission(client):
    ada = make_contact(first_name="Ada")
    client.force_login(make_user())

    for part in ("change", "timeline"):
        page = client.get(path_of(ada, part))
        assert page.status_code == 403
        assert "Ada" not in page.content.decode()


def test_page_hides_events_from_who_may_not_see_them(client):
    ada = make_contact()
    make_event(ada, name="signed_up")
    client.force_login(make_user("contacts.view_contact"))

    page = client.get(path_of(ada))

    assert page.status_code == 200
    assert "Signed up" not in page.content.decode()


@pytest.mark.parametrize("key", ["0", "999999999", "x", "9" * 30, "²"])
def test_page_of_nobody_is_not_found(marketer, key):
    assert marketer.get(f"/contacts/contact/{key}/change/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_the_same_queries_for_any_number(
    marketer, count, django_assert_num_queries
):
    ada = make_contact()
    for number in range(count):
        make_event(ada, name=f"event_{number}")
        make_list(contacts=[ada])
        consents.grant([ada.pk], source="import", statement="", now=NOW)
    marketer.get(path_of(ada))

    with django_assert_num_queries(24):
        page = marketer.get(path_of(ada))

    # The address was told as well.
    assert len(sentences(page)) == count + 1


def test_timeline_part_filters_and_turns_pages(marketer):
    ada = make_contact()
    for day in range(30):
        make_event(ada, name="signed_up", at=NOW + timedelta(days=day))
    make_event(ada, name="review_left", stars=4)

    second = marketer.get(path_of(ada, "timeline"), {"page": 2})
    reviews = marketer.get(path_of(ada, "timeline"), {"event": "review_left"})

    assert "<html" not in second.content.decode()
    assert len(sentences(second)) == 7
    assert sentences(reviews) == ["Left a review with 4 of 5 stars"]
    assert sentences(marketer.get(path_of(ada, "timeline"), {"event": "nothing"})) == []
    assert len(sentences(marketer.get(path_of(ada, "timeline"), {"page": "x"}))) == 25


def test_unsubscribe_by_hand_wants_a_reason(marketer):
    ada = make_contact(first_name="Ada", email="ada@example.com")

    page = marketer.post(path_of(ada, "unsubscribe"), {"reason": " "}, follow=True)
    assert "Say why" in page.content.decode()
    assert not Consent.objects.exists()

    page = marketer.post(
        path_of(ada, "unsubscribe"), {"reason": "Told us by phone"}, follow=True
    )
    assert "Ada gets no more emails" in page.content.decode()
    assert "Told us by phone" in page.content.decode()
    assert Consent.objects.get().state == "withdrawn"
    assert consents.suppression_of("ada@example.com").reason == "unsubscribed"


def test_suppress_and_lift_by_hand(marketer):
    ada = make_contact(email="ada@example.com")

    marketer.post(path_of(ada, "suppress"), {"reason": ""})
    assert consents.suppression_of("ada@example.com") is None
    page = marketer.post(path_of(ada, "suppress"), {"reason": "Lawyer"}, follow=True)
    assert "Lawyer" in page.content.decode()
    assert consents.suppression_of("ada@example.com").details == "Lawyer"

    marketer.post(path_of(ada, "lift"), {"reason": ""})
    assert consents.suppression_of("ada@example.com") is not None
    page = marketer.post(path_of(ada, "lift"), {"reason": "Settled"}, follow=True)
    assert "possible again" in page.content.decode()
    assert consents.suppression_of("ada@example.com") is None

    marketer.post(path_of(ada, "lift"), {"reason": "Again"})
    assert consents.suppression_of("ada@example.com") is None


def test_lists_by_hand(marketer):
    ada = make_contact()
    vips = make_list(name="VIPs")

    page = marketer.post(path_of(ada, "add-to-list"), {"list": vips.pk}, follow=True)
    assert page.context["lists"] == [vips]
    assert page.context["other_lists"] == []

    page = marketer.post(
        path_of(ada, "remove-from-list"), {"list": vips.pk}, follow=True
    )
    assert page.context["lists"] == []
    assert marketer.post(path_of(ada, "add-to-list"), {"list": "x"}).status_code == 404


@pytest.mark.parametrize(
    "action", ["unsubscribe", "suppress", "lift", "add-to-list", "remove-from-list"]
)
def test_actions_are_refused_without_permission(client, action):
    ada = make_contact(email="ada@example.com")
    vips = make_list()
    client.force_login(make_user(*SEEING))

    answer = client.post(path_of(ada, action), {"reason": "x", "list": vips.pk})

    assert answer.status_code == 403
    assert not Consent.objects.exists()
    assert consents.suppression_of("ada@example.com") is None


def test_actions_do_not_happen_by_looking(marketer):
    ada = make_contact()

    assert marketer.get(path_of(ada, "unsubscribe")).status_code == 405


def test_other_apps_add_sections(marketer, monkeypatch):
    monkeypatch.setattr(panels, "PANELS", {})
    panels.register_panel(
        "Referrals",
        lambda contact: [panels.PanelRow("Friends", 3, "/friends/", state="won")],
        permission="contacts.view_contact",
    )
    panels.register_panel(
        "Empty", lambda contact: [], permission="contacts.view_contact"
    )
    panels.register_panel(
        "Secret",
        lambda contact: [panels.PanelRow("Secret", "for nobody")],
        permission="contacts.delete_contact",
    )
    panels.register_panel(
        "Drawn",
        lambda contact: panels.PanelTemplate(
            "components/_stat.html", {"label": "x", "value": 1}
        ),
        permission="contacts.view_contact",
    )
    ada = make_contact()

    page = marketer.get(path_of(ada)).content.decode()

    assert (
        '<a href="/friends/"><span class="gl-badge gl-badge--good">3</span></a>' in page
    )
    assert "<h3>Drawn</h3>" in page
    assert "<h3>Empty</h3>" not in page
    assert "for nobody" not in page


def test_language_and_clock_of_odd_values():
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert language_name("not a tag") == "not a tag"
    assert local_time("Nowhere/Land", now) is None
    assert local_time("", now) is None
    assert local_time("Asia/Tokyo", now) == datetime(2026, 3, 1, 21)  # noqa: DTZ001
