"""Moments that take more to find than an attribute turn rules to the microsecond, too."""

from datetime import timedelta

import pytest

from audiences.definitions import archive_audience
from audiences.explain import explain
from audiences.memberships.clock import pass_time
from audiences.memberships.live import react_next
from audiences.memberships.schedule import refresh_next
from audiences.models import Audience, ClockHead, Membership, WatchedDate
from contacts.changes import tell_changed
from contacts.events import Fact, record
from contacts.models import Account, AccountMember, AttributeChange, Contact
from tests.factories.audiences import make_audience, make_trait
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
WEEK = {"amount": 1, "unit": "weeks"}


def settle(now):
    while react_next(now):
        pass


def is_in(contact, now):
    """Let time pass until then, and look."""
    while pass_time(now):
        pass
    return Membership.objects.filter(contact=contact).exists()


def order(contact, at=NOW, key="1", **properties):
    fact = Fact(contact.pk, "order", at=at, key=key, properties=properties)
    record(fact, now=at)
    settle(at)


def tell(contact, at, **values):
    """Have an attribute changed by a message."""
    AttributeChange.objects.create(
        contact=contact,
        at=at,
        order_key=at.isoformat(),
        values=values,
        cause="told",
        recorded_at=at,
    )
    attributes = Contact.objects.get(pk=contact.pk).attributes | values
    Contact.objects.filter(pk=contact.pk).update(
        attributes=attributes, attributes_at=NOW - 99 * DAY
    )
    tell_changed({contact.pk: None}, now=at)
    settle(at)


def held(operator="is", value="pro", days=14):
    return {
        "kind": "held",
        "name": "plan",
        "operator": operator,
        "value": value,
        "for": {"amount": days, "unit": "days"},
    }


def is_polled():
    """Whether everybody is looked at soon after a refresh."""
    refresh_next(NOW + HOUR)
    return Audience.objects.filter(refresh_due_at__lt=NOW + 3 * HOUR).exists()


def test_a_value_that_is_held_lets_enter_on_the_moment():
    ada = make_contact(attributes_at=NOW - 99 * DAY)
    make_audience(rule=held())
    tell(ada, NOW + HOUR, plan="pro")
    tell(ada, NOW + 5 * DAY, plan="pro")
    change = explain(held(), ada.pk, as_of=NOW + 6 * DAY).change

    assert change.at == NOW + HOUR + 14 * DAY
    assert not is_in(ada, NOW + HOUR + 14 * DAY - TICK)
    assert is_in(ada, NOW + HOUR + 14 * DAY)
    assert not is_polled()


def test_a_break_begins_the_time_anew():
    ada = make_contact(attributes_at=NOW - 99 * DAY)
    make_audience(rule=held("at_least", 5))
    tell(ada, NOW, plan=7)
    tell(ada, NOW + 2 * DAY, plan=6)
    tell(ada, NOW + 3 * DAY, plan=2)
    assert WatchedDate.objects.count() == 0
    tell(ada, NOW + 4 * DAY, plan="8")

    assert not is_in(ada, NOW + 18 * DAY - TICK)
    assert is_in(ada, NOW + 18 * DAY)


def test_what_was_held_before_the_rule_is_found():
    ada = make_contact(attributes_at=NOW - 99 * DAY)
    tell(ada, NOW, plan="pro")
    audience = make_audience(rule=held(), now=NOW + DAY)

    assert not is_in(ada, NOW + 14 * DAY - TICK)
    assert is_in(ada, NOW + 14 * DAY)

    archive_audience(audience, now=NOW + 15 * DAY)
    assert ClockHead.objects.count() == 0


def test_who_came_with_a_value_has_held_it_since():
    ada = Contact.objects.create(
        email="ada@example.com",
        attributes={"plan": "pro"},
        created_at=NOW - 3 * DAY,
    )
    make_audience(rule=held())

    assert not is_in(ada, NOW + 11 * DAY - TICK)
    assert is_in(ada, NOW + 11 * DAY)


def test_dates_inside_a_value_turn_each_on_its_moment():
    rule = {
        "kind": "attribute",
        "name": "contracts",
        "path": ["*", "ends"],
        "operator": "in_the_next",
        "value": WEEK,
    }
    ada = make_contact()
    make_audience(rule=rule)
    first, second = NOW + 20 * DAY, NOW + 60 * DAY
    contracts = [{"ends": at.isoformat()} for at in (first, second, second)]
    Contact.objects.filter(pk=ada.pk).update(
        attributes={"contracts": [*contracts, {"ends": "never"}, 4]}
    )
    tell_changed({ada.pk: None}, now=NOW)
    settle(NOW)

    moments = WatchedDate.objects.order_by("at").values_list("at", flat=True)
    change = explain(rule, ada.pk, as_of=NOW + 30 * DAY).change

    assert list(moments) == [first, second]
    assert change.at == second - 7 * DAY
    assert not is_in(ada, first - 7 * DAY - TICK)
    assert is_in(ada, first - 7 * DAY)
    assert not is_in(ada, first)
    assert is_in(ada, second - 7 * DAY)
    assert not is_in(ada, second)
    assert not is_polled()


