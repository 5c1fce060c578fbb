"""
What a program does with what checks find: plain values, read from and written to JSON.

The document of a policy maps the kind of a check to what differs from its defaults::

    {"velocity": {"action": "shadow", "points": 50, "numbers": {"hour": 8}}}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from referrals.fraud.checks.base import Action, Check
from referrals.fraud.checks.registry import CHECKS

HOLD_POINTS = 60
REVIEW_DAYS = 7
MOST_POINTS = 100


class PolicyError(ValueError):
    """A document that can't be understood: where, and what was expected."""


@dataclass(frozen=True)
class CheckSetting:
    """What a program does with one check."""

    action: Action
    points: int
    numbers: Mapping[str, int]


@dataclass(frozen=True)
class Policy:
    """What a program does with all checks."""

    settings: Mapping[str, CheckSetting] = field(default_factory=dict)
    hold_points: int = HOLD_POINTS
    review_days: int = REVIEW_DAYS

    def setting(self, check: Check) -> CheckSetting:
        """Find what to do with a check."""
        return self.settings.get(check.kind) or default_setting(check)


def default_setting(check: Check) -> CheckSetting:
    """Say what is done with a check unless a program says otherwise."""
    numbers = {number.name: number.default for number in check.numbers}
    return CheckSetting(check.action, check.points, numbers)


def read_policy(
    document: Mapping[str, Any],
    *,
    hold_points: int = HOLD_POINTS,
    review_days: int = REVIEW_DAYS,
) -> Policy:
    """
    Read a policy.

    :raises PolicyError: at what is unknown or out of its limits
    """
    unknown = sorted(set(document) - set(CHECKS))
    if unknown:
        raise PolicyError(f"Expected kinds of checks; got {', '.join(unknown)}.")
    settings = {
        kind: _read_setting(CHECKS[kind], said) for kind, said in document.items()
    }
    return Policy(settings, hold_points, review_days)


def dump_policy(policy: Policy) -> dict[str, Any]:
    """Write what differs from the defaults."""
    document: dict[str, Any] = {}
    for check in CHECKS.values():
        own, default = policy.setting(check), default_setting(check)
        changed: dict[str, Any] = {}
        if own.action != default.action:
            changed["action"] = str(own.action)
        if own.points != default.points:
            changed["points"] = own.points
        numbers = {
            name: number
            for name, number in own.numbers.items()
            if number != default.numbers[name]
        }
        if numbers:
            changed["numbers"] = numbers
        if changed:
            document[check.kind] = changed
    return document


def _read_setting(check: Check, said: Any) -> CheckSetting:
    """Read what a program does with one check."""
    if not isinstance(said, dict) or set(said) - {"action", "points", "numbers"}:
        raise PolicyError(f"{check.kind}: expected action, points and numbers.")
    default = default_setting(check)
    try:
        action = Action(said.get("action", default.action))
    except ValueError as error:
        raise PolicyError(f"{check.kind}.action: expected one of ours.") from error
    if action not in check.actions():
        raise PolicyError(f"{check.kind}.action: it may not reject by itself.")
    points = _read_number(
        f"{check.kind}.points", said, "points", default.points, 0, MOST_POINTS
    )
    told = said.get("numbers", {})
    if not isinstance(told, dict) or set(told) - set(default.numbers):
        raise PolicyError(f"{check.kind}.numbers: expected its own numbers.")
    numbers = {
        one.name: _read_number(
            f"{check.kind}.{one.name}", told, one.name, one.default, one.least, one.most
        )
        for one in check.numbers
    }
    return CheckSetting(action, points, numbers)


def _read_number(
    path: str, said: Mapping[str, Any], name: str, default: int, least: int, most: int
) -> int:
    """Read a whole number within its limits."""
    number = said.get(name, default)
    if type(number) is not int or not least <= number <= most:
        raise PolicyError(f"{path}: expected a whole number from {least} to {most}.")
    return number
