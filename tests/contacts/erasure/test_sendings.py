import json

import pytest

from contacts.erasure import receipts, sendings
from contacts.erasure.asking import request_erasure
from contacts.erasure.forget import forget_person
from contacts.identities.by_hand import merge_by_hand
from contacts.models import Contact, Erasure, Identifier, InboxBody, Receipt
from contacts.models.work import WorkState
from contacts.work import advance_one
from tests.factories.contacts import NOW, make_contact
from tests.factories.plans import make_source

pytestmark = pytest.mark.django_db


def leave(name, *, source, **changes):
    """A receipt, and a body in the inbox."""
    booked = Identifier.objects.filter(kind="user_id", value=name).first()
    Receipt.objects.create(
        source=source,
        message_id=f"m{Receipt.objects.count()}",
        received_at=NOW,
        understood_at=NOW,
        **{
            "state": "accepted",
            "user_id": name,
            "identifier_id": booked and booked.pk,
            "payload": {"userId": name},
            **changes,
        },
    )
    InboxBody.objects.create(
        source=source,
        received_at=NOW,
        route="track",
        body=json.dumps({"userId": name, "event": "x"}).encode(),
    )


def kept():
    payloads = Receipt.objects.order_by("pk").values_list("payload", flat=True)
    bodies = InboxBody.objects.order_by("pk").values_list("body", flat=True)
    return list(payloads), [json.loads(bytes(body))["userId"] for body in bodies]


def ask_for(contact):
    return request_erasure(
        contact=contact, never_again=False, statement="", user=None, now=NOW
    )


def meanwhile(monkeypatch, happen):
    """Let something happen between the search and the lock, once."""
    find = sendings.find_sendings
    rounds = []

    def find_then(names, *, after_each):
        found = find(names, after_each=after_each)
        rounds.append(names)
        if len(rounds) == 1:
            happen()
        return found

    monkeypatch.setattr(sendings, "find_sendings", find_then)
    return rounds


def test_everything_is_looked_through_some_at_a_time(monkeypatch):
    monkeypatch.setattr(receipts, "RECEIPTS", 2)
    monkeypatch.setattr(sendings, "BODIES", 2)
    monkeypatch.setattr(sendings, "UNSETTLED", 0)
    contact, source = make_contact(user_id="u-7"), make_source()
    for number in range(4):
        leave("u-7", source=source)
        leave(f"v-{number}", source=source)
    erasure = ask_for(contact)
    looked = []
    take_out = sendings.without_person
    monkeypatch.setattr(
        sendings,
        "without_person",
        lambda body, names: (looked.append(body.pk), take_out(body, names))[1],
    )

    advance_one(Erasure, forget_person, now=NOW)

    others = [f"v-{number}" for number in range(4)]
    payloads, waiting = kept()
    assert payloads[::2] == [None] * 4
    assert payloads[1::2] == [{"userId": other} for other in others]
    # All of them once, and under the lock only those of the person.
    assert (waiting, len(looked)) == (others, 8 + 4)
    erasure.refresh_from_db()
    assert (erasure.counts["contacts.receipt"], erasure.counts["inbox"]) == (4, 4)


@pytest.mark.parametrize("unsettled", [0, 100_000])
def test_what_comes_meanwhile_is_found_too(monkeypatch, unsettled):
    monkeypatch.setattr(sendings, "UNSETTLED", unsettled)
    contact, source = make_contact(user_id="u-7"), make_source()
    leave("u-7", source=source)
    ask_for(contact)
    rounds = meanwhile(monkeypatch, lambda: leave("u-7", source=source))

    advance_one(Erasure, forget_person, now=NOW)

    assert kept() == ([None, None], [])
    assert len(rounds) == 1


def test_name_that_is_learned_meanwhile_is_looked_for_too(monkeypatch):
    contact, source = make_contact(user_id="u-7"), make_source()
    leave("a-9", source=source, state="blocked", user_id="")
    erasure = ask_for(contact)
    rounds = meanwhile(
        monkeypatch,
        lambda: Identifier.objects.create(
            contact=contact, kind="anonymous_id", value="a-9"
        ),
    )

    advance_one(Erasure, forget_person, now=NOW)
    erasure.refresh_from_db()
    assert erasure.state == WorkState.RUNNING
    assert contact.identifiers.filter(value="a-9").exists()
    advance_one(Erasure, forget_person, now=NOW)

    assert kept() == ([None], [])
    assert len(rounds) == 2
    assert not contact.identifiers.exists()


def test_who_becomes_a_part_of_another_meanwhile_is_forgotten_there(monkeypatch):
    survivor, contact = make_contact(user_id="u-1"), make_contact(user_id="u-2")
    erasure = ask_for(contact)

    def merge():
        # Nobody merges by hand who is to be forgotten; an identifier may.
        Contact.objects.update(erased_at=None)
        merge_by_hand(contact_id=survivor.pk, other_id=contact.pk, user=None, now=NOW)

    meanwhile(monkeypatch, merge)

    advance_one(Erasure, forget_person, now=NOW)
    advance_one(Erasure, forget_person, now=NOW)

    erasure.refresh_from_db()
    assert (erasure.state, erasure.person) == (WorkState.DONE, survivor.pk)
    assert not Identifier.objects.exists()
    assert Contact.objects.get().erased_at == NOW


def test_events_of_others_in_the_same_request_stay():
    contact = make_contact(user_id="u-7")
    theirs = {"event": "x", "user_id": "u-8"}
    InboxBody.objects.create(
        source=make_source(),
        received_at=NOW,
        route="events",
        body=json.dumps(
            {"events": [{"event": "x", "user_id": "u-7"}, theirs]}
        ).encode(),
    )

    ask_for(contact)
    advance_one(Erasure, forget_person, now=NOW)

    assert json.loads(bytes(InboxBody.objects.get().body)) == {"events": [theirs]}
