"""What an audience is made of, and what needs it."""

from audiences.explain.graph import graph_of, graph_of_list, graph_of_trait
from audiences.models import Audience
from audiences.traits import create_trait
from tests.factories.audiences import make_audience
from tests.factories.campaigns import make_campaign, make_program, make_version
from tests.factories.contacts import NOW, make_list


def both(*conditions):
    return {"kind": "all", "conditions": list(conditions)}


def trait(name, **definition):
    return create_trait(name=name, definition=definition, now=NOW)


def names_of(layer):
    return sorted(thing.name for thing in layer)


def names(graph):
    return [names_of(layer) for layer in graph.layers]


def more_than(trait, value=2):
    return {
        "kind": "trait",
        "trait": trait.pk,
        "operator": "at_least",
        "value": value,
    }


def inside(audience):
    return {"kind": "audience", "audience": audience.pk, "operator": "in"}


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


def test_who_uses_a_trait_stands_behind_it_with_who_uses_those(db):
    spent = trait("Spent", kind="sum", event="order_completed", property="total")
    visits = trait("Visits", kind="count", event="visited")
    ratio = trait(
        "Ratio", kind="formula", left=spent.pk, operator="divide", right=visits.pk
    )
    inner = make_audience(name="Inner", rule=more_than(ratio))
    outer = make_audience(name="Outer", rule=both(more_than(spent), inside(inner)))
    program = make_program(name="Friends")
    campaign = make_campaign(
        name="Autumn", program=program, trigger={"audience": outer.pk}
    )
    make_version(campaign)

    graph = graph_of_trait(spent)

    assert [(title, names_of(layer)) for title, layer in graph.titled] == [
        ("What is known", ["Order completed"]),
        ("This trait", ["Spent"]),
        ("Used by", ["Ratio"]),
        ("Through those", ["Inner"]),
        ("Through those", ["Outer"]),
        ("Through those", ["Autumn"]),
        ("Through those", ["Friends"]),
    ]
    assert graph.layers[-2][0].details == "draft and version 1"
    overview = f"use /campaigns/campaign/{campaign.pk}/overview/"
    assert set(graph.edges) == {
        ("event order_completed", f"trait {spent.pk}"),
        (f"trait {spent.pk}", f"trait {ratio.pk}"),
        (f"trait {spent.pk}", f"audience {outer.pk}"),
        (f"trait {ratio.pk}", f"audience {inner.pk}"),
        (f"audience {inner.pk}", f"audience {outer.pk}"),
        (f"audience {outer.pk}", overview),
        (overview, f"use /referrals/program/{program.pk}/change/"),
    }


def test_a_formula_is_made_of_traits_and_these_of_events(db):
    spent = trait("Spent", kind="sum", event="order_completed", property="total")
    visits = trait("Visits", kind="count", event="visited")
    ratio = trait(
        "Ratio", kind="formula", left=spent.pk, operator="divide", right=visits.pk
    )

    graph = graph_of_trait(ratio)

    assert [(title, names_of(layer)) for title, layer in graph.titled] == [
        ("What is known", ["Order completed", "Visited"]),
        ("Traits", ["Spent", "Visits"]),
        ("This trait", ["Ratio"]),
    ]
    assert ("event visited", f"trait {visits.pk}") in graph.edges


def test_who_uses_a_list_stands_behind_it(db):
    listed, other = make_list(name="VIP"), make_list(name="Other")
    on = {"kind": "list", "list": listed.pk, "operator": "on"}
    inner = make_audience(name="Inner", rule=on)
    make_audience(name="Elsewhere", rule=on | {"list": other.pk})
    make_campaign(name="Autumn", goal={"condition": on}, program=make_program(name="P"))
    make_audience(name="Outer", rule=inside(inner))

    graph = graph_of_list(listed)

    assert [(title, names_of(layer)) for title, layer in graph.titled] == [
        ("This list", ["VIP"]),
        ("Used by", ["Autumn", "Inner"]),
        ("Through those", ["Outer", "P"]),
    ]
