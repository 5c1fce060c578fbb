"""
Signs that keep people from being asked, each read from a condition that somebody may change.

They come with conditions that hold for nobody while the events they name have never arrived;
``prune`` sees that without asking anybody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from audiences.conditions.parse import dump_condition, parse_condition
from campaigns.flows.mentions import leaves
from campaigns.guardrails import reasons
from campaigns.models import Guardrail
from contacts.models import Event

Condition = dict[str, Any]

# Kinds that hold only for those who did what they name, at some time.
NEED_EVENTS = frozenset(
    {"first_time", "latest", "sequence", "regular", "stopped", "resumed"}
)


def _did(name: str, days: int) -> Condition:
    """Make the condition of having done something in the last days."""
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "last", "amount": days, "unit": "days"},
        "filters": [],
    }


def _answered(name: str, score: str, most: int) -> Condition:
    """Make the condition of a last answer in a quarter that was not good."""
    return {
        "kind": "latest",
        "name": name,
        "window": {"kind": "last", "amount": 90, "unit": "days"},
        "filters": [{"name": score, "operator": "at_most", "value": most}],
    }


def _attribute(name: str, operator: str, *value: Any) -> Condition:
    """Make a condition about an attribute."""
    found: Condition = {"kind": "attribute", "name": name, "operator": operator}
    return found | ({"value": value[0]} if value else {})


def _any(*conditions: Condition) -> Condition:
    """Make the condition that one of them holds."""
    return {"kind": "any", "conditions": list(conditions)}


# Opened in the last quarter, and not closed since.
_STILL_OPEN: Condition = {
    "kind": "all",
    "conditions": [
        _did("ticket_opened", 90),
        {
            "kind": "not",
            "condition": {
                "kind": "sequence",
                "name": "ticket_opened",
                "window": {"kind": "last", "amount": 90, "unit": "days"},
                "filters": [],
                "then": [
                    {
                        "did": True,
                        "name": "ticket_closed",
                        "filters": [],
                        "within": {"amount": 90, "unit": "days"},
                    }
                ],
            },
        },
    ],
}


@dataclass(frozen=True)
class Sign:
    """A sign by its code: what it is called, what it is for, and how it is read at first."""

    code: str
    title: str
    text: str
    condition: Condition


SIGNS = (
    Sign(
        reasons.TEST_CONTACT,
        "Test contact",
        "Your own people and made-up customers: they get test emails and nothing else.",
        _any(
            _attribute("is_test", "is_true"),
            _attribute("email", "ends_with", "@example.invalid"),
        ),
    ),
    Sign(
        reasons.OPEN_TICKET,
        "Open ticket",
        "Who waits for help is not asked for a favor.",
        _any(_attribute("open_tickets", "greater_than", 0), _STILL_OPEN),
    ),
    Sign(
        reasons.RECENT_TICKET,
        "Recent ticket",
        "The trouble is still in mind two weeks after.",
        _any(_did("ticket_opened", 14), _did("ticket_closed", 14)),
    ),
    Sign(
        reasons.LOW_SATISFACTION,
        "Low satisfaction",
        "The last answer to a survey was not a happy one.",
        _any(
            _answered("survey_answered", "nps", 6),
            _answered("nps_answered", "score", 6),
            _answered("csat_answered", "score", 2),
        ),
    ),
    Sign(
        reasons.CHURN_RISK,
        "Churn risk",
        "Who is about to leave is won back first.",
        _any(
            _attribute("churn_risk", "is_one_of", ["high", "yes", True]),
            _did("subscription_canceled", 90),
        ),
    ),
    Sign(
        reasons.BELOW_ENGAGEMENT,
        "Below engagement",
        "Who hardly uses the product has little to tell about it.",
        _attribute("engagement_score", "less_than", 20),
    ),
)
BY_CODE = {sign.code: sign for sign in SIGNS}


@dataclass(frozen=True)
class Rule:
    """A sign as it is set now."""

    sign: Sign
    is_on: bool
    condition: Condition
    row: Guardrail | None = None

    @property
    def code(self) -> str:
        """The reason that it gives."""
        return self.sign.code

    @property
    def is_own(self) -> bool:
        """Whether somebody has changed where it is read from."""
        return self.condition != self.sign.condition


def read_rules() -> list[Rule]:
    """Read how each sign is set, in their order. One query."""
    rows = {row.code: row for row in Guardrail.objects.select_related("changed_by")}
    found = []
    for sign in SIGNS:
        row = rows.get(sign.code)
        condition = (row.condition if row else None) or sign.condition
        found.append(Rule(sign, row.is_on if row else True, condition, row))
    return found


@transaction.atomic
def set_rule(
    *, code: str, is_on: bool, condition: Condition | None, user: User, now: datetime
) -> Guardrail:
    """
    Set a sign; without a condition it is read as it came.

    :raises ConditionError: if the condition can't be understood
    """
    kept = dump_condition(parse_condition(condition)) if condition else None
    if kept == dump_condition(parse_condition(BY_CODE[code].condition)):
        kept = None
    values = {"is_on": is_on, "condition": kept, "changed_at": now, "changed_by": user}
    return Guardrail.objects.update_or_create(code=code, defaults=values)[0]


@dataclass(frozen=True)
class InForce:
    """The signs that may hold somebody, each with what is left of its condition."""

    rules: tuple[tuple[Rule, Condition], ...]
    # What the signs name and nobody ever did.
    never_happened: frozenset[str]


def rules_in_force(off: Collection[str] = ()) -> InForce:
    """Read which signs may hold somebody; what never happened is left out. Two queries."""
    wanted = [one for one in read_rules() if one.is_on and one.code not in off]
    named = {name for one in wanted for name in events_named(one.condition)}
    happened = events_that_happened(named)
    pruned = [(one, prune(one.condition, happened)) for one in wanted]
    return InForce(
        tuple((one, left) for one, left in pruned if left is not None),
        frozenset(named - happened),
    )


def events_named(condition: Condition) -> set[str]:
    """Name the events that a condition mentions."""
    names: set[str] = set()
    for leaf in leaves(condition):
        if "name" in leaf and (leaf["kind"] == "event" or leaf["kind"] in NEED_EVENTS):
            names |= {leaf["name"], *(one["name"] for one in leaf.get("then", ()))}
    return names


def events_that_happened(names: Collection[str]) -> set[str]:
    """Name those of some events that ever happened; one query."""
    if not names:
        return set()
    # One look into event_by_name for each.
    rows = Event.objects.raw(
        "SELECT 1 AS id, wanted.name FROM unnest(%s::text[]) AS wanted (name)"
        " WHERE EXISTS (SELECT FROM contacts_event AS happened"
        " WHERE happened.name = wanted.name)",
        [sorted(names)],
    )
    return {row.name for row in rows}


def prune(condition: Condition, happened: Collection[str]) -> Condition | None:
    """
    Leave out what holds for nobody because it never happened; None if nothing is left.

    What is left selects the same people.
    """
    kind = condition["kind"]
    if kind in ("all", "any"):
        left = [prune(child, happened) for child in condition["conditions"]]
        kept = [one for one in left if one is not None]
        if not kept or (kind == "all" and len(kept) < len(left)):
            return None
        return {"kind": kind, "conditions": kept}
    return None if _never_happened(condition, happened) else condition


def _never_happened(leaf: Mapping[str, Any], happened: Collection[str]) -> bool:
    """Whether a condition needs an event of a name that there is none of."""
    if leaf["kind"] == "event":
        needs = leaf["operator"] in ("at_least", "exactly") and leaf["count"] > 0
        return needs and leaf["name"] not in happened
    return leaf["kind"] in NEED_EVENTS and leaf["name"] not in happened
