from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from campaigns.models import Rehearsal, RehearsedPerson
from contacts.models.work import WorkState
from tests.factories.campaigns import make_campaign, make_contact
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

AT = datetime(2026, 4, 1, 20, tzinfo=UTC)
COUNTS = {
    "contacts": 1_200,
    "enrolled": 3,
    "refused_count": 0,
    "waiting": 0,
    "failed": 0,
    "asked": 1,
    "asked_people": 1,
    "held": {"cap": 1},
    "held_people": 1,
    "refused": {},
    "days": [["2026-04-01", 1], ["2026-04-02", 0]],
    "hours": [0] * 24,
    "rivals": {"Spring": 1},
    "really": 2,
    "both": 0,
    "missed": 2,
    "turns": 5,
    "step_minutes": 15,
    "was_running": False,
}


def make_rehearsal(campaign, **changes):
    values = {
        "document": campaign.draft,
        "revision": campaign.revision,
        "starts_at": AT - timedelta(days=7),
        "ends_at": AT + timedelta(days=7),
        "state": WorkState.DONE,
        "finished_at": timezone.now(),
        "results": COUNTS,
    }
    return Rehearsal.objects.create(campaign=campaign, **values | changes)


def make_rehearsed(rehearsal, name="Ana", **changes):
    values = {
        "contact": make_contact(first_name=name),
        "rehearsal": rehearsal,
        "what": "asked",
        "at": AT,
        "zone": "Asia/Kolkata",
    }
    return RehearsedPerson.objects.create(**values | changes)


def url(campaign):
    return f"/campaigns/campaign/{campaign.pk}/rehearsal/"


def test_who_would_have_been_asked_is_shown_by_his_own_clock(editor):
    campaign = make_campaign(name="Autumn")
    rehearsal = make_rehearsal(campaign)
    later = AT + timedelta(days=30)
    make_rehearsed(rehearsal, rival="Spring", rival_at=later)
    make_rehearsed(rehearsal, "Bo", what="held", reason="cap")

    asked = editor.get(url(campaign)).content.decode()
    held = editor.get(url(campaign), {"what": "held", "only": "cap"}).content.decode()

    # Eight in the evening of the 1st is half past one of the 2nd there.
    assert "2 Apr 2026, 01:30" in asked
    assert "Ana" in asked
    assert "“Spring”</bdi> on 1 May 2026" in asked
    assert "1 ask, of 1,200 people" in asked
    assert "a turn every 15 minutes" in asked
    assert "The draft has changed" not in asked
    assert "Bo" in held
    assert "Ana" not in held
    assert "Was asked less than 90 days ago" in held


@pytest.mark.parametrize("count", [1, 3])
def test_people_take_the_same_queries(editor, django_assert_max_num_queries, count):
    campaign = make_campaign()
    rehearsal = make_rehearsal(campaign)
    for _ in range(count):
        make_rehearsed(rehearsal)

    with django_assert_max_num_queries(12):
        page = editor.get(f"{url(campaign)}people/").content.decode()

    assert page.count("Ana") == count


def test_the_file_has_the_local_time(editor):
    campaign = make_campaign()
    make_rehearsed(make_rehearsal(campaign))

    answer = editor.get(url(campaign), {"format": "csv"})

    text = b"".join(answer.streaming_content).decode() if answer.streaming else ""
    text = text or answer.content.decode()
    assert "2026-04-02 01:30" in text
    assert "Asia/Kolkata" in text


def test_a_draft_that_has_changed_since_says_so(editor):
    campaign = make_campaign()
    make_rehearsed(make_rehearsal(campaign))
    campaign.draft["settings"]["snooze_days"] = 61
    campaign.save()

    assert "The draft has changed since" in editor.get(url(campaign)).content.decode()
    review = editor.get(f"/campaigns/campaign/{campaign.pk}/review/").content.decode()
    assert "The draft has changed since." in review


def test_one_is_asked_for_and_shows_how_far_it_is(editor):
    trigger = {"kind": "event", "event": {"name": "order_completed", "filters": []}}
    campaign = make_campaign(
        steps=[{"key": "e", "kind": "exit", "name": "Leave"}], trigger=trigger
    )

    editor.post(url(campaign), {"days": "30"})

    rehearsal = Rehearsal.objects.get()
    assert rehearsal.ends_at - rehearsal.starts_at == timedelta(days=30)
    assert rehearsal.document == campaign.draft
    assert "Waiting for a worker" in editor.get(url(campaign)).content.decode()
    progress = f"/campaigns/rehearsals/{rehearsal.pk}/progress/"
    assert editor.get(progress).status_code == 200
    editor.post(progress)
    rehearsal.refresh_from_db()
    assert rehearsal.state == WorkState.CANCELED


def test_days_that_are_not_over_are_refused(editor):
    campaign = make_campaign()

    page = editor.post(
        url(campaign), {"from": "2126-01-01", "until": "2126-01-02"}, follow=True
    )

    assert "Choose a period that is over" in page.content.decode()
    assert not Rehearsal.objects.exists()


def test_a_draft_with_errors_leads_to_the_review(editor):
    campaign = make_campaign(
        steps=[{"key": "b", "kind": "branch", "name": "B", "yes": [], "no": []}]
    )

    answer = editor.post(url(campaign), {"days": "7"})

    assert answer.url == f"/campaigns/campaign/{campaign.pk}/review/"
    assert not Rehearsal.objects.exists()


def test_before_the_first_one_it_says_what_it_is(editor):
    campaign = make_campaign()

    assert "Not rehearsed yet" in editor.get(url(campaign)).content.decode()
    assert editor.get(url(campaign), {"rehearsal": "99"}).status_code == 404


def test_only_who_may_edit_asks_for_one_and_only_who_sees_people_looks(client):
    campaign = make_campaign()
    client.force_login(make_user("campaigns.view_campaign", "contacts.view_contact"))

    assert client.get(url(campaign)).status_code == 200
    assert client.post(url(campaign), {"days": "7"}).status_code == 403

    client.force_login(make_user("campaigns.view_campaign", username="blind"))
    assert client.get(url(campaign)).status_code == 403
