"""How much time lies between two asks, and before the first, on the ways through a flow."""

from collections import defaultdict
from collections.abc import Iterator

from campaigns.flows.definition import Step, first_key, walk_steps
from campaigns.flows.ways import ways_of

ASK_EVERY_DAYS = 90
# Beyond it more time makes no difference, which keeps the sets small.
MOST_MINUTES = ASK_EVERY_DAYS * 1440

# Minutes since the last ask on each way that leads here; None for a way without one.
Ages = frozenset[int | None]


def asks_too_soon(steps: list[Step]) -> list[tuple[Step, bool]]:
    """
    Find the asks that come less than ninety days after another.

    :returns: each with whether that is so on every way that leads to it
    """
    found: list[tuple[Step, bool]] = []
    for step, ages in _arrivals(steps, None):
        soon = [age is not None and age < MOST_MINUTES for age in ages]
        if is_ask(step) and any(soon):
            found.append((step, all(soon)))
    return found


def arrival_minutes(steps: list[Step]) -> dict[str, frozenset[int]]:
    """
    Map each step that can be reached to how long after the entry people may come to it.

    The least time of each way that leads there, in minutes; beyond ninety days all are one.
    """
    return {
        step["key"]: frozenset(age for age in ages if age is not None)
        for step, ages in _arrivals(steps, 0, counts_from_ask=False)
    }


def is_ask(step: Step) -> bool:
    """Whether the step asks for a referral."""
    return step["kind"] == "email" and bool(step["ask"])


def _arrivals(
    steps: list[Step], at_first: int | None, *, counts_from_ask: bool = True
) -> Iterator[tuple[Step, Ages]]:
    """Yield each step that can be reached with the ages on arrival."""
    ages: dict[str, Ages] = defaultdict(frozenset)
    ages[first_key(steps)] = frozenset({at_first})
    ways = ways_of(steps)
    # Every way leads forward, so all that leads to a step has been seen before it.
    for step in walk_steps(steps):
        arriving = ages[step["key"]]
        if not arriving:
            continue
        yield step, arriving
        leaving = frozenset({0}) if counts_from_ask and is_ask(step) else arriving
        for way in ways[step["key"]]:
            ages[way.to] |= _aged(leaving, way.minutes)


def _aged(ages: Ages, minutes: int) -> Ages:
    """Let time pass."""
    return frozenset(
        None if age is None else min(age + minutes, MOST_MINUTES) for age in ages
    )
