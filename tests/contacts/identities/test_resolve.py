from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.identities.guards import MOST_REFUSED
from contacts.identities.partition import Link, Node, partition
from contacts.identities.resolve import Refused, Resolved, Sighting, resolve
from contacts.identities.sightings import read_sighting
from contacts.models import Contact, Event, Identifier, IdentifierLink
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db

U1, U2 = ("user_id", "u1"), ("user_id", "u2")
A1, A2 = ("anonymous_id", "a1"), ("anonymous_id", "a2")
E1 = ("email", "ann@example.com")
START = datetime(2026, 2, 1, tzinfo=UTC)


def seen(*pairs, minute=0, basis="together", key=None, previous=(), **who):
    return Sighting(
        pairs,
        basis,
        START + timedelta(minutes=minute),
        key or f"1:{minute}",
        previous=previous,
        **who,
    )


def people():
    """Who is who, as sets of values."""
    groups = defaultdict(set)
    for identifier in Identifier.objects.all():
        groups[identifier.contact_id].add(identifier.value)
    return {frozenset(group) for group in groups.values()}


def test_new_visitor_is_a_contact():
    [found] = resolve([seen(A1)], now=NOW)

    identifier = Identifier.objects.get()
    contact = Contact.objects.get()
    assert found == Resolved(identifier.pk, contact.pk, is_new=True, matched_by="new")
    assert (identifier.kind, identifier.value, identifier.contact_id) == (
        *A1,
        contact.pk,
    )
    assert (contact.email, contact.created_at) == ("", NOW)


def test_visitor_who_signs_up_stays_the_same_contact():
    [visitor] = resolve([seen(A1)], now=NOW)

    [found] = resolve([seen(U1, A1, E1, minute=1)], now=NOW)

    user = Identifier.objects.get(kind="user_id")
    assert found == Resolved(
        user.pk, visitor.contact_id, False, "anonymous_id", linked=[A1, E1]
    )
    assert people() == {frozenset({"u1", "a1", "ann@example.com"})}
    assert Contact.objects.count() == 1


def test_everything_known_takes_three_statements():
    messages = [seen(U1, A1, minute=1), seen(U2, minute=2), seen(A1, minute=3)]
    first = resolve(messages, now=NOW)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        again = resolve([*messages, seen(U1, A1, minute=9)], now=NOW)

    assert len(queries) == 3
    assert [one.contact_id for one in again] == [
        *(one.contact_id for one in first),
        first[0].contact_id,
    ]
    assert [(one.is_new, one.linked, one.matched_by) for one in again] == [
        (False, [], "user_id"),
        (False, [], "user_id"),
        (False, [], "anonymous_id"),
        (False, [], "user_id"),
    ]


def test_a_batch_of_new_people_costs_as_much_as_one():
    def batch(number, size):
        return [
            seen(("user_id", f"p{number}-{one}"), ("anonymous_id", f"p{number}-{one}"))
            for one in range(size)
        ]

    counts = []
    for number, size in enumerate((1, 30)):
        with CaptureQueriesContext(connection) as queries:
            resolve(batch(number, size), now=NOW)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert Contact.objects.count() == 31


def test_two_contacts_turn_out_to_be_one():
    visitor, user = resolve([seen(A1), seen(U1, minute=1)], now=NOW)
    for number, one in enumerate((visitor, user)):
        Event.objects.create(
            contact_id=one.contact_id,
            identifier_id=one.identifier_id,
            name="seen",
            key=str(number),
            occurred_at=NOW,
        )

    [found] = resolve([seen(U1, A1, minute=2)], now=NOW)

    assert found == Resolved(
        user.identifier_id,
        user.contact_id,
        False,
        "user_id",
        linked=[A1],
        merged=[visitor.contact_id],
    )
    assert people() == {frozenset({"u1", "a1"})}
    assert set(Event.objects.values_list("contact_id", flat=True)) == {user.contact_id}
    assert Contact.objects.get().pk == user.contact_id


def test_shared_device_is_told_and_not_merged():
    resolve([seen(U1, A1)], now=NOW)

    [found] = resolve([seen(U2, A1, minute=1)], now=NOW)

    assert found.refusals == [Refused(*A1, reason="shared_device")]
    assert people() == {frozenset({"u1", "a1"}), frozenset({"u2"})}
    assert list(
        IdentifierLink.objects.order_by("at").values_list("refusal", flat=True)
    ) == ["", "shared_device"]


def test_late_link_takes_the_device_and_its_events_to_whom_they_belong():
    [second] = resolve([seen(U2, A1, minute=5)], now=NOW)
    device = Identifier.objects.get(kind="anonymous_id")
    Event.objects.create(
        contact_id=second.contact_id,
        identifier_id=device.pk,
        name="seen",
        key="1",
        occurred_at=NOW,
    )

    [first] = resolve([seen(U1, A1, minute=1)], now=NOW)

    assert people() == {frozenset({"u1", "a1"}), frozenset({"u2"})}
    assert Event.objects.get().contact_id == first.contact_id != second.contact_id


