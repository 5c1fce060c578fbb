"""Whose word joins two users: not that of a key that anybody can read."""

from datetime import timedelta
from itertools import permutations

import pytest
from django.db import transaction

from contacts import consents, sources
from contacts.admin.debugger.outcome import (
    attribute_lines,
    identity_sentences,
    outvoted_sentence,
)
from contacts.attributes import as_of
from contacts.identities.find import create_or_update_contact
from contacts.models import Consent, Contact, Identifier, IdentifierLink, Receipt
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


def test_address_of_who_has_no_user_id_is_not_claimed_while_nobody_is_recognized():
    ada, _ = create_or_update_contact(email=ADDRESS, now=NOW)
    browser = make_source(kind="browser", recognizes=False)

    visitor, user = take_in(
        browser,
        identify(1, "", anonymousId="v-1"),
        identify(2, ATTACKER),
    )

    assert people() == [[ADDRESS], [ATTACKER], ["v-1"]]
    assert Identifier.objects.get(value=ADDRESS).contact_id == ada.pk
    for result in (visitor, user):
        receipt = Receipt.objects.get(pk=result.receipt_id)
        assert receipt.outcome["refused_links"] == [
            {"kind": "email", "value": ADDRESS, "reason": "not_recognized"}
        ]
        assert identity_sentences(receipt)[-1] == (
            f"Email “{ADDRESS}” was left out. A server, a file or a person had named this"
            " address before, and the source does not recognize people you imported: that is"
            " a switch on its page."
        )


@pytest.mark.parametrize("who", [{"userId": "ada-1"}, {"anonymousId": "v-1"}])
def test_who_was_imported_is_recognized(who):
    ada, _ = create_or_update_contact(
        email=ADDRESS, attributes={"plan": "pro"}, now=NOW
    )
    traits = {"email": ADDRESS, "plan": "free", "size": 3}

    [found] = take_in(
        make_source(kind="browser"), identify(1, "", **who, traits=traits)
    )

    assert people() == [sorted([ADDRESS, *who.values()])]
    assert found.contact_id == ada.pk
    ada.refresh_from_db()
    assert (ada.email, ada.attributes) == (ADDRESS, {"plan": "pro", "size": 3})
    assert [link.basis for link in IdentifierLink.objects.all()] == ["recognized_email"]


def test_who_was_imported_is_recognized_once():
    create_or_update_contact(email=ADDRESS, now=NOW)
    browser = make_source(kind="browser")

    _, second, visitor = take_in(
        browser,
        identify(1, "ada-1", anonymousId="v-1"),
        identify(2, ATTACKER),
        identify(3, "", anonymousId="v-2"),
    )

    assert people() == [["ada-1", ADDRESS, "v-1"], [ATTACKER], ["v-2"]]
    reasons = [
        Receipt.objects.get(pk=one.receipt_id).outcome["refused_links"][0]["reason"]
        for one in (second, visitor)
    ]
    assert reasons == ["untrusted_claim", "stated"]


def test_recognized_person_takes_no_other_address_and_no_known_user():
    create_or_update_contact(email=ADDRESS, now=NOW)
    create_or_update_contact(email="ben@example.com", user_id="ben-1", now=NOW)
    create_or_update_contact(email="carl@example.com", now=NOW)
    browser = make_source(kind="browser")
    evil = {"email": "evil@example.com"}

    take_in(
        browser,
        identify(1, "ben-1"),
        identify(2, ATTACKER),
        identify(3, ATTACKER, traits=evil),
        # Nor does anybody bring one along.
        identify(4, "eve", traits={"email": "eve@example.com"}),
        identify(5, "eve", traits={"email": "carl@example.com"}),
        now=NOW + timedelta(seconds=1),
    )

    assert people() == [
        [ADDRESS, ATTACKER],
        ["ben-1", "ben@example.com"],
        ["carl@example.com"],
        ["eve", "eve@example.com"],
        ["evil@example.com"],
    ]


@pytest.mark.parametrize("came_first", ["file", "claim"])
def test_trusted_word_takes_the_address_back_with_its_consent(came_first):
    browser = make_source(kind="browser")
    if came_first == "claim":
        take_in(browser, identify(1, ATTACKER, type="track", event="Seen"))
    ada, _ = create_or_update_contact(email=ADDRESS, now=NOW)
    consents.grant([ada.pk], source="import", statement="Agreed", now=NOW)
    take_in(browser, identify(2, ATTACKER))
    assert people() == [[ADDRESS, ATTACKER]]

    later = NOW + timedelta(hours=1)
    take_in(make_source(), identify(3, VICTIM), now=later)

    assert people() == [[VICTIM, ADDRESS], [ATTACKER]]
    owner = Identifier.objects.get(value=ADDRESS).contact_id
    assert [one.contact_id for one in Consent.objects.all()] == [owner]
    assert dict(Contact.objects.values_list("identifiers__value", "email")) == {
        VICTIM: ADDRESS,
        ADDRESS: ADDRESS,
        ATTACKER: "",
    }


