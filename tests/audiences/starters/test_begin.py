"""Starters with the names that are seen in the data."""

import pytest

from audiences import selection
from audiences.models import Trait
from audiences.starters import spending
from audiences.starters.begin import begin, free_name, read_amount
from audiences.starters.gallery import STARTERS
from audiences.starters.spending import (
    IN_90_DAYS,
    make_trait,
    propose_limit,
    round_down,
)
from contacts.models import Account
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event


def leaves(key, **kwargs):
    return begin(key, now=NOW, **kwargs).rule["conditions"]


def did(name, count=1, days=30, **more):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least" if count else "at_most",
        "count": count,
        "window": {"kind": "last", "amount": days, "unit": "days"},
        "filters": [],
        **more,
    }


def test_an_attribute_with_the_score_comes_first(db):
    make_contact(attributes={"nps_score": 7, "nps_comment": "good"})

    begun = begin("promoters", now=NOW)

    assert begun.missing == []
    assert begun.rule["conditions"] == [
        {"kind": "attribute", "name": "nps_score", "operator": "at_least", "value": 9}
    ]
    assert begun.initial["name"] == "Promoters"


def test_without_an_attribute_the_latest_answer_counts(db):
    make_event(make_contact(), name="NPS Answered", score=10, channel="email")

    assert leaves("promoters") == [
        {
            "kind": "latest",
            "name": "NPS Answered",
            "window": {"kind": "last", "amount": 90, "unit": "days"},
            "filters": [{"name": "score", "operator": "at_least", "value": 9}],
        }
    ]


@pytest.mark.parametrize(
    ("seen", "least"), [(0.8, 0.95), (4, 4.75), (10, 9.5), (88, 95)]
)
def test_a_score_is_asked_on_its_own_scale(db, seen, least):
    make_contact(attributes={"csat": seen})

    [leaf] = leaves("satisfied")

    assert (leaf["name"], leaf["value"]) == ("csat", least)


@pytest.mark.parametrize("name", ["order_completed", "Order Completed"])
def test_orders_are_found_however_they_are_written(db, name):
    make_event(make_contact(), name=name, total=20)

    assert leaves("third_order") == [did(name, 3, window={"kind": "ever"})]


def test_first_value_is_a_sequence(db):
    contact = make_contact()
    make_event(contact, name="Signed Up")
    make_event(contact, name="Project Created")

    [leaf] = leaves("first_value")

    assert leaf["kind"] == "sequence"
    assert leaf["name"] == "Signed Up"
    assert [(step["name"], step["within"]) for step in leaf["then"]] == [
        ("Project Created", {"amount": 7, "unit": "days"})
    ]


def test_seats_are_those_of_the_account(db):
    Account.objects.create(
        group_id="acme", attributes={"seat_usage": 0.7}, created_at=NOW
    )

    assert leaves("seats") == [
        {
            "kind": "account_attribute",
            "name": "seat_usage",
            "operator": "at_least",
            "value": 0.9,
        }
    ]


def test_seats_may_be_an_attribute_of_the_contact(db):
    make_contact(attributes={"seats_used_percent": 70})

    [leaf] = leaves("seats")

    assert (leaf["kind"], leaf["value"]) == ("attribute", 90)


def test_a_renewal_and_an_upgrade_are_both_good(db):
    contact = make_contact()
    make_event(contact, name="Subscription Renewed")
    make_event(contact, name="Plan Upgraded")

    begun = begin("renewed", now=NOW)

    assert begun.rule["kind"] == "any"
    assert begun.rule["conditions"] == [
        did("Subscription Renewed"),
        did("Plan Upgraded"),
    ]


@pytest.mark.parametrize(
    ("properties", "test"),
    [
        ({"sentiment": "neutral", "score": 3}, ("sentiment", "is", "positive")),
        ({"rating": 3, "body": "hello"}, ("rating", "at_least", 4.5)),
        ({"body": "hello"}, ("body", "contains", "thank")),
    ],
)
def test_praise_is_found_by_what_a_thread_tells(db, properties, test):
    make_event(make_contact(), name="Conversation Rated", **properties)

    [leaf] = leaves("praise")
    [found] = leaf["filters"]

    assert leaf["name"] == "Conversation Rated"
    assert (found["name"], found["operator"], found["value"]) == test


