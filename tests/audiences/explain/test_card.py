"""The explanation of a rule for one contact."""

from datetime import timedelta

import pytest

from audiences.conditions.errors import ConditionError
from audiences.explain import explain
from audiences.explain.card import singular
from contacts.models import Contact, Event
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event, make_list
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

DAY = timedelta(days=1)
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def did(name="order_completed", operator="at_least", count=1, days=None, filters=()):
    window = {"kind": "last", "amount": days, "unit": "days"} if days else None
    return {
        "kind": "event",
        "name": name,
        "operator": operator,
        "count": count,
        "window": window or {"kind": "ever"},
        "filters": list(filters),
    }


def group(kind, *conditions):
    return {"kind": kind, "conditions": list(conditions)}


def leaf_of(document, contact, now=NOW):
    return explain(document, contact.pk, as_of=now).tree


def test_each_condition_is_answered_with_what_was_found_and_what_is_missing(db):
    contact = make_contact(attributes={"plan": "free", "seats": 7.5})
    make_event(contact, at=NOW - 2 * DAY, total=20)
    seats = {"kind": "attribute", "name": "seats", "operator": "at_least", "value": 10}

    explanation = explain(
        group("all", did(count=3), group("any", PRO, seats)), contact.pk, as_of=NOW
    )

    assert explanation.holds is False
    assert [
        (leaf.sentence, leaf.holds, leaf.found, leaf.needed, leaf.distance)
        for leaf in explanation.leaves
    ] == [
        (
            "Did “Order completed” at least 3 times",
            False,
            "once",
            "",
            "2 more",
        ),
        ("Plan is “pro”", False, "free", "is “pro”", ""),
        ("Seats is at least 10", False, "7.5", "is at least 10", "2.5 short"),
    ]
    assert explanation.obstacles == explanation.leaves
    assert [(node.word, node.holds) for node in explanation.tree.walk()] == [
        ("all", False),
        ("event", False),
        ("any", False),
        ("attribute", False),
        ("attribute", False),
    ]


def test_only_what_stands_in_the_way_is_an_obstacle(db):
    contact = make_contact(attributes={"plan": "pro"})
    on_list = {"kind": "list", "list": make_list(name="VIP").pk, "operator": "on"}

    explanation = explain(
        group("all", PRO, {"kind": "not", "condition": PRO}, on_list),
        contact.pk,
        as_of=NOW,
    )

    assert [(leaf.sentence, leaf.is_wanted) for leaf in explanation.obstacles] == [
        ("Plan is “pro”", False),
        ("Is on the list “VIP”", True),
    ]
    assert [leaf.is_fine for leaf in explanation.leaves] == [True, False, False]


def test_what_must_not_hold_misses_nothing(db):
    contact = make_contact()

    explanation = explain(
        {"kind": "not", "condition": did(count=2)}, contact.pk, as_of=NOW
    )

    (leaf,) = explanation.leaves
    assert (explanation.holds, leaf.holds, leaf.is_fine) == (True, False, True)
    assert (leaf.found, leaf.distance) == ("never", "")


def test_a_named_audience_has_an_explanation_of_its_own(db):
    contact = make_contact(attributes={"plan": "pro"})
    audience = make_audience(name="Paying")
    inside = {"kind": "audience", "audience": audience.pk, "operator": "in"}

    leaf = leaf_of(inside, contact)

    assert (leaf.sentence, leaf.holds, leaf.found, leaf.audience_id) == (
        "Is in the audience “Paying”",
        True,
        "",
        audience.pk,
    )


def test_events_that_counted_lead_to_their_messages(db):
    contact = make_contact()
    source = make_source()
    receipt = make_receipt(source, message_id="m:1")
    told = make_event(contact, at=NOW - DAY, key=f"{source.pk}:m:1", total=5)
    Event.objects.filter(pk=told.pk).update(source=source)
    own = make_event(contact, at=NOW - 2 * DAY, total=7, currency="EUR")
    make_event(contact, at=NOW + DAY)

    leaf = leaf_of(did(), contact)

    assert [(one.pk, one.at, one.sentence, one.receipt_id) for one in leaf.events] == [
        (told.pk, told.occurred_at, "Ordered for 5", receipt.pk),
        (own.pk, own.occurred_at, "Ordered for 7 EUR", None),
    ]