def test_anniversaries_inside_a_value_come_with_their_day():
    ada = make_contact(attributes={"dates": {"wedding": "2020-03-05"}})
    make_audience(
        rule={
            "kind": "attribute",
            "name": "dates",
            "path": ["wedding"],
            "operator": "anniversary_today",
        }
    )
    midnight = NOW.replace(hour=0)

    assert not is_in(ada, midnight + 4 * DAY - TICK)
    assert is_in(ada, midnight + 4 * DAY)
    assert not is_in(ada, midnight + 5 * DAY)


def test_a_trait_that_is_a_date_turns_with_its_newest_value():
    trait = make_trait({"kind": "latest", "event": "order", "property": "until"})
    rule = {
        "kind": "trait",
        "trait": trait.pk,
        "operator": "longer_ago",
        "value": WEEK,
    }
    ada = make_contact()
    make_audience(rule=rule)
    order(ada, until=(NOW + DAY).isoformat())
    order(ada, at=NOW + HOUR, key="2", until=(NOW + 3 * DAY).isoformat())

    assert explain(rule, ada.pk, as_of=NOW + 2 * HOUR).change.at == NOW + 10 * DAY
    assert not is_in(ada, NOW + 10 * DAY - TICK)
    assert is_in(ada, NOW + 10 * DAY)
    assert not is_polled()


def test_a_filter_that_compares_with_the_present_turns_on_the_moment():
    ada = make_contact()
    make_audience(
        rule={
            "kind": "event",
            "name": "order",
            "operator": "at_least",
            "count": 1,
            "window": {"kind": "ever"},
            "filters": [{"name": "due", "operator": "in_the_next", "value": WEEK}],
        }
    )
    due = NOW + 10 * DAY
    order(ada, due=due.isoformat())

    assert not is_in(ada, due - 7 * DAY - TICK)
    assert is_in(ada, due - 7 * DAY)
    assert is_in(ada, due - TICK)
    assert not is_in(ada, due)
    assert not is_polled()


def test_a_filter_of_a_trait_of_the_account_turns_for_the_colleague():
    trait = make_trait(
        {
            "kind": "count",
            "event": "order",
            "level": "account",
            "filters": [{"name": "due", "operator": "in_the_next", "value": WEEK}],
        }
    )
    ada, ben = make_contact(), make_contact()
    AccountMember.objects.bulk_create(
        AccountMember(contact=one, account_id=7, identifier_id=1, first_at=NOW)
        for one in (ada, ben)
    )
    rule = {"kind": "trait", "trait": trait.pk, "operator": "at_least", "value": 1}
    make_audience(rule=rule)
    due = NOW + 10 * DAY
    order(ada, due=due.isoformat())

    assert not is_in(ben, due - 7 * DAY - TICK)
    assert is_in(ben, due - 7 * DAY)
    assert not is_in(ben, due)


@pytest.mark.parametrize("name", ["renews_at", "name"])
def test_a_date_of_an_account_turns_for_its_people(name):
    renewal = NOW + 10 * DAY
    account = Account.objects.create(
        name=renewal.isoformat(),
        attributes={"renews_at": renewal.isoformat()},
        created_at=NOW,
    )
    ada = make_contact()
    AccountMember.objects.create(
        contact=ada, account_id=account.pk, identifier_id=1, first_at=NOW
    )
    make_audience(
        rule={
            "kind": "account_attribute",
            "name": name,
            "operator": "in_the_next",
            "value": WEEK,
        }
    )

    assert not is_in(ada, renewal - 7 * DAY - TICK)
    assert is_in(ada, renewal - 7 * DAY)
    assert not is_in(ada, renewal)


def test_moments_that_no_rule_knows_any_more_are_forgotten():
    ada = make_contact(attributes_at=NOW - 99 * DAY)
    tell(ada, NOW, plan="pro")
    audience = make_audience(rule=held())
    assert WatchedDate.objects.count() == 1

    Audience.objects.filter(pk=audience.pk).update(rule=held(value="team"))
    refresh_next(NOW + HOUR)

    assert WatchedDate.objects.count() == 0
