from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.identities.partition import CLAIMS, Link, Node, partition

START = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = {"u": "user_id", "a": "anonymous_id", "e": "email"}


def people(*facts, cut=()):
    """Partition what is written as ("u1 a1", "together"), one minute after the other."""
    names = sorted({name for ends, _ in facts for name in ends.split()})
    nodes = {name: number for number, name in enumerate(names, 1)}
    links = []
    for number, (ends, basis) in enumerate(facts):
        first, second = (nodes[name] for name in ends.split())
        at = START + timedelta(minutes=number)
        links.append(Link(number, first, second, basis, at, str(number), number in cut))
    found = partition(
        [Node(number, KINDS[name[0]], name) for name, number in nodes.items()], links
    )
    groups = {
        " ".join(name for name in names if nodes[name] in group)
        for group in found.groups
    }
    return groups, found.refusals


def test_visitor_who_signs_up_is_one_person():
    assert people(("u1 a1", "together")) == ({"a1 u1"}, {})


def test_device_stays_with_the_first_of_two_users():
    assert people(("u1 a1", "together"), ("u2 a1", "together")) == (
        {"a1 u1", "u2"},
        {1: "shared_device"},
    )


def test_alias_and_address_join_two_users():
    assert people(("u1 a1", "together"), ("u1 u2", "alias")) == ({"a1 u1 u2"}, {})
    assert people(("u1 e1", "email"), ("u2 e1", "email")) == ({"e1 u1 u2"}, {})


@pytest.mark.parametrize(
    "claim", ["claimed_email", "claimed_alias", "recognized_email"]
)
def test_claim_joins_no_two_users_whatever_time_it_names(claim):
    kept = {"e1 u1", "u2"}

    assert people(("u1 e1", "email"), ("u2 e1", claim)) == (
        kept,
        {1: "untrusted_claim"},
    )
    assert people(("u2 e1", claim), ("u1 e1", "email")) == (
        kept,
        {0: "untrusted_claim"},
    )
    # Nor by way of a visitor.
    assert people(("a1 e1", claim), ("u1 e1", "email"), ("u2 a1", "together")) == (
        {"e1 u1", "a1 u2"},
        {0: "untrusted_claim"},
    )


def test_claim_links_a_visitor_and_a_trusted_word_joins_two_users():
    assert people(("a1 e1", "claimed_email"), ("u1 a1", "claimed_alias")) == (
        {"a1 e1 u1"},
        {},
    )
    assert people(
        ("u1 e1", "claimed_email"), ("u2 e1", "claimed_email"), ("u2 e1", "email")
    ) == ({"u1", "e1 u2"}, {0: "untrusted_claim"})
    assert people(
        ("u1 e1", "email"), ("u2 e1", "claimed_email"), ("u2 e1", "email")
    ) == ({"e1 u1 u2"}, {})


def test_device_of_two_users_who_are_one():
    assert people(("u1 u2", "alias"), ("u1 a1", "together"), ("u2 a1", "together")) == (
        {"a1 u1 u2"},
        {},
    )


@pytest.mark.parametrize(
    ("letter", "basis", "most", "reason"),
    [
        ("u", "alias", 5, "too_many_user_ids"),
        ("e", "email", 5, "too_many_emails"),
        ("a", "together", 100, "too_many_anonymous_ids"),
    ],
)
def test_one_too_many_of_a_kind_stays_alone(letter, basis, most, reason):
    hub = "u00" if letter == "u" else "u0"
    others = [f"{letter}{number:03}" for number in range(1, most + 2)]
    if letter == "u":
        others.pop()

    groups, refusals = people(*((f"{hub} {other}", basis) for other in others))

    assert groups == {" ".join(sorted([hub, *others[:-1]])), others[-1]}
    assert refusals == {len(others) - 1: reason}


def test_by_hand_comes_before_all_and_knows_no_limits():
    groups, refusals = people(
        ("u2 a1", "together"), ("u1 a1", "together"), ("u1 u2", "by_hand")
    )

    assert (groups, refusals) == ({"a1 u1 u2"}, {})


def test_cut_link_never_joins():
    assert people(("u1 a1", "together"), cut={0}) == ({"a1", "u1"}, {0: "cut"})


def test_identifier_that_is_gone_still_holds_together():
    links = [
        Link(1, 1, 9, "email", START, "1"),
        Link(2, 2, 9, "email", START, "2"),
    ]

    found = partition([Node(1, "user_id", "u1"), Node(2, "user_id", "u2")], links)

    assert found.groups == [frozenset({1, 2})]


NAMES = st.sampled_from(["u1", "u2", "u3", "a1", "a2", "a3", "e1", "e2"])
FACTS = st.lists(
    st.tuples(
        NAMES,
        NAMES,
        st.sampled_from(
            ["together", *CLAIMS, *CLAIMS.values(), "recognized_email", "by_hand"]
        ),
        st.integers(0, 3),
        st.integers(0, 2),
        st.booleans(),
    ).filter(lambda fact: fact[0] != fact[1]),
    max_size=12,
    unique_by=lambda fact: (frozenset(fact[:2]), fact[2]),
)


@settings(deadline=None)
@given(FACTS, st.permutations(range(12)), st.permutations(range(1, 9)))
def test_nothing_depends_on_what_arrived_first(facts, order, ids):
    names = ["u1", "u2", "u3", "a1", "a2", "a3", "e1", "e2"]

    def outcome(numbers, arrived):
        links = [
            Link(
                number,
                *sorted((numbers[first], numbers[second])),
                basis,
                START + timedelta(minutes=minute),
                f"{key}",
                is_cut=is_cut and basis != "by_hand",
            )
            for number, (first, second, basis, minute, key, is_cut) in enumerate(facts)
        ]
        known = {number: name for name, number in numbers.items()}
        found = partition(
            [Node(number, KINDS[name[0]], name) for name, number in numbers.items()],
            [links[place] for place in arrived if place < len(links)],
        )
        groups = {frozenset(known[one] for one in group) for group in found.groups}
        return groups, found.refusals

    in_order = outcome({name: place for place, name in enumerate(names, 1)}, range(12))

    assert outcome(dict(zip(names, ids, strict=True)), order) == in_order
