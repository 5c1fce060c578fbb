"""What may be meant otherwise in a rule that can be understood."""

from datetime import timedelta

import pytest

from audiences.previews.advice import find_warnings
from contacts.models import EventType, PropertyType
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event

pytestmark = pytest.mark.django_db
EVER = {"kind": "ever"}


def did(name, *filters, **more):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": EVER,
        "filters": list(filters),
        **more,
    }


def compares(name, operator, value):
    return {"name": name, "operator": operator, "value": value}


def attribute(name, operator="is_set", **more):
    return {"kind": "attribute", "name": name, "operator": operator, **more}


def warnings(*conditions):
    return find_warnings({"kind": "all", "conditions": [*conditions]}, as_of=NOW)


def learned(name, count, **properties):
    """Rows of the schema: each property with how many values of which type it had."""
    row = EventType.objects.create(
        kind="track", name=name, count=count, first_seen_at=NOW, last_seen_at=NOW
    )
    for path, types in properties.items():
        PropertyType.objects.create(
            event_type=row,
            path=path,
            types=types,
            count=sum(types.values()),
            first_seen_at=NOW,
            last_seen_at=NOW,
        )


def test_a_rule_that_is_fine_has_no_warnings():
    make_event(make_contact(attributes={"plan": "pro"}), name="order", total=5)
    learned("order", 1, total={"integer": 1})

    assert (
        warnings(
            did("order", compares("total", "at_least", 3)),
            attribute("plan", "is", value="pro"),
            attribute("email"),
        )
        == []
    )


def test_events_that_never_came_may_be_a_slip():
    make_event(make_contact(), name="Order Completed")

    assert warnings(did("order completed"), did("flew_to_mars")) == [
        "Nobody has done “Flew to mars” yet.",
        "Nobody has done “Order completed” yet. Did you mean “Order Completed”?",
    ]


@pytest.mark.parametrize(
    ("days", "said"),
    [(13, []), (14, ["“Order” has not been seen for 14 days."])],
)
def test_events_that_went_quiet_are_told(days, said):
    make_event(make_contact(), name="order", at=NOW - timedelta(days=days))
    # What lies ahead has not been seen.
    make_event(make_contact(), name="order", at=NOW + timedelta(days=1))

    assert warnings(did("order")) == said


def test_properties_of_the_wrong_type_rare_or_misspelled_are_told():
    make_event(make_contact(), name="order", total=5, coupon="x")
    learned("order", 100, total={"number": 93, "text": 7}, coupon={"text": 4})

    assert warnings(
        did(
            "order",
            compares("total", "at_least", 3),
            compares("coupon", "contains", "x"),
            compares("Totl", "at_least", 3),
        )
    ) == [
        "No “Order” has carried “Totl” yet. Did you mean “total”?",
        "Only 4 % of “Order” carry “coupon”.",
        "7 % of “total” of “Order” is text: what is not written as a plain number is"
        " left out.",
    ]


def test_traits_are_judged_by_what_they_are_computed_of():
    make_event(make_contact(), name="order", total=5)
    learned("order", 100, total={"number": 50, "text": 50})
    trait = make_trait({"kind": "sum", "event": "order", "property": "total"})
    other = make_trait({"kind": "count", "event": "flight"})
    total = make_trait(
        {"kind": "formula", "left": other.pk, "operator": "add", "right": other.pk}
    )
    ranked = {
        "kind": "rank",
        "of": {"trait": other.pk},
        "operator": "top_count",
        "value": 3,
    }
    of = {"kind": "trait", "operator": "at_least", "value": 3}

    assert warnings({**of, "trait": trait.pk}, {**of, "trait": total.pk}, ranked) == [
        "Nobody has done “Flight” yet.",
        "50 % of “total” of “Order” is text: what is not written as a plain number is"
        " left out.",
    ]


def test_attributes_that_few_have_or_nobody_are_told():
    make_contact(attributes={"plan": "pro"})
    for _ in range(9):
        make_contact()

    assert warnings(attribute("plan"), attribute("plans"), attribute("shoe_size")) == [
        "“plan” is known of 10 % of the newest 10 contacts.",
        "No contact has the attribute “plans” yet. Did you mean “plan”?",
        "No contact has the attribute “shoe size” yet.",
    ]


def test_texts_that_were_never_seen_are_told():
    make_event(make_contact(attributes={"plan": "pro"}), name="order", size="L")

    assert warnings(
        attribute("plan", "is", value="Pro"),
        did("order", compares("size", "is_one_of", ["L", "enormous"])),
    ) == [
        "“size” has not been “enormous” lately. Seen lately: “L”.",
        "“plan” has not been “Pro” lately. Did you mean “pro”?",
    ]


def test_conditions_inside_of_others_are_judged_too():
    inside = {"kind": "account", "quantifier": "any", "condition": did("flight")}
    rule = {"kind": "not", "condition": inside}

    assert find_warnings(rule, as_of=NOW) == ["Nobody has done “Flight” yet."]
