from datetime import timedelta

import pytest

from contacts import observed
from contacts.models import EventType, PropertyType
from contacts.tasks import count_people_of_events
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.plans import make_event_type, make_plan, make_source

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("types", "warning"),
    [
        (
            {"number": 93, "text": 7},
            "“total” comes in several types: 7 % of it is text.",
        ),
        ({"integer": 5, "number": 5}, ""),
        ({"text": 5, "date": 5, "empty": 90}, ""),
        (
            {"number": 999, "text": 1},
            "“total” comes in several types: less than 1 % of it is text.",
        ),
        (
            {"text": 50, "flag": 30, "list": 20},
            "“total” comes in several types: 30 % of it is yes or no, 20 % of it is list.",
        ),
        ({}, ""),
    ],
)
def test_mixed_types_are_told(types, warning):
    assert observed.mixed("total", types) == warning


pytestmark = pytest.mark.django_db


def test_types_are_found_by_a_part_of_their_name():
    make_event_type(name="Order Completed")
    make_event_type(name="Cart Viewed")
    make_event_type(kind="identify", name="")

    def names(*args, **kwargs):
        return [each.name for each in observed.event_types(*args, **kwargs)]

    assert names("ORDER") == ["Order Completed"]
    assert names("ident") == [""]
    assert names(kind="track") == ["Cart Viewed", "Order Completed"]


def test_volumes_are_filled_up_with_days_without_events():
    shop, app = make_source(name="Shop"), make_source(name="App")
    paid = make_event_type(name="Paid", source=shop, days={0: 5, 2: 7, 9: 99})
    other = make_event_type(name="Other", source=app, days={1: 1})
    since = TODAY - timedelta(days=2)
    paid.volumes.create(source=app, day=TODAY, count=10)

    days = observed.daily([paid.pk, other.pk], since=since, until=TODAY)

    assert days == {paid.pk: [7, 0, 15], other.pk: [0, 1, 0]}
    assert observed.by_source(paid, since=since, until=TODAY) == {
        "Shop": [7, 0, 5],
        "App": [0, 0, 10],
    }
    assert observed.sources_of([paid.pk, other.pk]) == {
        paid.pk: ["App", "Shop"],
        other.pk: ["App"],
    }


def test_planned_are_those_of_plans_that_somebody_follows():
    make_plan({"event": "Unused"})
    assert observed.planned_targets() is None
    make_plan({"event": "Paid"}, source=make_source())
    assert observed.planned_targets() == {("track", "Paid")}


def test_properties_tell_shares_and_how_many_carry_them():
    paid = make_event_type(
        name="Paid",
        count=10,
        total={"number": 6, "text": 2},
        items__DOLLAR__price={"number": 30},
    )
    PropertyType.objects.filter(path="items.DOLLAR.price").update(path="items.$.price")

    price, total = observed.properties_of(paid)

    assert (price.path, price.carried, price.warning) == ("items.$.price", None, "")
    assert (total.carried, [(each.label, each.ratio) for each in total.shares]) == (
        0.8,
        [("number", 0.75), ("text", 0.25)],
    )
    assert observed.mixed_types([paid.pk]) == {paid.pk: ["total"]}


def test_people_are_listed_by_their_latest_event():
    ada, ben = make_contact(), make_contact()
    for contact, hours in ((ada, 5), (ben, 3), (ada, 1)):
        make_event(contact, name="Paid", at=NOW - timedelta(hours=hours))
    make_event(make_contact(), name="Other")

    assert list(observed.people_of("Paid")) == [
        {"contact_id": ada.pk, "count": 2, "last_at": NOW - timedelta(hours=1)},
        {"contact_id": ben.pk, "count": 1, "last_at": NOW - timedelta(hours=3)},
    ]
    assert observed.count_people("Paid") == 2


def test_people_are_counted_in_the_background():
    make_event(make_contact(), name="Paid")
    paid = make_event_type(name="Paid", count=1)
    make_event_type(kind="identify", name="")

    assert observed.count_backlog(NOW).count == 1
    count_people_of_events()

    paid.refresh_from_db()
    assert (paid.people_count, paid.people_counted_to) == (1, 1)
    assert EventType.objects.get(kind="identify").people_count is None
    assert observed.count_backlog(NOW).count == 0


def test_people_are_counted_again_when_more_has_come_and_some_time_has_passed():
    paid = make_event_type(name="Paid", count=1)
    assert observed.count_one(now=NOW) == 1
    later = NOW + observed.COUNT_AGAIN
    assert observed.count_one(now=later) == 0

    EventType.objects.filter(pk=paid.pk).update(count=2)
    make_event(make_contact(), name="Paid")

    assert observed.count_one(now=NOW + timedelta(minutes=1)) == 0
    assert observed.count_one(now=later) == 1
    paid.refresh_from_db()
    assert paid.people_count == 1
