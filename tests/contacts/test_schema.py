from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contacts.models import PropertyType
from contacts.schema import MOST_FIELDS, MOST_LOOKS, Seen, learn, outline_of
from contacts.shapes import type_of, walk
from tests.factories.tracking import make_source

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)

values = some.recursive(
    some.one_of(
        some.none(),
        some.booleans(),
        some.integers(0, 3),
        some.sampled_from([0.5, "a", "2026-11-22", "2026-yes", ""]),
    ),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3),
        some.dictionaries(some.sampled_from(["a", "b", "text", "list"]), inner),
    ),
    max_leaves=6,
)
bodies = some.dictionaries(some.sampled_from(["a", "b", "text"]), values)


def kinds_in(body):
    """The paths of a body with the types of their values, each as often as it comes."""
    return sorted((path, type_of(value)) for path, value in walk(body))


def learned():
    rows = PropertyType.objects.order_by("path")
    return {row.path: (row.count, row.types, row.samples) for row in rows}


def changed(value):
    """Another value of the same type, with parts of the same types."""
    if isinstance(value, dict):
        return {name: changed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [changed(part) for part in value]
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return "2020-01-31" if value == "2026-11-22" else f"{value}z"
    return value if value is None else value + 1


@given(bodies)
def test_bodies_with_the_same_types_have_the_same_outline(body):
    assert outline_of(changed(body)) == outline_of(body)


@given(bodies, bodies)
def test_bodies_of_one_outline_count_the_same(one, other):
    if kinds_in(one) != kinds_in(other):
        assert outline_of(one) != outline_of(other) or outline_of(one) is None


@pytest.mark.parametrize(
    "body",
    [
        {str(number): 1 for number in range(MOST_FIELDS + 1)},
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
    ],
)
def test_what_is_large_or_deep_has_no_outline(body):
    assert outline_of(body) is None


@pytest.mark.django_db
def test_many_messages_that_look_alike_are_all_counted():
    alike = [
        {"total": number, "products": [{"sku": "A"}, {"sku": "B"}]}
        for number in range(MOST_LOOKS + 10)
    ]
    other = [{"total": "much", "late": "2026-11-22"}] * (MOST_LOOKS + 5)
    deep = [{"a": {"b": {"c": {"d": {"e": 1}}}}}]

    source = make_source()

    learn(
        [
            Seen("track", "Order", source.pk, NOW, body)
            for body in [*alike, *other, *deep]
        ]
    )

    found = learned()
    assert {path: row[:2] for path, row in found.items() if path[0] != "a"} == {
        "late": (25, {"date": 25}),
        "products": (30, {"list": 30}),
        "products.$": (60, {"object": 60}),
        "products.$.sku": (60, {"text": 60}),
        "total": (55, {"integer": 30, "text": 25}),
    }
    assert found["a.b.c.d.e"][:2] == (1, {"integer": 1})
    assert found["total"][2] == ["0", "1", "2", "3", "4"]
    assert found["late"][2] == ["2026-11-22"]
