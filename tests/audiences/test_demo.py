"""The demo shows what audiences can do."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from audiences import demo
from audiences.conditions.nodes import trait_ids, walk
from audiences.conditions.parse import parse_condition
from audiences.models import Audience, MembershipChange, Trait
from contacts import demo as people

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_load_shows_a_trait_a_sequence_and_a_nested_audience():
    people.load(seed=1, contacts=400, days=180, now=NOW)
    with connection.cursor() as cursor:
        # As the command does between two apps.
        cursor.execute("ANALYZE contacts_contact, contacts_event")

    demo.load(seed=1, contacts=400, days=180, now=NOW)

    traits = list(Trait.objects.order_by("name"))
    assert [trait.name for trait in traits] == [
        "Days since the last order",
        "Spent in 90 days",
    ]
    assert all(trait.measured["people"] for trait in traits)
    rules = {row.name: parse_condition(row.rule) for row in Audience.objects.all()}
    kinds = {
        name: {type(node).__name__ for node in walk(rule)}
        for name, rule in rules.items()
    }
    assert trait_ids(rules["Big spenders, 90 days"]) == {traits[1].pk}
    assert "Sequence" in kinds["Loved it, and came back"]
    assert Audience.objects.get(name="Ready to refer").depth == 1
    sizes = dict(Audience.objects.values_list("name", "size"))
    assert all(0 < size < 400 for size in sizes.values()), sizes
    assert MembershipChange.objects.filter(change="left").exists()
