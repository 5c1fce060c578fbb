"""Demo audiences, filled, with a history of who entered and left."""

from datetime import datetime, timedelta
from typing import Any

from audiences.definitions import create_audience
from audiences.memberships.fill import fill_next
from audiences.memberships.refresh import refresh_audience
from audiences.models import Audience
from audiences.models.membership import Cause

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
        "Big spenders, 90 days",
        "At least one large order in the last quarter.",
        both(event("order_completed", 1, 90, BIG_ORDER)),
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
        "German speakers",
        "Everybody whose language is German, in any country.",
        both(attribute("locale", "starts_with", "de")),
    ),
]


def load(*, seed: int, contacts: int, days: int, now: datetime) -> None:
    """
    Make the audiences and live through the last days, so that the ledger has a history.

    ``seed`` and ``contacts`` are those of the demo people; nothing here is left to chance.
    """
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


def live_through(days: int, now: datetime) -> None:
    """Refresh as of each step of the past, the audiences that others name first."""
    span = timedelta(days=min(days, 60))
    moments = [now - span + index * STEP for index in range(int(span / STEP))]
    audiences = list(Audience.objects.order_by("depth", "pk"))
    for moment in moments:
        for audience in audiences:
            refresh_audience(audience, now=moment, cause=Cause.REFRESHED)
