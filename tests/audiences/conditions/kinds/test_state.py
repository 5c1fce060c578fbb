"""States: permission, address, being asked."""

from datetime import timedelta

import pytest

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of, waiting_of
from contacts import consents
from contacts.models import Contact, Reaction, Suppression, WatchedEvent
from referrals import preferences
from referrals.advocates import enroll_advocates
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.contacts import NOW, make_contact
from tests.factories.referrals import make_program

BEFORE = NOW - timedelta(days=10)


def state(name, operator="is"):
    return {"kind": "state", "state": name, "operator": operator}


def give(contact, at=BEFORE):
    consents.grant([contact.pk], source="form", statement="Yes", now=at)


def make_people():
    people = {
        name: make_contact(now=BEFORE)
        for name in ("fine", "left", "bounced", "never_asked", "late")
    }
    people["no_address"] = make_contact(email="", user_id="u1", now=BEFORE)
    for name in ("fine", "left", "bounced", "no_address"):
        give(people[name])
    give(people["late"], NOW - timedelta(days=1))
    consents.withdraw(
        contact=people["left"], source="page", now=NOW - timedelta(days=2)
    )
    consents.suppress(
        address=people["bounced"].email.upper(),
        reason=Suppression.Reason.BOUNCED,
        now=NOW - timedelta(days=2),
    )
    Contact.objects.filter(pk=people["no_address"].pk).update(is_anonymous=True)
    return people


@pytest.mark.parametrize(
    ("name", "now", "then"),
    [
        ("reachable_by_email", {"fine", "late"}, {"fine", "left", "bounced"}),
        (
            "email_granted",
            {"fine", "bounced", "no_address", "late"},
            {"fine", "left", "bounced", "no_address"},
        ),
        ("email_withdrawn", {"left"}, set()),
        ("email_unknown", {"never_asked"}, {"never_asked", "late"}),
        ("suppressed", {"left", "bounced"}, set()),
        ("anonymous", {"no_address"}, {"no_address"}),
    ],
)
def test_permission_and_address(db, name, now, then):
    people = make_people()
    past = NOW - timedelta(days=5)

    assert selected(state(name), people) == now
    assert selected(state(name, "is_not"), people) == people.keys() - now
    assert selected(state(name), people, as_of=past, is_past=True) == then


def test_being_asked(db):
    people = {name: make_contact(now=BEFORE) for name in ("later", "no", "back", "new")}
    for name in ("later", "back"):
        preferences.snooze(contact_id=people[name].pk, days=60, now=BEFORE)
    preferences.never(contact_id=people["no"].pk, now=BEFORE)
    preferences.never(contact_id=people["back"].pk, now=BEFORE)
    preferences.resume(contact_id=people["back"].pk, now=NOW)
    until = BEFORE + timedelta(days=60)

    assert selected(state("snoozed"), people) == {"later"}
    assert selected(state("snoozed"), people, as_of=until) == set()
    past = NOW - timedelta(days=1)
    assert selected(state("snoozed"), people, as_of=past, is_past=True) == {
        "later",
        "back",
    }
    assert selected(state("never_ask"), people) == {"no"}
    assert selected(state("never_ask"), people, as_of=past, is_past=True) == {
        "no",
        "back",
    }
    assert found_of(state("never_ask"), people["no"]) == {"value": True}
    assert found_of(state("never_ask"), people["new"]) == {"value": False}


def test_advocates(db):
    people = {name: make_contact() for name in ("advocate", "other")}
    enroll_advocates(
        program=make_program(), contact_ids=[people["advocate"].pk], now=NOW
    )

    assert selected(state("advocate"), people) == {"advocate"}
    assert selected(state("advocate"), people, as_of=BEFORE, is_past=True) == set()


def test_what_a_state_waits_for(db):
    node, _ = selection.prepare(state("snoozed"), as_of=NOW)
    reachable, _ = selection.prepare(state("reachable_by_email"), as_of=NOW)

    assert waiting_of(node, {}).own == {"ask_snoozed", "ask_resumed"}
    assert flips_of(node, {}) == {Flip(Clock.STATE, "snoozed")}
    assert waiting_of(reachable, {}).own == {"contact_changed"}
    assert flips_of(reachable, {}) == set()


def test_sentences(db):
    assert selection.describe(state("reachable_by_email")) == (
        "Contacts who can be reached by email."
    )
    assert selection.describe(state("suppressed", "is_not")) == (
        "Contacts whose address is not suppressed."
    )
    assert [str(error) for error in selection.check(state("tall"))] == [
        "State must be one of snoozed, never_ask, advocate, reachable_by_email,"
        " email_granted, email_withdrawn, email_unknown, suppressed, anonymous;"
        " got 'tall'. (at state)"
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda contact: give(contact, NOW),
        lambda contact: consents.withdraw(contact=contact, source="page", now=NOW),
        lambda contact: consents.suppress(
            address=contact.email, reason=Suppression.Reason.MANUAL, now=NOW
        ),
        lambda contact: enroll_advocates(
            program=make_program(), contact_ids=[contact.pk], now=NOW
        ),
    ],
)
def test_permission_tells_that_the_contact_has_changed(db, change):
    contact = make_contact()
    WatchedEvent.objects.create(consumer="test", name="contact_changed")

    change(contact)

    assert list(Reaction.objects.values_list("contact_id", "name")) == [
        (contact.pk, "contact_changed")
    ]


@pytest.mark.parametrize("undo", ["lift", "resubscribe"])
def test_taking_back_a_no_tells_that_the_contact_has_changed(db, undo):
    contact = make_contact()
    consents.withdraw(contact=contact, source="page", now=NOW)
    WatchedEvent.objects.create(consumer="test", name="contact_changed")

    if undo == "lift":
        consents.lift_suppression(
            suppression=Suppression.objects.get(), reason="Asked", user=None, now=NOW
        )
    else:
        consents.resubscribe(contact=contact, source="page", now=NOW)

    assert Reaction.objects.get().contact_id == contact.pk
