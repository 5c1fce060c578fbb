"""Each answer of an explanation, and its change by time, agrees with the rule."""

from datetime import datetime, timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences import selection
from audiences.conditions.parse import dump_condition
from audiences.explain import explain
from contacts import lists
from contacts.models import Contact, ContactList
from tests.factories.contacts import NOW, make_event

DAY = timedelta(days=1)


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


names = st.sampled_from(["bought", "opened"])
leaves = st.one_of(
    st.builds(
        lambda operator, value: {
            "kind": "attribute",
            "name": "n",
            "operator": operator,
            "value": value,
        },
        st.sampled_from(["is", "is_not", "greater_than", "at_most"]),
        st.integers(0, 3),
    ),
    st.builds(
        did,
        names,
        st.sampled_from(["at_least", "at_most", "exactly"]),
        st.integers(1, 3),
        st.sampled_from([None, 1, 2, 5]),
    ),
    st.sampled_from(["on", "not_on"]).map(
        lambda operator: {"kind": "list", "list": 9_001, "operator": operator}
    ),
    st.builds(
        lambda operator, amount: {
            "kind": "attribute",
            "name": "on",
            "operator": operator,
            "value": {"amount": amount, "unit": "days"},
        },
        st.sampled_from(["in_the_last", "in_the_next", "longer_ago", "later_than"]),
        st.integers(1, 3),
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: group("all", *some)),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: group("any", *some)),
        inner.map(lambda one: {"kind": "not", "condition": one}),
    ),
    max_leaves=5,
)
offsets = st.integers(-6 * 24, 2 * 24).map(lambda hours: timedelta(hours=hours))
people = st.fixed_dictionaries(
    {
        "attributes": st.fixed_dictionaries(
            {},
            optional={
                "n": st.sampled_from([0, 1, 2, "2", " 3 ", "three", None, True]),
                "on": offsets.map(lambda offset: (NOW + offset).isoformat()),
            },
        ),
        "events": st.lists(st.tuples(names, offsets), max_size=4),
        "is_listed": st.booleans(),
    }
)


def store(person):
    contact = Contact.objects.create(attributes=person["attributes"], created_at=NOW)
    for number, (name, offset) in enumerate(person["events"]):
        make_event(contact, name=name, key=str(number), at=NOW + offset)
    if person["is_listed"]:
        chosen = ContactList.objects.get(pk=9_001)
        lists.add_contacts(contact_list=chosen, contact_ids=[contact.pk], now=NOW)
    return contact


def selects(document, contact, at):
    return bool(selection.matching_ids(document, as_of=at, contact_ids=[contact.pk]))


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=trees, person=people)
def test_an_explanation_agrees_with_the_rule(db, document, person):
    with transaction.atomic():
        ContactList.objects.create(pk=9_001, name="Chosen")
        contact = store(person)
        node, _ = selection.prepare(document, as_of=NOW)
        explanation = explain(document, contact.pk, as_of=NOW)
        expected = [
            selects(dump_condition(inner), contact, NOW)
            for inner in selection.nodes.walk(node)
        ]
        at = explanation.change.at
        edges = sorted(
            edge
            for days in (-3, -2, -1, 0, 1, 2, 3, 5)
            for edge in moments(person, days)
            if edge > NOW and (at is None or edge < at)
        )
        stays = [selects(document, contact, edge) for edge in edges]
        then = at and selects(document, contact, at)
        transaction.set_rollback(True)

    assert [one.holds for one in explanation.tree.walk()] == expected
    assert explanation.holds == expected[0]
    assert set(stays) <= {explanation.holds}
    if at:
        assert then is not explanation.holds


def moments(person, days):
    """What may be the edge of a window: the times of a person, shifted."""
    told = [NOW + offset for _, offset in person["events"]]
    if "on" in person["attributes"]:
        told.append(datetime.fromisoformat(person["attributes"]["on"]))
    return [at + days * DAY for at in told]
