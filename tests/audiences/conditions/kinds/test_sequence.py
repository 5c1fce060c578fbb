"""One thing after the other."""

from datetime import timedelta

import pytest

from audiences.conditions.describe import describe_condition
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Clock, Flip, Names
from audiences.conditions.kinds import sequence
from audiences.conditions.parse import dump_condition, parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


def hours(amount):
    return {"amount": amount, "unit": "hours"}


def step(name="b", within=2, **changes):
    return {"name": name, "within": hours(within), **changes}


def first_a(*then, **changes):
    return {"kind": "sequence", "name": "a", "then": list(then), **changes}


def history(contact, *happened):
    """Write events as (name, hours ago) or (name, hours ago, properties)."""
    return [
        make_event(contact, name=name, at=NOW - ago * HOUR, **(rest[0] if rest else {}))
        for name, ago, *rest in happened
    ]


@pytest.mark.parametrize(
    ("happened", "then", "expected"),
    [
        ([("a", 5), ("b", 4)], [step()], True),
        ([("a", 5), ("b", 5)], [step()], False),
        ([("a", 5), ("b", 3)], [step()], False),
        ([("b", 5), ("a", 4)], [step()], False),
        ([("a", 9), ("a", 5), ("b", 4)], [step()], True),
        ([("a", 1), ("b", 0)], [step()], True),
        ([("a", 1), ("b", -0.5)], [step()], False),
        # The nearest second step leads nowhere, a later one does.
        ([("a", 9), ("b", 8), ("b", 6), ("c", 5)], [step(within=4), step("c")], True),
        ([("a", 9), ("b", 8), ("c", 5)], [step(within=4), step("c")], False),
        # The same event again and again.
        ([("a", 9), ("a", 8), ("a", 7)], [step("a"), step("a")], True),
        ([("a", 9), ("a", 8)], [step("a"), step("a")], False),
        # Not following holds once the time has passed.
        ([("a", 2)], [step(did=False)], True),
        ([("a", 1.9)], [step(did=False)], False),
        ([("a", 4), ("b", 3)], [step(did=False)], False),
        ([("a", 4), ("b", 2)], [step(did=False)], True),
        ([("a", 4), ("b", 4)], [step(did=False)], True),
        ([("a", 9), ("b", 8), ("c", 7)], [step(), step("c", did=False)], False),
        ([("a", 9), ("b", 8), ("c", 6)], [step(), step("c", did=False)], True),
        ([("a", 2), ("b", 1)], [step(), step("c", did=False)], False),
    ],
)
def test_sequence_selects(db, happened, then, expected):
    contact = make_contact()
    history(contact, *happened)
    history(make_contact(), ("b", 4), ("a", 1), ("c", 4))

    assert selects(first_a(*then), contact) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"order": "x"}, {"order": "x"}, True),
        ({"order": 7}, {"order": "7"}, True),
        ({"order": "x"}, {"order": "y"}, False),
        ({"order": None}, {"order": None}, False),
        ({}, {}, False),
    ],
)
def test_sequence_goes_by_what_is_the_same(db, left, right, expected):
    contact = make_contact()
    history(contact, ("a", 5, left), ("b", 4, right))

    assert selects(first_a(step(same="order")), contact) == expected
    assert selects(first_a(step(same="order", did=False)), contact) != expected


def test_sequence_is_the_same_from_step_to_step(db):
    contact = make_contact()
    history(
        contact,
        ("a", 9, {"x": 1}),
        ("b", 8, {"x": 1, "y": 2}),
        ("c", 7, {"x": 3, "y": 2}),
    )

    assert selects(first_a(step(same="x"), step("c", same="y")), contact)
    assert not selects(first_a(step(same="x"), step("c", same="x")), contact)


def test_sequence_begins_within_its_window_and_may_end_after_it(db):
    contact = make_contact()
    history(contact, ("a", 5), ("b", 4))

    def within(**window):
        return selects(first_a(step(), window=window), contact)

    assert not within(kind="last", **hours(5))
    assert within(kind="last", **hours(6))
    assert within(kind="ago", nearest=hours(5), farthest=hours(6))
    assert not within(kind="ago", nearest=hours(4), farthest=hours(5))
    assert within(
        kind="between", **{"from": "2026-03-01T07:00:00Z"}, until="2026-03-01T07:30:00Z"
    )


