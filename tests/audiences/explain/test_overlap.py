"""The intersections of audiences."""

from itertools import combinations

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from audiences import selection
from audiences.explain.overlap import (
    intersection,
    intersections,
    people_of,
    read_ids,
    rule_of_ids,
)
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact


def holder(name):
    return {"kind": "attribute", "name": name, "operator": "is_true"}


@pytest.fixture
def three(db):
    """Three audiences, and people in every intersection: one in "a" alone, two in "b", …"""
    letters = ["a", "b", "c"]
    wanted = [some for size in (1, 2, 3) for some in combinations(letters, size)]
    people = {}
    for count, some in enumerate(wanted, start=1):
        people[some] = [
            make_contact(attributes=dict.fromkeys(some, True)).pk for _ in range(count)
        ]
    make_contact()
    return [make_audience(name=name, rule=holder(name)) for name in letters], people


def test_each_intersection_is_counted_once_in_one_statement(three):
    audiences, people = three

    with CaptureQueriesContext(connection) as queries:
        found = intersections(audiences)

    assert len(queries) == 1
    assert [(one.name, one.people) for one in found] == sorted(
        ((" + ".join(some), len(ids)) for some, ids in people.items()),
        key=lambda one: -one[1],
    )


def test_the_rule_of_an_intersection_selects_its_people(three):
    audiences, people = three
    for one in intersections(audiences):
        rule = rule_of_ids(
            [audience.pk for audience in one.inside],
            [audience.pk for audience in one.outside],
        )
        expected = set(people[tuple(audience.name for audience in one.inside)])
        selected = selection.sample_contacts(rule, as_of=NOW, size=100)

        assert {contact.pk for contact in selected} == expected
        assert set(people_of(one).values_list("pk", flat=True)) == expected


def test_a_pattern_names_its_audiences(three):
    audiences, _ = three

    one = intersection(audiences, 0b101)

    assert (one.inside, one.outside, one.people) == (
        (audiences[0], audiences[2]),
        (audiences[1],),
        0,
    )


def test_what_is_no_id_is_none():
    values = QueryDict("audience=3&audience=x&audience=-1&audience=" + "9" * 30)

    assert read_ids(values, "audience") == [3]