@pytest.mark.parametrize("key", [k for k, s in STARTERS.items() if not s.spending])
def test_without_any_data_the_names_stay_open(db, key):
    begun = begin(key, now=NOW)
    problems = [error.message for error in selection.check(begun.rule)]

    assert begun.missing
    assert set(problems) <= {
        "Choose an event.",
        "Choose an attribute.",
        "Choose a property.",
    }
    assert len(set(begun.missing)) >= len(set(problems)) > 0


def test_spending_needs_a_trait_which_is_made_once(db, django_user_model):
    make_event(make_contact(), name="Order Completed", total=20, items=["x"])
    user = django_user_model.objects.create(username="lena")

    begun = begin("big_spenders", now=NOW)
    [chosen] = [choice for choice in begun.amounts if choice.selected]
    event, amount = read_amount(chosen.value)
    first, second = (
        make_trait(spending=IN_90_DAYS, event=event, amount=amount, now=NOW, user=user)
        for _ in range(2)
    )

    assert begun.rule is None
    assert (event, amount) == ("Order Completed", "total")
    assert first == second == Trait.objects.get()
    assert first.name == "Spent in 90 days"
    assert leaves("big_spenders") == [
        {
            "kind": "trait",
            "trait": first.pk,
            "operator": "greater_than",
            "value": 10,
        }
    ]
    assert selection.check(begin("big_spenders", now=NOW).rule) == []


def test_a_name_that_is_taken_by_another_trait_is_told_apart(db):
    for amount in ("total", "tip"):
        make_trait(spending=IN_90_DAYS, event="Paid", amount=amount, now=NOW, user=None)

    assert sorted(Trait.objects.values_list("name", flat=True)) == [
        "Spent in 90 days",
        "Spent in 90 days: tip of Paid",
    ]


def test_lapsed_big_spenders_have_not_ordered_lately(db):
    make_event(make_contact(), name="Order Completed", total=20)
    trait = make_trait(
        spending=STARTERS["lapsed_big_spenders"].spending,
        event="Order Completed",
        amount="total",
        now=NOW,
        user=None,
    )

    rule = leaves("lapsed_big_spenders", trait_id=trait.pk)

    assert [leaf["kind"] for leaf in rule] == ["trait", "event"]
    assert rule[1] == did("Order Completed", 0, 60)


def test_names_of_audiences_stay_unique(db):
    make_audience(name="Promoters")
    make_audience(name="Promoters 2")

    assert free_name("Promoters") == "Promoters 3"
    assert free_name("Third order") == "Third order"


@pytest.mark.parametrize("raw", ["", "{}", '["one"]', '[1, "x"]', "["])
def test_nonsense_is_no_amount(raw):
    assert read_amount(raw) == ("", "")


def test_there_is_no_starter_of_another_name(db):
    assert begin("explode", now=NOW) is None


@pytest.mark.parametrize(
    ("totals", "limit"),
    [
        ([], 500),
        ([20, 400, 600, 900], 500),
        ([5, 7, 9, 38, 61], 60),
        ([1_000, 2_000, 3_000, 3_900, 4_200], 4_000),
        ([20, 20], 10),
    ],
)
def test_the_limit_divides_those_who_spend(db, totals, limit):
    for total in totals:
        make_event(make_contact(), name="Paid", total=total, at=NOW)
    trait = make_trait(
        spending=IN_90_DAYS, event="Paid", amount="total", now=NOW, user=None
    )

    assert propose_limit(trait, now=NOW) == limit


def test_what_was_measured_is_not_measured_again(db, django_assert_num_queries):
    trait = Trait(measured={"marks": [1, 2, 3, 40, 50, 86, 90, 99]})

    with django_assert_num_queries(0):
        assert propose_limit(trait, now=NOW) == 80


def test_a_look_that_takes_too_long_proposes_what_is_usual(db, monkeypatch):
    def look(*args, **kwargs):
        raise spending.TookTooLong

    monkeypatch.setattr(spending, "distribution_of", look)

    assert propose_limit(Trait(), now=NOW) == 500


@pytest.mark.parametrize(
    ("amount", "rounded"), [(738, 700), (0.43, 0.4), (9, 9), (-3, 0), (1234.5, 1000)]
)
def test_amounts_are_rounded_down(amount, rounded):
    assert round_down(amount) == rounded


def test_numbers_that_only_name_something_are_no_amounts(db):
    make_event(make_contact(), name="Paid", total=5, campaign_id=3, orderId=7, paid=9)

    offered = [
        read_amount(choice.value)[1]
        for choice in begin("big_spenders", now=NOW).amounts
    ]

    assert sorted(offered) == ["paid", "total"]