def test_sequence_filters_each_step(db):
    contact = make_contact()
    history(contact, ("a", 5, {"n": 1}), ("b", 4, {"n": 2}))
    one, two = ({"name": "n", "operator": "is", "value": number} for number in (1, "2"))

    assert selects(first_a(step(filters=[two]), filters=[one]), contact)
    assert not selects(first_a(step(filters=[one]), filters=[one]), contact)
    assert selects(first_a(step(filters=[one], did=False)), contact)


def test_sequence_leaves_earlier_events_out_of_account(db):
    contact = make_contact()
    history(contact, ("a", 5), ("b", 4))

    assert not selects(first_a(step()), contact, counts_from=NOW - 5 * HOUR)
    assert selects(first_a(step()), contact, counts_from=NOW - 5 * HOUR - MICROSECOND)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (first_a(), ("then",), "Say what came then, in 1 to 4 steps."),
        (first_a(*[step()] * 5), ("then",), "Say what came then, in 1 to 4 steps."),
        (first_a("b"), ("then", 0), "Choose an event."),
        (first_a(step(" ")), ("then", 0, "name"), "Choose an event."),
        (first_a({"name": "b"}), ("then", 0, "within"), "Enter how long, like 90 days."),
        (first_a(step(), step(did="no")), ("then", 1, "did"), "Expected true or false; got 'no'."),
        (first_a(step(did=False), step()), ("then", 0, "did"), "Only the last step can be something that they did not do."),
        (first_a(step(same=5)), ("then", 0, "same"), "Enter a text."),
        (first_a(step(filters=5)), ("then", 0, "filters"), "Use at most 20 filters on one event."),
    ],
)  # fmt: skip
def test_sequence_names_the_place_of_what_is_wrong(document, path, message):
    with pytest.raises(ConditionError) as caught:
        parse_condition(document)

    assert (caught.value.path, caught.value.message) == (path, message)


def test_sequence_is_written_as_it_was_read():
    document = first_a(
        {"did": True, **step(same="order"), "filters": []},
        {"did": False, **step("c", within=5), "filters": []},
        filters=[{"name": "n", "operator": "is", "value": 1}],
        window={"kind": "last", **hours(9)},
    )

    assert dump_condition(parse_condition(document)) == document


def test_sequence_says():
    document = first_a(
        step("invite_sent", same="team_id"),
        step("order_completed", within=72, did=False),
        window={"kind": "last", **hours(9)},
        filters=[{"name": "n", "operator": "is", "value": 1}],
    )

    assert describe_condition(parse_condition(document), Names()) == (
        "Contacts who did “A” in the last 9 hours where n is 1, then did “Invite sent”"
        " with the same team id within 2 hours, then did not do “Order completed”"
        " within 72 hours."
    )


def test_sequence_flips_as_the_last_step_can_no_longer_follow():
    node = parse_condition(
        first_a(
            step(), step("c", within=5, did=False), window={"kind": "last", **hours(9)}
        )
    )

    assert list(sequence.KIND.waits_for(node, {})) == ["a", "b", "c"]
    assert set(sequence.KIND.flips(node, {})) == {
        Flip(Clock.EVENT, "a"),
        Flip(Clock.EVENT, "b"),
        Flip(Clock.EVENT, "c"),
        Flip(Clock.EVENT, "a", 9 * HOUR),
        Flip(Clock.EVENT, "b", 5 * HOUR),
    }


def test_sequence_tells_how_far_it_goes(db):
    contact = make_contact()
    old, _, nearest, later, _ = history(
        contact, ("a", 20), ("a", 9), ("b", 19), ("b", 18.5), ("b", 5)
    )
    document = first_a(step(), step("c"))

    assert found_of(document, contact) == {
        "unit": "steps",
        "value": 2,
        "needed": 3,
        "events": [nearest.pk, old.pk],
    }
    (end,) = history(contact, ("c", 17))
    assert found_of(document, contact) == {
        "unit": "steps",
        "value": 3,
        "needed": 3,
        "events": [end.pk, later.pk, old.pk],
    }
    assert found_of(first_a(step("d")), make_contact())["value"] == 0
    assert found_of(first_a(step("c", did=False)), contact)["value"] == 2
