"""Demo traits and audiences, filled, with a history of who entered and left."""

from datetime import datetime, timedelta
from typing import Any

from audiences.definitions import create_audience
from audiences.measuring import measure_next
from audiences.memberships.fill import fill_next
from audiences.memberships.refresh import refresh_audience
from audiences.models import Audience
from audiences.models.membership import Cause
from audiences.starters.spending import IN_90_DAYS
from audiences.traits import create_trait

# A look every few days makes a history without taking long.
STEP = timedelta(days=4)


def event(name: str, count: int, days: int, *filters: dict[str, Any]) -> dict[str, Any]:
    """Make a condition "did it so often in the last days"; a count of 0 is "never"."""
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least" if count else "at_most",
        "count": count,
        "window": {"kind": "last", "amount": days, "unit": "days"},
        "filters": list(filters),
    }


def test(name: str, operator: str, value: Any) -> dict[str, Any]:
    """Make a comparison of a property."""
    return {"name": name, "operator": operator, "value": value}


def attribute(name: str, operator: str, value: Any) -> dict[str, Any]:
    """Make a comparison of an attribute."""
    return {"kind": "attribute", **test(name, operator, value)}


def both(*conditions: dict[str, Any]) -> dict[str, Any]:
    """Make a group of which all hold."""
    return {"kind": "all", "conditions": list(conditions)}


def either(*conditions: dict[str, Any]) -> dict[str, Any]:
    """Make a group of which any holds."""
    return {"kind": "any", "conditions": list(conditions)}


BIG_ORDER = test("total", "at_least", 60)
# Name, description and definition of the traits; the first one is what big spenders are known by.
TRAITS: list[tuple[str, str, dict[str, Any]]] = [
    (
        IN_90_DAYS.name,
        "What all orders of the last quarter came to.",
        IN_90_DAYS.definition("order_completed", "total"),
    ),
    (
        "Days since the last order",
        "How long somebody has been quiet.",
        {
            "kind": "days_since_latest",
            "event": "order_completed",
            "window": {"kind": "ever"},
            "filters": [],
            "level": "contact",
        },
    ),
]

AUDIENCES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "Promoters (NPS 9–10)",
        "Said in the last half year that they would recommend us.",
        both(event("survey_answered", 1, 180, test("nps", "at_least", 9))),
    ),
    (
        "Three orders or more",
        "Regulars: they came back twice.",
        both(event("order_completed", 3, 180)),
    ),
    (
        "Lapsed big spenders",
        "Used to buy a lot, and have not ordered for two months.",
        both(
            event("order_completed", 1, 180, BIG_ORDER),
            event("order_completed", 0, 60),
        ),
    ),
    (
        "Opened a ticket lately",
        "Had trouble in the last two weeks. Leave them alone.",
        both(event("ticket_opened", 1, 14)),
    ),
    (
        "Loved it, and came back",
        "Gave four or five stars, and ordered again within a month.",
        both(
            {
                "kind": "sequence",
                "name": "review_left",
                "window": {"kind": "last", "amount": 180, "unit": "days"},
                "filters": [test("stars", "at_least", 4)],
                "then": [
                    {
                        "did": True,
                        "name": "order_completed",
                        "filters": [],
                        "within": {"amount": 30, "unit": "days"},
                    }
                ],
            }
        ),
    ),
    (
        "German speakers",
        "Everybody whose language is German, in any country.",
        both(attribute("locale", "starts_with", "de")),
    ),
]


def load(*, seed: int, contacts: int, days: int, now: datetime) -> None:
    """
    Make traits and audiences, and live through the last days, so that the ledger has a history.

    ``seed`` and ``contacts`` are those of the demo people; nothing here is left to chance.
    """
    spent, *_ = [
        create_trait(name=name, description=about, definition=definition, now=now)
        for name, about, definition in TRAITS
    ]
    create_audience(
        name="Big spenders, 90 days",
        description="The orders of the last quarter came to more than 150.",
        rule=both(
            {
                "kind": "trait",
                "trait": spent.pk,
                "operator": "greater_than",
                "value": 150,
            }
        ),
        now=now,
    )
    for name, description, rule in AUDIENCES:
        create_audience(name=name, description=description, rule=rule, now=now)
    known = dict(Audience.objects.values_list("name", "pk"))
    create_audience(
        name="Ready to refer",
        description="Happy or loyal, and no open trouble: the green light.",
        rule=both(
            either(
                {"kind": "audience", "audience": known["Promoters (NPS 9–10)"]},
                {"kind": "audience", "audience": known["Three orders or more"]},
            ),
            {
                "kind": "audience",
                "audience": known["Opened a ticket lately"],
                "operator": "not_in",
            },
        ),
        now=now,
    )
    live_through(days, now)
    while fill_next(now):
        pass
    while measure_next(now):
        pass


def live_through(days: int, now: datetime) -> None:
    """Refresh as of each step of the past, the audiences that others name first."""
    span = timedelta(days=min(days, 60))
    moments = [now - span + index * STEP for index in range(int(span / STEP))]
    audiences = list(Audience.objects.order_by("depth", "pk"))
    for moment in moments:
        for audience in audiences:
            refresh_audience(audience, now=moment, cause=Cause.REFRESHED)
