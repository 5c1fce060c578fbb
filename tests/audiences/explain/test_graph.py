"""What an audience is made of, and what needs it."""

from audiences.explain.graph import graph_of
from audiences.models import Audience
from audiences.traits import create_trait
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_list


def both(*conditions):
    return {"kind": "all", "conditions": list(conditions)}


def trait(name, **definition):
    return create_trait(name=name, definition=definition, now=NOW)


def names(graph):
    return [sorted(thing.name for thing in layer) for layer in graph.layers]


def test_parts_go_down_to_events_and_users_stand_behind(db):
    spent = trait("Spent", kind="sum", event="order_completed", property="total")
    visits = trait("Visits", kind="count", event="visited")
    ratio = trait(
        "Ratio", kind="formula", left=spent.pk, operator="divide", right=visits.pk
    )
    listed = make_list(name="VIP")
    inner = make_audience(
        name="Inner",
        rule={"kind": "trait", "trait": ratio.pk, "operator": "at_least", "value": 2},
    )
    focus = make_audience(
        name="Focus",
        rule=both(
            {"kind": "audience", "audience": inner.pk, "operator": "in"},
            {"kind": "list", "list": listed.pk, "operator": "on"},
            {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"},
            {
                "kind": "event",
                "name": "signed_up",
                "operator": "at_least",
                "count": 1,
                "window": {"kind": "ever"},
                "filters": [],
            },
        ),
    )
    make_audience(
        name="Outer", rule={"kind": "audience", "audience": focus.pk, "operator": "in"}
    )

    graph = graph_of(focus)

    assert names(graph) == [
        ["Order completed", "Plan", "Signed up", "VIP", "Visited"],
        ["Ratio", "Spent", "Visits"],
        ["Inner"],
        ["Focus"],
        ["Outer"],
    ]
    assert {
        (f"trait {ratio.pk}", f"audience {inner.pk}"),
        (f"trait {spent.pk}", f"trait {ratio.pk}"),
        ("event order_completed", f"trait {spent.pk}"),
        ("event visited", f"trait {visits.pk}"),
        (f"audience {inner.pk}", f"audience {focus.pk}"),
        (f"list {listed.pk}", f"audience {focus.pk}"),
    } < set(graph.edges)


def test_a_rule_that_can_not_be_read_is_made_of_nothing(db):
    audience = make_audience(name="Broken")
    Audience.objects.update(rule={"kind": "nonsense"})
    audience.refresh_from_db()

    assert names(graph_of(audience)) == [[], [], [], ["Broken"], []]
