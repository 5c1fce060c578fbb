"""The values of a trait: distribution, sample, all of them, and those of one contact."""

from decimal import Decimal

import pytest

from audiences.distributions import (
    BARS,
    Distribution,
    all_values,
    distribution_of,
    sample_values,
    values_of_contact,
)
from audiences.models import Trait
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event

pytestmark = pytest.mark.django_db
LAST = {"kind": "last", "amount": 90, "unit": "days"}


def of(kind, **more):
    return {"kind": kind, "event": "order", "filters": [], "window": LAST, **more}


SUM = of("sum", property="total")


@pytest.fixture
def people(db):
    ana, ben, cleo, dora = (
        make_contact(email=f"{name}@example.com", first_name=name.capitalize())
        for name in ("ana", "ben", "cleo", "dora")
    )
    make_event(ana, name="order", total=100, sku="a")
    make_event(ana, name="order", total="20.50", sku="b")
    make_event(ben, name="order", total="dear", sku="a")
    make_event(ben, name="order")
    make_event(cleo, name="order", total=500, sku="")
    make_event(dora, name="visit", total=900)
    return ana, ben, cleo, dora


def test_numbers_are_marked_and_counted_by_bars(people):
    found = distribution_of(SUM, as_of=NOW)

    assert found == Distribution(
        "number",
        everybody=4,
        people=3,
        is_zero=True,
        marks=[0.0, 0.0, 0.0, 120.5, 500.0, 500.0, 500.0, 500.0],
        bars=found.bars,
        events=5,
        missing=1,
        unreadable=1,
    )
    assert sum(found.bars) == 3
    assert [index for index, count in enumerate(found.bars) if count] == [
        0,
        7,
        BARS - 1,
    ]


def test_equal_values_fill_one_bar(people):
    found = distribution_of(of("count", filters=[]), as_of=NOW)

    assert (found.people, sum(found.bars), found.events) == (3, 3, 0)


def test_a_definition_without_values_has_none(people):
    assert distribution_of({**SUM, "event": "flight"}, as_of=NOW) == Distribution(
        "number", everybody=4, people=0, is_zero=True, marks=[], bars=[]
    )
    assert distribution_of(of("latest", property="color"), as_of=NOW) == Distribution(
        "text", everybody=4, people=0, events=5, missing=5
    )


def test_texts_are_counted_by_their_people(people):
    found = distribution_of(of("first", property="sku"), as_of=NOW)

    assert (found.people, found.different, found.values) == (2, 1, [["a", 2]])
    assert (found.events, found.missing, found.unreadable) == (5, 2, 0)


def test_lists_are_counted_by_what_is_in_them(people):
    found = distribution_of(of("unique_values", property="sku"), as_of=NOW)

    assert (found.people, found.different) == (2, 2)
    assert found.values == [["a", 2], ["b", 1]]


def test_a_sample_shows_the_newest_with_their_values(people):
    ana, ben, cleo, _ = people

    assert sample_values(SUM, as_of=NOW, size=2) == [(cleo, 500), (ben, 0)]
    assert sample_values(of("unique_values", property="sku"), as_of=NOW, size=9) == [
        (ben, "a"),
        (ana, "a, b"),
    ]


def test_all_values_hold_those_who_have_zero(people):
    assert list(all_values(SUM, as_of=NOW)) == [
        ("ana@example.com", "Ana", "", Decimal("120.5")),
        ("ben@example.com", "Ben", "", 0),
        ("cleo@example.com", "Cleo", "", 500),
        ("dora@example.com", "Dora", "", 0),
    ]
    assert [row[-1] for row in all_values(of("max", property="total"), as_of=NOW)] == [
        100,
        500,
    ]


def test_a_formula_is_computed_of_its_sides(people):
    total, count = make_trait(SUM), make_trait(of("count"))
    average = make_trait(
        {"kind": "formula", "left": total.pk, "operator": "divide", "right": count.pk}
    )

    found = distribution_of(average.definition, as_of=NOW)

    assert (found.people, found.marks[0], found.marks[-1]) == (3, 0.0, 500.0)
    values = values_of_contact(people[0].pk, [total, count, average], as_of=NOW)
    assert values == {
        total.pk: Decimal("120.5"),
        count.pk: 2,
        average.pk: Decimal("60.25"),
    }


def test_a_trait_that_is_broken_is_left_out(people):
    total = make_trait(SUM)
    broken = make_trait(
        {"kind": "formula", "left": total.pk, "operator": "add", "right": 999_999}
    )

    assert values_of_contact(people[1].pk, [broken], as_of=NOW) == {}
    assert values_of_contact(people[1].pk, list(Trait.objects.all()), as_of=NOW) == {
        total.pk: 0
    }
