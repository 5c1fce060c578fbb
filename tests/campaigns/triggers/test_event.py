"""Who enters because something happened, and how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.engine import enroll, lifecycle
from campaigns.models import Enrollment, Moment, Refusal
from campaigns.triggers.registry import describe_trigger
from contacts.models import Event, Reaction
from tests.factories.campaigns import NOW, make_contact

pytestmark = pytest.mark.django_db
CREATED = {"name": "Account Created", "filters": []}
PRO = {
    "name": "Account Created",
    "filters": [{"name": "plan", "operator": "is", "value": "pro"}],
}
LATER = NOW + timedelta(hours=1)


def on(event=CREATED, **more):
    return {"kind": "event", "event": event, "frequency": "every_entry", **more}


def end_passes():
    Enrollment.objects.update(state="completed")


def test_an_event_with_the_right_property_enrolls(running, happens, take, books):
    running(**on(PRO))
    pro, free = make_contact(), make_contact()
    happens(pro, properties={"plan": "pro"})
    happens(free, properties={"plan": "free"})

    take()

    event = Event.objects.get(contact=pro)
    assert books() == {
        "enrolled": [(pro.pk, f"event:{event.pk}")],
        "refused": [],
        "waiting": [],
    }
    assert Enrollment.objects.get().moment_at == NOW
    assert not Reaction.objects.filter(consumer__startswith="campaign").exists()


def test_a_draft_and_a_stopped_campaign_hear_of_nothing(running, happens, take, books):
    running(state="draft", **on())
    stopped = running(**on())
    lifecycle.stop(campaign=stopped, user=None, now=NOW)
    happens(make_contact())

    assert take() == 0
    assert books() == {"enrolled": [], "refused": [], "waiting": []}
    assert Reaction.objects.filter(consumer__startswith="campaign:").count() == 0


def test_the_past_that_an_import_tells_never_fires(running, happens, take, books):
    running(**on())
    happens(make_contact(), is_historical=True, at=NOW - timedelta(days=300))

    take()

    assert books()["enrolled"] == []


def test_an_event_that_is_told_twice_counts_once(running, happens, take, books):
    running(**on())
    contact = make_contact()

    assert [happens(contact, key="a"), happens(contact, key="a")] == [True, False]
    take()

    assert len(books()["enrolled"]) == 1
    assert books()["refused"] == []


def test_every_event_begins_a_pass_unless_one_goes_on(running, happens, take, books):
    running(**on())
    contact = make_contact()
    happens(contact, at=NOW)
    take()
    end_passes()
    happens(contact, at=LATER)
    take(LATER)
    happens(contact, at=LATER + timedelta(minutes=1))
    take(LATER + timedelta(minutes=1))

    assert len(books()["enrolled"]) == 2
    assert books()["refused"] == [(contact.pk, "still_active")]


def test_once_means_once_for_all_events(running, happens, take, books):
    running(**on(frequency="once"))
    contact = make_contact()
    happens(contact, at=NOW)
    take()
    end_passes()
    happens(contact, at=LATER)
    take(LATER)

    assert books()["enrolled"] == [(contact.pk, "once")]
    assert books()["refused"] == [(contact.pk, "already_enrolled")]


def test_only_the_first_such_event_is_a_moment(running, happens, take, books):
    running(**on(PRO, which="first"))
    before, fresh = make_contact(), make_contact()
    happens(
        before,
        at=NOW - timedelta(days=90),
        properties={"plan": "pro"},
        is_historical=True,
    )
    happens(before, properties={"plan": "pro"})
    happens(fresh, at=NOW - timedelta(days=1), properties={"plan": "free"})
    happens(fresh, properties={"plan": "pro"})

    take()

    assert books() == {
        "enrolled": [(fresh.pk, "first")],
        "refused": [],
        "waiting": [],
    }


def test_an_earlier_first_event_makes_nobody_wait_longer_for_data(
    running, happens, take
):
    running(
        **on(which="first", max_age_hours=None),
        condition={"kind": "attribute", "name": "plan", "operator": "is_set"},
        grace_minutes=30,
    )
    contact = make_contact()
    happens(contact, at=NOW)
    take(NOW)
    happens(contact, at=NOW - timedelta(hours=2), told=NOW + timedelta(minutes=20))
    take(NOW + timedelta(minutes=20))
    take(NOW + timedelta(minutes=31))

    [refusal] = Refusal.objects.all()
    assert (refusal.moment_at, refusal.reason) == (NOW, "no_match")
    assert Moment.objects.count() == 0


def test_a_first_event_that_is_told_late_begins_no_second_pass(
    running, happens, take, books
):
    running(**on(which="first", max_age_hours=None))
    contact = make_contact()
    happens(contact, at=NOW)
    take()
    end_passes()
    happens(contact, at=NOW - timedelta(hours=2), told=LATER)
    take(LATER)

    assert books() == {
        "enrolled": [(contact.pk, "first")],
        "refused": [],
        "waiting": [],
    }


def test_each_value_of_a_key_enters_once_and_waits_for_its_turn(
    running, happens, take, books
):
    running(**on(which="key", key="account_id"))
    contact = make_contact()
    for number, account in enumerate(["a", "b", "a"]):
        happens(
            contact,
            at=NOW + timedelta(seconds=number),
            properties={"account_id": account},
        )
    take()
    first = books()
    end_passes()
    take(NOW + timedelta(minutes=5))

    assert first == {
        "enrolled": [(contact.pk, "key:a")],
        "refused": [],
        "waiting": [(contact.pk, "turn")],
    }
    assert books()["enrolled"] == [(contact.pk, "key:a"), (contact.pk, "key:b")]
    assert books()["waiting"] == []


def test_without_the_key_and_too_late_is_refused_with_the_reason(
    running, happens, take, books
):
    running(**on(which="key", key="account_id", max_age_hours=2))
    nameless, late = make_contact(), make_contact()
    happens(nameless)
    happens(
        late,
        at=NOW - timedelta(hours=3),
        told=NOW,
        properties={"account_id": "a"},
    )

    take()

    assert books()["refused"] == [(nameless.pk, "no_key"), (late.pk, "too_old")]
    assert books()["enrolled"] == []


def test_a_long_key_fits_and_tells_accounts_apart(running, happens, take, books):
    running(**on(which="key", key="account_id"))
    one, other = make_contact(), make_contact()
    happens(one, key="1", properties={"account_id": "x" * 300 + "1"})
    happens(other, key="2", properties={"account_id": "x" * 300 + "2"})

    take()

    keys = [key for _, key in books()["enrolled"]]
    assert len(set(keys)) == 2
    assert all(len(key) <= 80 and key.startswith("key:") for key in keys)


def test_events_out_of_order_enter_in_the_order_they_happened(
    running, happens, take, books
):
    running(**on(which="key", key="account_id"))
    contact = make_contact()
    happens(
        contact,
        at=NOW + timedelta(seconds=9),
        told=LATER,
        properties={"account_id": "late"},
    )
    happens(contact, at=NOW, told=LATER, properties={"account_id": "early"})

    take(LATER)

    assert books()["enrolled"] == [(contact.pk, "key:early")]
    assert books()["waiting"] == [(contact.pk, "turn")]


def test_a_pause_keeps_moments_and_makes_none_too_old(running, happens, take, books):
    campaign = running(**on(max_age_hours=1))
    contact = make_contact()
    happens(contact)
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    paused = take()
    later = NOW + timedelta(days=3)
    lifecycle.resume(campaign=campaign, user=None, now=later)
    take(later)

    assert paused == 0
    assert [row[0] for row in books()["enrolled"]] == [contact.pk]
    assert books()["refused"] == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_each_event_once(running, happens, books, monkeypatch):
    monkeypatch.setattr(enroll, "MOMENTS", 4)
    campaign = running(**on())
    contacts = [make_contact() for _ in range(6)]
    for contact in contacts:
        happens(contact)

    def enroll_elsewhere():
        try:
            return enroll.enroll_moments_of(campaign.pk, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        mine = enroll.enroll_moments_of(campaign.pk, now=LATER)
        other = pool.submit(enroll_elsewhere).result(timeout=20)

    assert [mine, other] == [4, 2]
    assert [row[0] for row in books()["enrolled"]] == [one.pk for one in contacts]
    assert books()["refused"] == []


def test_a_batch_that_dies_leaves_its_events_in_the_inbox(
    running, happens, monkeypatch
):
    campaign = running(**on())
    happens(make_contact())

    def die(*arguments):
        raise SystemExit

    monkeypatch.setattr(enroll, "let_in", die)
    with pytest.raises(SystemExit):
        enroll.enroll_moments_of(campaign.pk, now=LATER)

    assert Reaction.objects.filter(consumer=f"campaign:{campaign.pk}").count() == 1
    assert Enrollment.objects.count() == Moment.objects.count() == 0


@pytest.mark.parametrize(
    ("trigger", "sentence"),
    [
        ({"kind": "event"}, "when you have chosen an event"),
        (on(), "each time that “Account Created” happens"),
        (
            on(PRO, which="first"),
            "the first time that “Account Created” happens where plan is “pro”",
        ),
        (
            on(which="key", key="account_id"),
            "when “Account Created” happens, once for each account id",
        ),
    ],
)
def test_the_trigger_is_said_in_words(trigger, sentence):
    assert describe_trigger(trigger) == sentence
