"""The values that a threshold divides."""

from decimal import Decimal

import pytest

from audiences.previews.thresholds import BARS, find_thresholds, step_for
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event

pytestmark = pytest.mark.django_db


def age(operator="at_least", value=40):
    return {"kind": "attribute", "name": "age", "operator": operator, "value": value}


PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def both(*conditions):
    return {"kind": "all", "conditions": [*conditions]}


def test_the_values_are_those_of_who_fits_the_rest():
    for number in range(20, 61):
        make_contact(attributes={"plan": "pro", "age": number})
    make_contact(attributes={"plan": "free", "age": 99})
    make_contact(attributes={"plan": "pro", "age": "old"})

    [found] = find_thresholds(both(PRO, age()), as_of=NOW)

    assert (found.path, found.sign, found.bound) == (("conditions", 1), "≥", 40)
    assert (found.count, found.low, found.high) == (41, 20, 60)
    assert (found.near_top, found.step) == (56, 1)
    assert (len(found.bars), sum(found.bars)) == (BARS, 41)
    assert (found.marks[0], found.marks[50], found.marks[-1]) == (20, 40, 60)


def test_a_trait_is_a_number_for_everybody():
    for total in (100, 700):
        make_event(make_contact(), name="order", total=total)
    make_contact()
    trait = make_trait({"kind": "sum", "event": "order", "property": "total"})
    leaf = {
        "kind": "trait",
        "trait": trait.pk,
        "operator": "greater_than",
        "value": 500,
    }

    [found] = find_thresholds(leaf, as_of=NOW)

    # Who has no order has spent nothing.
    assert (found.count, found.low, found.marks[-1]) == (3, 0, 700)


def test_a_bound_beyond_all_values_is_still_in_sight():
    make_contact(attributes={"age": 40})

    [found] = find_thresholds(age("less_than", 90), as_of=NOW)
    assert (found.low, found.high) == (40, 90)
    [found] = find_thresholds(age("less_than", 40), as_of=NOW)
    assert found.high > found.low


def test_without_values_there_is_nothing_to_drag():
    make_contact()

    assert find_thresholds(both(PRO, age()), as_of=NOW) == []


def test_alternatives_and_negations_leave_the_rest_out():
    make_contact(attributes={"age": 40})
    either = {"kind": "any", "conditions": [PRO, age()]}

    assert [one.count for one in find_thresholds(either, as_of=NOW)] == [1]
    negated = both(PRO, {"kind": "not", "condition": age()})
    assert [one.path for one in find_thresholds(negated, as_of=NOW)] == [
        ("conditions", 1, "condition")
    ]


@pytest.mark.parametrize(
    ("width", "is_whole", "step"),
    [
        ("0", False, "1"),
        ("3", True, "1"),
        ("3", False, "0.02"),
        ("200", True, "1"),
        ("2772", True, "20"),
        ("0.004", False, "0.00002"),
        ("1000000", True, "5000"),
    ],
)
def test_steps_are_round(width, is_whole, step):
    assert step_for(Decimal(width), is_whole=is_whole) == Decimal(step)