def test_only_the_newest_events_are_named(db):
    contact = make_contact()
    for number in range(23):
        make_event(contact, at=NOW - number * DAY)

    leaf = leaf_of(did(), contact)

    assert (leaf.found, len(leaf.events), leaf.more_events) == ("23 times", 20, 3)
    assert leaf.events[0].at == NOW


def test_an_event_leaves_its_window_to_the_microsecond(db):
    contact = make_contact()
    at = NOW - 3 * DAY + timedelta(microseconds=7)
    make_event(contact, at=at)
    make_event(contact, at=NOW - 8 * DAY)

    change = explain(did(days=10, count=2), contact.pk, as_of=NOW).change
    later = explain(did(days=10), contact.pk, as_of=NOW).change

    assert change.at == NOW + 2 * DAY
    assert later.at == at + 10 * DAY


def test_an_absence_becomes_true_by_itself(db):
    contact = make_contact()
    make_event(contact, at=NOW - 3 * DAY)
    make_event(contact, at=NOW - 5 * DAY)

    explanation = explain(
        did(operator="at_most", count=0, days=10), contact.pk, as_of=NOW
    )

    assert (explanation.holds, explanation.change.at) == (False, NOW + 7 * DAY)
    assert explanation.tree.distance == "7 days short"


def test_the_rule_of_a_named_audience_is_looked_into_for_the_future(db):
    contact = make_contact()
    make_event(contact, at=NOW - 3 * DAY)
    inner = make_audience(rule=did(days=10))
    outside = {"kind": "audience", "audience": inner.pk, "operator": "not_in"}
    outer = make_audience(rule=group("all", outside))
    nested = {"kind": "audience", "audience": outer.pk, "operator": "in"}

    explanation = explain(nested, contact.pk, as_of=NOW)

    assert (explanation.holds, explanation.change.at) == (False, NOW + 7 * DAY)


def test_members_that_are_being_looked_up_are_taken_as_they_are(db):
    contact = make_contact()
    inner = make_audience(rule=did(days=10))
    make_event(contact, at=NOW - 3 * DAY)
    inside = {"kind": "audience", "audience": inner.pk, "operator": "in"}

    explanation = explain(inside, contact.pk, as_of=NOW)

    assert (explanation.holds, explanation.change.at) == (False, None)


def test_many_moments_are_bounded_and_it_says_so(db):
    contact = make_contact()
    Event.objects.bulk_create(
        Event(
            contact=contact,
            name="order_completed",
            key=str(number),
            occurred_at=NOW - timedelta(minutes=number),
        )
        for number in range(300)
    )

    few = explain(did(days=1, count=200), contact.pk, as_of=NOW).change
    many = explain(did(days=1, count=50), contact.pk, as_of=NOW).change

    assert few.at == NOW + DAY - timedelta(minutes=199)
    assert (many.at, many.is_cut) == (None, True)
    assert many.seen_until == NOW + DAY - timedelta(minutes=100)


def test_who_was_forgotten_is_in_nothing(db):
    contact = make_contact(attributes={"plan": "pro"})
    Contact.objects.filter(pk=contact.pk).update(erased_at=NOW)

    explanation = explain(PRO, contact.pk, as_of=NOW)

    assert (explanation.holds, explanation.is_erased) == (False, True)
    assert explanation.change.at is None


def test_nobody_is_in_nothing(db):
    explanation = explain(PRO, 987_654_321, as_of=NOW)

    assert (explanation.holds, explanation.tree.found) == (False, "")


def test_what_does_not_exist_is_refused(db):
    contact = make_contact()

    with pytest.raises(ConditionError):
        explain(
            {"kind": "list", "list": 10**9, "operator": "on"}, contact.pk, as_of=NOW
        )


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        ("who are in the audience “A”", "Is in the audience “A”"),
        ("who have unsubscribed", "Has unsubscribed"),
        ("who did “X”", "Did “X”"),
        ("whose plan is “pro”", "Plan is “pro”"),
        ("who are advocates of a program", "Is an advocate of a program"),
        ("where it is Monday", "Where it is Monday"),
    ],
)
def test_clauses_about_many_become_clauses_about_one(plural, single):
    assert singular(plural) == single


def test_events_before_the_audience_counts_are_left_out(db):
    contact = make_contact()
    make_event(contact, at=NOW - DAY)

    counted = explain(did(), contact.pk, as_of=NOW)
    from_today = explain(did(), contact.pk, as_of=NOW, counts_from=NOW - DAY)

    assert (counted.holds, counted.tree.found) == (True, "once")
    assert (from_today.holds, from_today.tree.found) == (False, "never")
