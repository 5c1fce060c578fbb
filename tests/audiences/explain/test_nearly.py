"""People of whom one condition is missing, and the days to come."""

from datetime import timedelta

from audiences import selection
from audiences.explain import nearly
from audiences.explain.ahead import forecast
from audiences.explain.nearly import choose_part, parts_of, people_near
from audiences.models import MembershipChange
from audiences.traits import create_trait
from contacts.models import AttributeChange
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
        (twice, "2 times", "once too often, for 29 days more"),
        (often, "4 times", "3 times too often, for 29 days more"),
    ]
    assert near(orders("exactly", 3), 0) == [
        (often, "4 times", "once too often, for 27 days more"),
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
        (unknown, "lots", "can't be compared"),
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


def after(days, **rest):
    return NOW + timedelta(days=days, **rest)


def with_day(moment):
    return make_contact(attributes={"day": moment.isoformat()})


def compared(operator, **rest):
    return {"kind": "attribute", "name": "day", "operator": operator, **rest}


def for_days(amount):
    return {"amount": amount, "unit": "days"}


def test_who_must_only_wait_for_an_event_to_pass_comes_first(db):
    """Who did not order for 30 days: the last order 27 days ago is three days short."""
    lately, long_ago = make_contact(), make_contact()
    make_event(lately, at=after(-2))
    for days in (-40, -27.5):
        make_event(long_ago, at=after(days))

    assert near(orders("at_most", 0), 0) == [
        (long_ago, "once", "2 days 12 hours short"),
        (lately, "once", "28 days short"),
    ]


def test_moments_are_measured_as_time_mends_them(db):
    old, new = with_day(after(-27)), with_day(after(-2))
    soon, late = with_day(after(9)), with_day(after(40))
    nothing = make_contact(attributes={"day": "soon"})

    def distances(rule):
        return [(contact, distance) for contact, _, distance in near(rule, 0)]

    assert distances(compared("longer_ago", value=for_days(30))) == [
        (old, "3 days short"),
        (new, "28 days short"),
        (soon, "39 days short"),
        (late, "70 days short"),
        (nothing, "can't be compared"),
    ]
    assert distances(compared("in_the_next", value=for_days(7))) == [
        (soon, "2 days to go"),
        (late, "33 days to go"),
        (new, "2 days ago already"),
        (old, "27 days ago already"),
        (nothing, "can't be compared"),
    ]
    assert distances(compared("in_the_last", value=for_days(1))) == [
        (new, "1 day too long ago"),
        (soon, "9 days to go"),
        (old, "26 days too long ago"),
        (late, "40 days to go"),
        (nothing, "can't be compared"),
    ]
    assert distances(compared("later_than", value=for_days(14)))[:2] == [
        (soon, "5 days too soon"),
        (new, "16 days too soon"),
    ]
    assert distances(compared("before", value="2026-02-01"))[:2] == [
        (old, "1 day 12 hours too late"),
        (new, "26 days 12 hours too late"),
    ]
    assert distances(compared("after", value="2026-03-31"))[:2] == [
        (soon, "21 days 12 hours too early"),
        (new, "32 days 12 hours too early"),
    ]


def test_anniversaries_are_counted_in_days(db):
    """NOW is 1 March 2026."""
    tomorrow = make_contact(attributes={"day": "2020-03-02"})
    leap = make_contact(attributes={"day": "2024-02-29"})
    begins = make_contact(attributes={"day": "2027-03-20"})

    found = near(compared("anniversary_in_the_next", value=for_days(1)), 0)
    today = near(compared("anniversary_today"), 0)

    assert found == [
        (leap, "2024-02-29", "363 days to go"),
        (begins, "2027-03-20", "383 days to go"),
    ]
    assert today[0] == (tomorrow, "2020-03-02", "1 day to go")


def test_what_is_inside_is_measured_but_not_what_is_in_a_list(db):
    one, two = (
        make_contact(attributes={"plan": {"seats": seats, "all": [seats]}})
        for seats in (2, 7)
    )
    rule = {
        "kind": "attribute",
        "name": "plan",
        "path": ["seats"],
        "operator": "at_least",
        "value": 9,
    }
    listed = rule | {"path": ["all", "*"]}

    assert near(rule, 0) == [(two, "7", "2 short"), (one, "2", "7 short")]
    assert [part.is_measured for part in parts_of(listed, as_of=NOW)] == [False]


def trait_is(definition, operator, expected):
    trait = create_trait(name=definition["kind"], definition=definition, now=NOW)
    return {
        "kind": "trait",
        "trait": trait.pk,
        "operator": operator,
        "value": expected,
    }


def test_traits_are_measured_in_their_unit(db):
    new, old = make_contact(), make_contact()
    make_event(new, at=after(-2), total=30, currency="USD", until="2026-03-13")
    make_event(old, at=after(-27), total=98, currency="USD", until="2026-03-09")
    order = {"event": "order_completed"}
    spent = trait_is({"kind": "sum", "property": "total", **order}, "at_least", 100)
    since = trait_is({"kind": "days_since_latest", **order}, "at_least", 30)
    until = trait_is(
        {"kind": "latest", "property": "until", **order}, "in_the_next", for_days(7)
    )
    nobody = make_contact()

    assert near(spent, 0) == [
        (old, "$98.00", "$2.00 short"),
        (new, "$30.00", "$70.00 short"),
        (nobody, "0", "100 short"),
    ]
    assert near(since, 0) == [
        (old, "27 days", "3 days short"),
        (new, "2 days", "28 days short"),
        (nobody, "nothing", "nothing is known"),
    ]
    assert near(until, 0) == [
        (old, "2026-03-09", "12 hours to go"),
        (new, "2026-03-13", "4 days 12 hours to go"),
        (nobody, "nothing", "nothing is known"),
    ]


def test_who_has_held_a_value_longest_comes_first(db):
    def told(*days, value="pro"):
        contact = make_contact(attributes={"plan": value}, attributes_at=after(-99))
        for day in days:
            AttributeChange.objects.create(
                contact=contact,
                at=after(day),
                order_key=f"{day}",
                values={"plan": value},
                cause="told",
                recorded_at=after(day),
            )
        return contact

    new, old = told(-3), told(-12, -2)
    never = told(-20, value="free")
    rule = {**PRO, "kind": "held", "for": for_days(14)}

    assert near(rule, 0) == [
        (old, "pro, since 17 February 2026 12:00:00 UTC", "2 days short"),
        (new, "pro, since 26 February 2026 12:00:00 UTC", "11 days short"),
        (never, "free, since 1 March 2026 12:00:00 UTC", ""),
    ]


def test_an_entry_is_measured_from_the_window(db):
    audience = make_audience()
    before, long_ago, never = (make_contact() for _ in range(3))
    for contact, days in ((before, -33), (long_ago, -50)):
        MembershipChange.objects.create(
            contact=contact,
            audience=audience,
            episode=1,
            change="entered",
            changed_at=after(days),
            cause="refreshed",
        )
    rule = {
        "kind": "entered",
        "audience": audience.pk,
        "change": "entered",
        "window": {"kind": "last", **for_days(30)},
    }
    ago = {"kind": "ago", "nearest": for_days(40), "farthest": for_days(60)}

    (part,) = parts_of(rule, as_of=NOW)

    assert (part.is_measured, part.is_told) == (True, True)
    assert near(rule, 0) == [
        (before, "27 January 2026 12:00:00 UTC", "3 days too long ago"),
        (long_ago, "10 January 2026 12:00:00 UTC", "20 days too long ago"),
        (never, "never", ""),
    ]
    assert near(rule | {"window": ago}, 0) == [
        (before, "27 January 2026 12:00:00 UTC", "7 days short"),
        (never, "never", ""),
    ]


def test_so_many_that_each_can_not_be_looked_at_are_in_no_order(db, monkeypatch):
    monkeypatch.setattr(nearly, "MOST_LOOKED_AT", 1)
    audience = make_audience()
    people = [make_contact(), make_contact()]
    rule = {
        "kind": "entered",
        "audience": audience.pk,
        "change": "entered",
        "window": {"kind": "ever"},
    }

    (part,) = parts_of(rule, as_of=NOW)

    assert (part.is_measured, part.is_told) == (False, True)
    assert near(rule, 0) == [(contact, "never", "") for contact in people]
    assert near(rule, 0, size=1, offset=1) == [(people[1], "never", "")]


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
