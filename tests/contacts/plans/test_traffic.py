from datetime import timedelta

import pytest

from contacts.plans.rows import Row
from contacts.plans.traffic import observe
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.plans import make_event_type, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_source()


def happened(source, *bodies, name="Paid", at=NOW):
    contact = make_contact()
    for body in bodies:
        event = make_event(contact, name=name, at=at, **body)
        event.source = source
        event.save()


def test_traffic_becomes_rows(shop):
    make_event_type(name="Paid", source=shop, days={0: 3})
    happened(
        shop,
        {"total": 5, "coupon": None, "items": [{"price": 1}], "tier": "gold"},
        {"total": 5.5, "coupon": "X", "items": [{"price": 2}], "tier": "2026-03-01"},
        {"total": 7, "items": [{}], "tier": "lead"},
    )

    assert observe(source_ids=[shop.pk], since=NOW - timedelta(days=7)) == [
        Row("track", "Paid"),
        Row("track", "Paid", "coupon", ("text",), description="For example X"),
        Row("track", "Paid", "items", ("list",), True),
        Row("track", "Paid", "items.$", ("object",)),
        Row(
            "track",
            "Paid",
            "items.$.price",
            ("integer",),
            description="For example 2, 1",
        ),
        Row(
            "track",
            "Paid",
            "tier",
            ("text",),
            True,
            description="For example lead, 2026-03-01, gold",
        ),
        Row(
            "track",
            "Paid",
            "total",
            ("number",),
            True,
            description="For example 7, 5.5, 5",
        ),
    ]


def test_other_sources_and_times_are_left_out(shop):
    other = make_source()
    make_event_type(name="Paid", source=shop, days={0: 1, 20: 1})
    make_event_type(name="Old", source=shop, days={20: 5})
    make_event_type(name="Theirs", source=other, days={0: 5})
    happened(shop, {"now": 1})
    happened(shop, {"old": 1}, at=NOW - timedelta(days=20))
    happened(other, {"theirs": 1})

    rows = observe(source_ids=[shop.pk], since=NOW - timedelta(days=7))

    assert [(row.event, row.path) for row in rows] == [("Paid", ""), ("Paid", "now")]


def test_rare_types_are_no_plan(shop):
    make_event_type(name="Paid", source=shop, days={0: 50})
    happened(shop, *[{"total": 5}] * 49, {"total": "five"})

    rows = observe(source_ids=[shop.pk], since=NOW - timedelta(days=7))

    assert rows[1].types == ("integer",)


def test_identify_comes_from_the_schema(shop):
    make_event_type(
        kind="identify",
        name="",
        count=4,
        source=shop,
        days={0: 4},
        email={"text": 4},
        phone={"text": 2, "empty": 2},
    )

    rows = observe(
        source_ids=[shop.pk], since=NOW - timedelta(days=7), shows_examples=False
    )

    assert rows == [
        Row("identify", ""),
        Row("identify", "", "email", ("text",), True),
        Row("identify", "", "phone", ("text",)),
    ]
