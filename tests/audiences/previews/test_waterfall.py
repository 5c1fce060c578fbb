"""Whom each condition of a rule leaves, or brings."""

import pytest

from audiences.previews.waterfall import MOST_STEPS, Step, waterfall
from audiences.selection import count_contacts
from contacts.models import Contact
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


def has(name, value):
    return {"kind": "attribute", "name": name, "operator": "is", "value": value}


PRO, OLD = has("plan", "pro"), has("age", 40)


@pytest.fixture(autouse=True)
def people(db):
    make_contact(attributes={"plan": "pro", "age": 40})
    make_contact(attributes={"plan": "pro", "age": "40"})
    make_contact(attributes={"plan": "pro", "age": None})
    make_contact(attributes={"age": 40})
    make_contact()
    forgotten = make_contact(attributes={"plan": "pro", "age": 40})
    Contact.objects.filter(pk=forgotten.pk).update(erased_at=NOW)


def numbers(rule):
    fall = waterfall(rule, as_of=NOW)
    assert fall.size == count_contacts(rule, as_of=NOW)
    return (
        fall.everybody,
        fall.size,
        fall.narrows,
        [(step.count, step.change) for step in fall.steps],
    )


def test_conditions_that_all_hold_narrow_in_their_order():
    both = {"kind": "all", "conditions": [PRO, OLD]}
    other_way = {"kind": "all", "conditions": [OLD, PRO]}

    assert numbers(both) == (5, 2, True, [(3, 2), (2, 1)])
    assert numbers(other_way) == (5, 2, True, [(3, 2), (2, 1)])
    assert waterfall(both, as_of=NOW).steps[1] == Step("whose age is 40", 2, 1, 40.0)


def test_alternatives_show_what_each_brings_and_what_it_brings_alone():
    either = {"kind": "any", "conditions": [PRO, OLD]}

    assert numbers(either) == (5, 4, False, [(3, 1), (3, 1)])


def test_none_of_them_narrows_by_what_does_not_hold():
    none = {"kind": "not", "condition": {"kind": "any", "conditions": [PRO, OLD]}}
    not_all = {"kind": "not", "condition": {"kind": "all", "conditions": [PRO, OLD]}}

    assert numbers(none) == (5, 1, True, [(2, 3), (1, 1)])
    assert numbers(not_all) == (5, 3, False, [(2, 1), (2, 1)])


def test_a_single_group_is_looked_into():
    inner = {"kind": "any", "conditions": [PRO, OLD]}

    assert numbers({"kind": "all", "conditions": [inner]})[2:] == (
        False,
        [(3, 1), (3, 1)],
    )


def test_one_condition_is_one_step():
    assert numbers(PRO) == (5, 3, True, [(3, 2)])


def test_of_very_many_conditions_the_last_ones_count_together():
    many = {"kind": "all", "conditions": [PRO] * MOST_STEPS + [OLD]}

    steps = waterfall(many, as_of=NOW).steps
    assert len(steps) == MOST_STEPS
    assert [steps[-2].count, steps[-1].count] == [3, 2]
