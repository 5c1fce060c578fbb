"""
What is expected of an example person, what was seen, and whether they agree.

An expectation is a document::

    {
      "outcome": "asked" | "held" | "not_asked" | "not_in" | "any",
      "channel": "email" | … | "",           asked: by which way; blank for any
      "within_minutes": 120 | null,          asked: so long after the start at most
      "reason": "open_ticket" | …,           held: by which guardrail
      "sides": [{"step": key, "side": name}, …]   the sides that are taken
    }
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from campaigns.flows.definition import Document, find_step, side_titles
from campaigns.guardrails.reasons import LABELS, TIMING
from campaigns.steps.email import RUNG_WORDS

Expected = dict[str, Any]
ASKED, HELD, NOT_ASKED, NOT_IN, ANY = OUTCOMES = (
    "asked",
    "held",
    "not_asked",
    "not_in",
    "any",
)
BLANK: Expected = {
    "outcome": ANY,
    "channel": "",
    "within_minutes": None,
    "reason": "",
    "sides": [],
}
WAYS = {**RUNG_WORDS, "elsewhere": "by another tool", "": ""}
# What a time is rounded up to, so that an example does not break over a minute.
STEPS = (60, 120, 360, 720, 1440)


@dataclass(frozen=True)
class Seen:
    """
    What happened to a person: why he was not let in, or the sides, asks and holds on his way.

    ``asks`` are (way, minutes after the start, step), ``holds`` are (reason, step).
    """

    refusal: str = ""
    sides: tuple[tuple[str, str], ...] = ()
    asks: tuple[tuple[str, int, str], ...] = ()
    holds: tuple[tuple[str, str], ...] = ()

    def dump(self) -> dict[str, Any]:
        """Write it as a document."""
        return {
            "refusal": self.refusal,
            "sides": [list(pair) for pair in self.sides],
            "asks": [list(one) for one in self.asks],
            "holds": [list(pair) for pair in self.holds],
        }


@dataclass(frozen=True)
class Mismatch:
    """What happened instead, and the step at which it did; blank for the entrance and the end."""

    happened: str
    step_key: str = ""


def load_seen(document: dict[str, Any]) -> Seen:
    """Read what was written by ``dump``."""
    return Seen(
        document["refusal"],
        tuple((step, side) for step, side in document["sides"]),
        tuple((way, minutes, step) for way, minutes, step in document["asks"]),
        tuple((reason, step) for reason, step in document["holds"]),
    )


def expectation_of(seen: Seen) -> Expected:
    """Expect what was seen; times are rounded up, and what a night delays is no hold."""
    sides = [{"step": step, "side": side} for step, side in seen.sides]
    held = [reason for reason, _ in seen.holds if reason not in TIMING]
    if seen.refusal:
        return {**BLANK, "outcome": NOT_IN}
    if seen.asks:
        way, minutes, _ = seen.asks[0]
        return {
            **BLANK,
            "outcome": ASKED,
            "channel": way,
            "within_minutes": rounded_up(minutes),
            "sides": sides,
        }
    if held:
        return {**BLANK, "outcome": HELD, "reason": held[-1], "sides": sides}
    return {**BLANK, "outcome": NOT_ASKED, "sides": sides}


def rounded_up(minutes: int) -> int:
    """Round a time up to some hours, or to whole days."""
    for step in STEPS:
        if minutes <= step:
            return step
    return ceil(minutes / 1440) * 1440


def compare(expected: Expected, seen: Seen, document: Document) -> Mismatch | None:
    """Find the first thing that is not as expected; None if all is."""
    if expected["outcome"] == NOT_IN:
        return None if seen.refusal else Mismatch(say_seen(seen, document))
    if seen.refusal:
        return Mismatch(say_seen(seen, document))
    sides = dict(seen.sides)
    for one in expected["sides"]:
        if sides.get(one["step"]) != one["side"]:
            return Mismatch(
                _say_side_instead(one["step"], sides, document), one["step"]
            )
    return _compare_outcome(expected, seen, document)


def _compare_outcome(
    expected: Expected, seen: Seen, document: Document
) -> Mismatch | None:
    """Compare whether, how and when he is asked."""
    last_hold = seen.holds[-1][1] if seen.holds else ""
    happened = say_seen(seen, document)
    if expected["outcome"] == ASKED:
        ways = [one for one in seen.asks if expected["channel"] in ("", one[0])]
        if not ways:
            return Mismatch(happened, last_hold)
        limit = expected["within_minutes"]
        if limit is not None and ways[0][1] > limit:
            return Mismatch(_say_ask(*ways[0][:2]), last_hold)
    if expected["outcome"] == HELD:
        is_so = any(reason == expected["reason"] for reason, _ in seen.holds)
        return None if is_so else Mismatch(happened, last_hold)
    if expected["outcome"] == NOT_ASKED and seen.asks:
        return Mismatch(happened, seen.asks[0][2])
    return None


def say_expected(expected: Expected, document: Document) -> str:
    """Say it, as it stands after "is expected"."""
    parts = [part for part in (_outcome_words(expected),) if part]
    for one in expected["sides"]:
        parts.append(f"to take {_side_words(one['step'], one['side'], document)}")
    if not parts:
        return "to come through the flow"
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def say_seen(seen: Seen, document: Document) -> str:
    """Say what happened, as it stands after "but"."""
    if seen.refusal:
        return f"is not let in: {_lowered(seen.refusal)}"
    if seen.asks:
        way, minutes, _ = seen.asks[0]
        return _say_ask(way, minutes)
    held = [pair for pair in seen.holds if pair[0] not in TIMING]
    if held:
        reason, key = held[-1]
        step = find_step(document, key)
        where = f" at “{step['name']}”" if step else ""
        return f"is held{where}: {_lowered(str(LABELS.get(reason, reason)))}"
    return "is let in and comes to the end without being asked"


def say_minutes(minutes: int) -> str:
    """Write a time in its largest unit."""
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            amount = round(minutes / size)
            return f"{amount} {word}{'' if amount == 1 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def side_choices(document: Document, steps: Iterator[Any]) -> list[tuple[str, str]]:
    """List the sides that can be expected, as values and words."""
    return [
        (f"{step['key']}:{side}", f"{step['name']}: {title}")
        for step in steps
        for side, title in side_titles(step).items()
    ]


def _outcome_words(expected: Expected) -> str:
    """Say the outcome."""
    if expected["outcome"] == ASKED:
        limit = expected["within_minutes"]
        within = f" within {say_minutes(limit)}" if limit is not None else ""
        way = WAYS.get(expected["channel"], expected["channel"])
        return f"to be asked{f' {way}' if way else ''}{within}"
    reason = str(LABELS.get(expected["reason"], expected["reason"]))
    return {
        HELD: f"to be held: {_lowered(reason)}",
        NOT_ASKED: "to come through without being asked",
        NOT_IN: "not to be let in",
    }.get(expected["outcome"], "")


def _say_ask(way: str, minutes: int) -> str:
    """Say how and when he is asked."""
    words = WAYS.get(way, way)
    when = f"after {say_minutes(minutes)}" if minutes else "at once"
    return f"is asked{f' {words}' if words else ''} {when}"


def _say_side_instead(key: str, sides: dict[str, str], document: Document) -> str:
    """Say which side is taken instead, or why none is."""
    step = find_step(document, key)
    if step is None:
        return "the step that the example names is no longer in the flow"
    if key not in sides:
        return f"does not come to “{step['name']}”"
    return f"takes {_side_words(key, sides[key], document)}"


def _side_words(key: str, side: str, document: Document) -> str:
    """Name a side of a step."""
    step = find_step(document, key)
    if step is None:
        return "a side of a step that is gone"
    title = side_titles(step).get(side)
    return (
        f"“{title}” of “{step['name']}”"
        if title
        else f"a side that “{step['name']}” no longer has"
    )


def _lowered(text: str) -> str:
    """Let a sentence go on after a colon."""
    return text[:1].lower() + text[1:].rstrip(".")