def test_turned_switch_changes_nothing_that_was_said_before():
    browser = make_source(kind="browser")
    create_or_update_contact(email=ADDRESS, now=NOW)
    create_or_update_contact(email="ben@example.com", now=NOW)
    take_in(browser, identify(1, "ada-1"))

    sources.set_recognizes(source=browser, recognizes=False)
    take_in(
        browser,
        identify(2, "ada-1", anonymousId="v-1", traits={}),
        identify(3, "ben-1", traits={"email": "ben@example.com"}),
    )

    assert people() == [["ada-1", ADDRESS, "v-1"], ["ben-1"], ["ben@example.com"]]


def test_claimed_address_does_not_become_that_of_a_known_user():
    take_in(make_source(), identify(1, VICTIM, traits={"plan": "pro"}))
    browser = make_source(kind="browser")

    evil = {"email": "evil@example.com"}
    later = NOW + timedelta(seconds=1)
    take_in(browser, identify(2, VICTIM, traits=evil), now=later)
    # Nor by way of a visitor who took it first.
    other = {"anonymousId": "v-1", "traits": {"email": "worse@example.com"}}
    take_in(browser, identify(3, "", **other), now=later)
    take_in(browser, identify(4, VICTIM, anonymousId="v-1", traits={}), now=later)

    assert people() == [
        [VICTIM, "v-1"],
        ["evil@example.com"],
        ["worse@example.com"],
    ]
    assert Contact.objects.get(identifiers__value=VICTIM).email == ""


def test_who_a_browser_brought_first_keeps_the_address_it_brought():
    browser = make_source(kind="browser")
    take_in(browser, identify(2, VICTIM))

    order = {"type": "track", "event": "Order Completed", "traits": {}}
    take_in(make_source(), identify(1, VICTIM, **order), now=NOW + timedelta(hours=1))

    assert people() == [[VICTIM, ADDRESS]]
    assert Contact.objects.get().email == ADDRESS


def test_time_that_a_claim_names_gives_it_no_right():
    browser = make_source(kind="browser")
    shared = {"anonymousId": "v-1", "traits": {}}
    take_in(browser, identify(5, VICTIM, **shared), now=NOW)

    take_in(browser, identify(1, ATTACKER, **shared), now=NOW + timedelta(hours=1))

    assert people() == [[VICTIM, "v-1"], [ATTACKER]]


def told(number, plan, **fields):
    return identify(number, VICTIM, **{"traits": {"plan": plan}, **fields})


def test_what_was_stated_is_not_overwritten_by_a_claim():
    browser, server = make_source(kind="browser"), make_source()
    take_in(browser, told(1, "free"), told(2, "pro"))
    contact = Contact.objects.get()
    assert contact.attributes == {"plan": "pro"}

    take_in(server, told(1, "basic", messageId="s1"))
    [claim, _] = take_in(
        browser,
        told(3, "gold", traits={"plan": "gold", "size": 3, "locale": "de"}),
        told(4, "basic"),
    )

    contact.refresh_from_db()
    assert (contact.attributes, contact.locale) == ({"plan": "basic", "size": 3}, "de")
    receipt = Receipt.objects.get(pk=claim.receipt_id)
    assert outvoted_sentence(receipt, contact) == (
        "Not taken: “Plan”. A trusted source, a file or a person has stated it."
    )
    same = Receipt.objects.get(message_id="m4")
    assert outvoted_sentence(same, contact) == ""
    assert [(one.name, one.new) for one in attribute_lines(receipt, contact)] == [
        ("Locale", "de"),
        ("Size", "3"),
    ]
    assert as_of(contact, NOW) == {"plan": "basic", "size": 3, "locale": "de"}


def test_what_was_taken_away_stays_away_whatever_is_claimed():
    take_in(make_source(), told(1, "pro", traits={"plan": None, "firstName": None}))

    take_in(
        make_source(kind="browser"),
        told(
            2, "gold", traits={"plan": "gold", "firstName": "Eve", "name": "Eve Moth"}
        ),
    )

    contact = Contact.objects.get()
    assert (contact.attributes, contact.first_name, contact.last_name) == (
        {},
        "",
        "Moth",
    )


def test_what_a_source_claimed_counts_once_it_is_trusted():
    browser = make_source(kind="browser")
    take_in(make_source(), told(1, "basic"))
    take_in(browser, told(2, "gold"))
    assert Contact.objects.get().attributes == {"plan": "basic"}

    sources.trust_source(source=browser, user=None, now=NOW)
    take_in(browser, told(3, "gold"))

    assert Contact.objects.get().attributes == {"plan": "gold"}


def test_file_states_an_address_that_was_claimed():
    browser = make_source(kind="browser")
    take_in(browser, identify(1, "", anonymousId="v-1"))
    assert Identifier.objects.get(value=ADDRESS).stated_at is None

    create_or_update_contact(email=ADDRESS, now=NOW + timedelta(seconds=1))
    sources.set_recognizes(source=browser, recognizes=False)
    take_in(browser, identify(2, ATTACKER), now=NOW + timedelta(seconds=2))

    assert people() == [[ADDRESS, "v-1"], [ATTACKER]]
