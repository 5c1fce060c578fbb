"""Whose word joins two users: not that of a key that anybody can read."""

from itertools import permutations

import pytest
from django.db import transaction

from contacts import sources
from contacts.admin.debugger.outcome import identity_sentences
from contacts.identities.find import create_or_update_contact
from contacts.models import Contact, Identifier, Receipt
from tests.factories.contacts import NOW
from tests.factories.drain import take_in
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
VICTIM, ATTACKER = "ada-1", "mallory"
ADDRESS = "ada@example.com"


def identify(number, user, **fields):
    return {
        "type": "identify",
        "messageId": f"m{number}",
        "userId": user,
        "traits": {"email": ADDRESS},
        "timestamp": f"2026-02-01T00:0{number}:00Z",
        **fields,
    }


def people():
    """Who is who, as sorted values."""
    groups = {}
    for one in Identifier.objects.order_by("value"):
        groups.setdefault(one.contact_id, []).append(one.value)
    return sorted(groups.values())


@pytest.mark.parametrize("kind", ["browser", "mobile"])
@pytest.mark.parametrize("number", [1, 3])
def test_public_key_takes_nobody_over(kind, number):
    take_in(make_source(), identify(2, VICTIM))
    victim = Contact.objects.get()

    [result] = take_in(make_source(kind=kind), identify(number, ATTACKER))

    assert people() == [[VICTIM, ADDRESS], [ATTACKER]]
    assert result.contact_id != victim.pk
    assert dict(Contact.objects.values_list("pk", "email")) == {
        victim.pk: ADDRESS,
        result.contact_id: "",
    }
    receipt = Receipt.objects.get(pk=result.receipt_id)
    assert receipt.outcome["refused_links"] == [
        {"kind": "email", "value": ADDRESS, "reason": "untrusted_claim"}
    ]
    assert identity_sentences(receipt)[-1] == (
        f"Email “{ADDRESS}” was left out. It names another user. Anybody can send what this"
        " source sends, so two users stay two people unless you trust the source."
    )


def test_public_key_takes_over_nobody_who_was_typed_in():
    typed, _ = create_or_update_contact(email=ADDRESS, user_id=VICTIM, now=NOW)

    [result] = take_in(make_source(kind="browser"), identify(1, ATTACKER))

    assert people() == [[VICTIM, ADDRESS], [ATTACKER]]
    assert Identifier.objects.get(value=ADDRESS).contact_id == typed.pk
    assert result.contact_id != typed.pk


def test_alias_of_a_public_key_takes_nobody_over():
    take_in(make_source(), identify(1, VICTIM))
    alias = {"type": "alias", "previousId": VICTIM, "traits": {}}

    take_in(make_source(kind="browser"), identify(2, ATTACKER, **alias))

    users = Identifier.objects.filter(kind="user_id")
    assert len(set(users.values_list("contact_id", flat=True))) == 2
    # It may be the id of a visitor.
    assert people() == [[VICTIM, ADDRESS], [VICTIM, ATTACKER]]


@pytest.mark.parametrize("kind", ["server", "browser"])
def test_trusted_source_joins_two_users(kind):
    source = make_source(kind=kind)
    sources.trust_source(source=source, user=None, now=NOW)

    take_in(source, identify(1, VICTIM), identify(2, "ada-2"))

    assert people() == [[VICTIM, "ada-2", ADDRESS]]


def test_visitor_of_a_public_key_is_linked_with_address_and_user():
    visitor = {"userId": "", "anonymousId": "v-1"}
    browser = make_source(kind="browser")

    take_in(browser, identify(1, "", **visitor), identify(2, VICTIM, anonymousId="v-1"))

    assert people() == [[VICTIM, ADDRESS, "v-1"]]


def test_order_of_arrival_makes_no_difference():
    outcomes = []
    for order in permutations(range(4)):
        with transaction.atomic():
            server, browser = make_source(), make_source(kind="browser")
            said = [
                (browser, identify(1, ATTACKER)),
                (browser, identify(2, "ada-2")),
                (server, identify(3, VICTIM)),
                # What was claimed, said by who is trusted.
                (server, identify(4, "ada-2")),
            ]
            for place in order:
                source, message = said[place]
                take_in(source, message)
            outcomes.append(people())
            transaction.set_rollback(True)

    assert outcomes == [[[VICTIM, "ada-2", ADDRESS], [ATTACKER]]] * 24
