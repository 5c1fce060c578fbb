"""Conditions that can't hold together, and alternatives of which one always holds."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from audiences.conditions.describe import describe_node
from audiences.conditions.kind import Names
from audiences.conditions.operands import PARSERS
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.parse import parse_condition
from audiences.conditions.windows import end_of, first_moment

OPPOSITES = {
    "is": "is_not",
    "is_one_of": "is_none_of",
    "contains": "not_contains",
    "is_set": "is_not_set",
    "on": "not_on",
    "in": "not_in",
}
OPPOSITES |= {negative: positive for positive, negative in OPPOSITES.items()}


@dataclass(frozen=True)
class Span:
    """From ``low`` to ``high``; None where it is open, and whether the end itself is left out."""

    low: Any = None
    high: Any = None
    without_low: bool = False
    without_high: bool = False

    @property
    def sort(self) -> type:
        """Which sort of value the ends are."""
        return type(self.high if self.low is None else self.low)

    def misses(self, other: "Span") -> bool:
        """Whether no value lies in both."""
        return self._ends_before(other) or other._ends_before(self)

    def _ends_before(self, other: "Span") -> bool:
        """Whether this one is over when the other begins."""
        if self.high is None or other.low is None:
            return False
        if self.high == other.low:
            return self.without_high or other.without_low
        return bool(self.high < other.low)


@dataclass(frozen=True)
class Claim:
    """What a leaf says of a subject, and the leaf itself."""

    subject: str
    leaf: Mapping[str, Any]
    span: Span | None
    text: str | None = None

    def excludes(self, other: "Claim") -> bool:
        """Whether the two can't hold of one contact."""
        if self.subject != other.subject:
            return False
        if are_opposites(self.leaf, other.leaf):
            return True
        if self.text is not None and other.text is not None:
            return self.text != other.text
        if self.span is None or other.span is None:
            return False
        return self.span.sort is other.span.sort and self.span.misses(other.span)


def find_contradictions(document: Any, *, as_of: datetime) -> list[str]:
    """Say which conditions of each group exclude each other, or leave nobody out."""
    return list(dict.fromkeys(_find(document, as_of)))


def _find(document: Any, as_of: datetime) -> Iterator[str]:
    """Look at a group and at the groups in it."""
    if document["kind"] == "not":
        yield from _find(document["condition"], as_of)
    if document["kind"] not in ("all", "any"):
        return
    inner = [
        child
        for child in document["conditions"]
        if child["kind"] not in ("all", "any", "not")
    ]
    pairs = [
        (one, other) for index, one in enumerate(inner) for other in inner[index + 1 :]
    ]
    if document["kind"] == "all":
        for one, other in pairs:
            if claim_of(one, as_of).excludes(claim_of(other, as_of)):
                yield f"Nobody can fit both: contacts {_say(one)}, and {_say(other)}."
    else:
        for one, other in pairs:
            if are_opposites(one, other) or count_all(one, other):
                yield f"Everybody fits one of the two: contacts {_say(one)}, or {_say(other)}."
    for child in document["conditions"]:
        yield from _find(child, as_of)


def _say(leaf: Mapping[str, Any]) -> str:
    """Say a leaf as a clause; what it refers to needs no name here."""
    return describe_node(parse_condition(leaf), Names())


def claim_of(leaf: Mapping[str, Any], as_of: datetime) -> Claim:
    """Find out of what a leaf speaks, and which values it allows."""
    subject = subject_of(leaf)
    if leaf["kind"] == "event":
        return Claim(subject, leaf, _span_of_count(leaf))
    # Of a list, one element may be this and another that; and so with accounts.
    if leaf["kind"] not in ("attribute", "trait") or "*" in leaf.get("path", ()):
        return Claim(subject, leaf, None)
    expected = leaf.get("value")
    if leaf["operator"] == "is" and isinstance(expected, str):
        return Claim(subject, leaf, None, expected)
    return Claim(subject, leaf, _span_of(leaf, as_of))


def subject_of(leaf: Mapping[str, Any]) -> str:
    """Name of what a leaf speaks, so that equal subjects have equal names."""
    left_out = {"operator", "value", "count"}
    return json.dumps(
        {k: v for k, v in leaf.items() if k not in left_out}, sort_keys=True
    )


def are_opposites(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a leaf holds exactly where the other does not."""
    return (
        one.get("operator") in OPPOSITES
        and subject_of(one) == subject_of(other)
        and one.get("value") == other.get("value")
        and OPPOSITES[one["operator"]] == other.get("operator")
    )


def count_all(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether "at least" and "at most" leave no number of times out."""
    if one["kind"] != "event" or subject_of(one) != subject_of(other):
        return False
    counts = {leaf["operator"]: leaf["count"] for leaf in (one, other)}
    if set(counts) != {"at_least", "at_most"}:
        return False
    return bool(counts["at_most"] >= counts["at_least"] - 1)


def _span_of_count(leaf: Mapping[str, Any]) -> Span:
    """Say how often it may have happened."""
    count = Decimal(leaf["count"])
    if leaf["operator"] == "at_least":
        return Span(low=count)
    if leaf["operator"] == "at_most":
        return Span(high=count)
    return Span(low=count, high=count)


def _span_of(leaf: Mapping[str, Any], as_of: datetime) -> Span | None:
    """Say which numbers or moments a comparison allows; None if it speaks of neither."""
    operator = OPERATORS[leaf["operator"]]
    expected = PARSERS[operator.operand](leaf.get("value"), ())
    if operator.operand in (Operand.NUMBER, Operand.RANGE) or isinstance(
        expected, Decimal
    ):
        return _span_of_numbers(operator.name, expected)
    if operator.operand == Operand.DATE:
        if operator.name == "before":
            return Span(high=first_moment(expected), without_high=True)
        return Span(low=end_of(expected))
    if operator.operand == Operand.DURATION and hasattr(expected, "delta"):
        return _span_of_time(operator.name, expected.delta, as_of)
    return None


def _span_of_numbers(operator: str, expected: Any) -> Span | None:
    """Say which numbers a comparison allows."""
    spans = {
        "is": lambda: Span(expected, expected),
        "greater_than": lambda: Span(low=expected, without_low=True),
        "at_least": lambda: Span(low=expected),
        "less_than": lambda: Span(high=expected, without_high=True),
        "at_most": lambda: Span(high=expected),
        "between": lambda: Span(*expected),
    }
    return spans[operator]() if operator in spans else None


def _span_of_time(operator: str, length: Any, as_of: datetime) -> Span | None:
    """Say which moments a comparison with the present allows."""
    spans: Iterable[tuple[str, Span]] = (
        ("in_the_last", Span(as_of - length, as_of, without_low=True)),
        ("in_the_next", Span(as_of, as_of + length, without_low=True)),
        ("longer_ago", Span(high=as_of - length)),
        ("later_than", Span(low=as_of + length, without_low=True)),
    )
    return dict(spans).get(operator)