def test_alias_joins_users_and_a_self_alias_says_nothing():
    [found] = resolve(
        [seen(U1, minute=1, basis="alias", previous=(U1, ("anonymous_id", "u1")))],
        now=NOW,
    )
    assert found.linked == []
    assert people() == {frozenset({"u1"})}

    resolve([seen(U2, U1, minute=2, basis="alias")], now=NOW)

    assert people() == {frozenset({"u1", "u2"})}


def test_names_that_name_nobody_are_ignored_and_told():
    [nobody, somebody] = resolve(
        [
            seen(("user_id", "null"), ("anonymous_id", "x" * 300)),
            seen(("user_id", "[object Object]"), A1),
        ],
        now=NOW,
    )

    assert nobody == Resolved(
        None,
        None,
        refusals=[
            Refused("user_id", "null", "blocked_value"),
            Refused("anonymous_id", "x" * 40, "too_long"),
        ],
    )
    assert somebody.refusals == [Refused("user_id", "[object Object]", "blocked_value")]
    assert people() == {frozenset({"a1"})}


def test_contact_of_an_import_is_found_by_address():
    contact = make_contact(email=E1[1])

    [found] = resolve([seen(U1, ("email", " ANN@example.com "))], now=NOW)

    assert (found.contact_id, found.matched_by) == (contact.pk, "email")


PAIRS = (
    st.sampled_from([U1, U2, ("user_id", "u3")]),
    st.sampled_from([A1, A2, ("anonymous_id", "a3")]),
)


@st.composite
def sightings(draw):
    user, device = draw(PAIRS[0]), draw(PAIRS[1])
    minute = draw(st.integers(0, 5))
    kind = draw(st.sampled_from(["both", "user", "device", "alias", "email"]))
    pairs = {
        "both": (user, device),
        "user": (user,),
        "device": (device,),
        "alias": (user, draw(PAIRS[0])),
        "email": (user, E1),
    }[kind]
    basis = "alias" if kind == "alias" else "together"
    return seen(
        *pairs,
        minute=minute,
        basis=basis,
        key=f"1:{draw(st.integers(0, 9))}",
        is_trusted=draw(st.booleans()),
        recognizes=draw(st.booleans()),
    )


def by_the_links_alone(messages):
    """The oracle: links as they are said, and the partition of them."""
    claims = [read_sighting(message) for message in messages]
    names = sorted({pair for claim in claims for pair in claim.pairs})
    number = {pair: place for place, pair in enumerate(names)}
    said, stated = {}, {}
    for claim in claims:
        for pair, at in claim.stated():
            stated[pair] = min(stated.get(pair, at), at)
        since = (claim.sighting.at, claim.sighting.order_key)
        for first, second, basis in claim.links:
            key = (*sorted((number[first], number[second])), basis)
            said[key] = min(said.get(key, since), since)
    links = [
        Link(place, *key, *since) for place, (key, since) in enumerate(said.items())
    ]
    nodes = [Node(place, *pair, stated.get(pair)) for pair, place in number.items()]
    return {
        frozenset(names[place][1] for place in group)
        for group in partition(nodes, links).groups
    }


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(sightings(), min_size=1, max_size=8), st.randoms(), st.integers(1, 4))
def test_any_order_in_any_batches_gives_the_same_people(messages, random, size):
    for model in (Identifier, IdentifierLink, Contact):
        model.objects.all().delete()
    arrived = [*messages, *random.sample(messages, len(messages) // 2)]
    random.shuffle(arrived)

    for start in range(0, len(arrived), size):
        resolve(arrived[start : start + size], now=NOW)

    assert people() == by_the_links_alone(messages)
    assert set(Contact.objects.values_list("pk", flat=True)) == set(
        Identifier.objects.values_list("contact_id", flat=True)
    )


def test_visitors_are_told_from_people():
    def visitors():
        return set(
            Contact.objects.filter(is_anonymous=True).values_list("pk", flat=True)
        )

    first, second = resolve([seen(A1), seen(A2, minute=1)], now=NOW)
    assert visitors() == {first.contact_id, second.contact_id}

    resolve([seen(U1, A1, minute=2)], now=NOW)
    assert visitors() == {second.contact_id}

    # A device that turns out to be another user's leaves nobody a visitor.
    resolve([seen(U2, A1, minute=0)], now=NOW)
    assert visitors() == {second.contact_id}


def test_id_that_a_program_gives_to_everybody_stays_cheap():
    users = [("user_id", f"user-{number}") for number in range(MOST_REFUSED * 2)]
    resolve([seen(one, A1, minute=at) for at, one in enumerate(users)], now=NOW)

    [known] = resolve([seen(users[-1], A1, minute=500)], now=NOW)
    [fresh] = resolve([seen(U1, A1, minute=501)], now=NOW)

    first, *others = users
    alone = {frozenset({value}) for _, value in [*others, U1]}
    assert people() == {frozenset({first[1], A1[1]}), *alone}
    refused = [Refused(*A1, reason="crowded")]
    assert (known.matched_by, known.refusals) == ("user_id", refused)
    assert (fresh.is_new, fresh.refusals) == (False, refused)
    links = IdentifierLink.objects.order_by("at")
    assert [link.refusal for link in links] == ["", *["shared_device"] * MOST_REFUSED]
