"""People of whom one condition is missing, and the days to come."""

from datetime import timedelta

from audiences import selection
from audiences.explain.ahead import forecast
from audiences.explain.nearly import choose_part, parts_of, people_near
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def orders(operator="at_least", count=3, days=30):
    return {
        "kind": "event",
        "name": "order_completed",
        "operator": operator,
        "count": count,
        "window": {"kind": "last", "amount": days, "unit": "days"},
        "filters": [],
    }


def seats(operator, value):
    return {"kind": "attribute", "name": "seats", "operator": operator, "value": value}


def both(*conditions):
    return {"kind": "all", "conditions": list(conditions)}


def buyer(times, **attributes):
    contact = make_contact(attributes={"plan": "pro", **attributes})
    for number in range(times):
        make_event(contact, at=NOW - number * DAY)
    return contact


def near(rule, place, size=10, offset=0):
    return [
        (row.contact, row.found, row.distance)
        for row in people_near(rule, place, as_of=NOW, offset=offset, size=size)
    ]


def test_those_who_miss_the_least_come_first(db):
    never, twice, once = buyer(0), buyer(2), buyer(1)
    buyer(3)
    make_contact(attributes={"plan": "free"})
    rule = both(PRO, both(orders()))

    parts = parts_of(rule, as_of=NOW)

    assert [(part.sentence, part.people, part.is_measured) for part in parts] == [
        ("Plan is “pro”", 0, False),
        ("Did “Order completed” at least 3 times in the last 30 days", 3, True),
    ]
    assert choose_part(parts, None) == parts[1]
    assert choose_part(parts, 0) == parts[0]
    assert choose_part(parts, 7) == parts[1]
    assert near(rule, 1) == [
        (twice, "2 times", "1 more"),
        (once, "once", "2 more"),
        (never, "never", "3 more"),
    ]
    assert near(rule, 1, size=1, offset=1) == [(once, "once", "2 more")]


def test_too_much_counts_as_missing_too(db):
    often, twice = buyer(4), buyer(2)

    assert near(orders("at_most", 1), 0) == [
        (twice, "2 times", "once too often"),
        (often, "4 times", "3 times too often"),
    ]
    assert near(orders("exactly", 3), 0) == [
        (often, "4 times", "once too often"),
        (twice, "2 times", "1 more"),
    ]


def test_a_number_is_measured_from_both_sides(db):
    few, many = (
        make_contact(attributes={"seats": 8}),
        make_contact(attributes={"seats": "12.5"}),
    )
    unknown = make_contact(attributes={"seats": "lots"})

    assert near(seats("between", [9, 10]), 0) == [
        (few, "8", "1 short"),
        (many, "12.5", "2.5 too much"),
        (unknown, "", "nothing is known"),
    ]
    assert near(seats("greater_than", 12), 0)[0] == (few, "8", "4 short")
    assert near(seats("less_than", 8), 0)[:2] == [
        (few, "8", "exactly at the limit, which does not count"),
        (many, "12.5", "4.5 too much"),
    ]


def test_a_group_is_one_condition(db):
    contact = make_contact(attributes={"plan": "pro"})
    rule = both(PRO, {"kind": "any", "conditions": [orders(), seats("at_least", 5)]})

    parts = parts_of(rule, as_of=NOW)

    assert [(part.people, part.is_measured) for part in parts] == [
        (0, False),
        (1, False),
    ]
    assert parts[1].sentence.startswith("At least one of these: who did")
    assert near(rule, 1) == [(contact, "", "")]


def test_the_days_to_come_are_the_rule_asked_of_each_day(db):
    for days in (1, 2, 2, 9):
        make_event(make_contact(), at=NOW - (10 - days) * DAY)
    inner = make_audience(rule=orders(count=1, days=10))
    inside = {"kind": "audience", "audience": inner.pk, "operator": "in"}
    moments = [NOW + days * DAY for days in range(5)]

    direct = forecast(orders(count=1, days=10), moments)

    assert [
        (step.until, step.size, step.entering, step.leaving) for step in direct
    ] == [
        (moments[1], 3, 0, 1),
        (moments[2], 1, 0, 2),
        (moments[3], 1, 0, 0),
        (moments[4], 1, 0, 0),
    ]
    assert forecast(inside, moments) == direct
    assert [step.size for step in direct] == [
        selection.count_contacts(inner.rule, as_of=at) for at in moments[1:]
    ]
    absent = forecast(orders("at_most", 0, days=10), moments)
    assert [(step.entering, step.leaving) for step in absent][:2] == [(1, 0), (2, 0)]
