"""The ways through a flow. All of them lead forward in the order of reading."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.flows.definition import Step, first_key, following, sides_of, walk_steps

MINUTES = {"minutes": 1, "hours": 60, "days": 1440, "calendar_days": 1440}
# The sides at whose end the whole time of the wait has passed.
TIME_IS_OVER = {"wait_until": "timeout", "wait_answer": "none"}


@dataclass(frozen=True)
class Way:
    """From a step to the next one, "" for the end; how long the step takes at least."""

    to: str
    minutes: int = 0


def ways_of(steps: list[Step]) -> dict[str, list[Way]]:
    """Map the key of each step, in the order of reading, to the ways on from it."""
    after = following(steps)
    return {
        step["key"]: list(_ways_on(step, after[step["key"]]))
        for step in walk_steps(steps)
    }


def _ways_on(step: Step, after: str) -> Iterable[Way]:
    """Yield the ways on from one step."""
    kind, sides = step["kind"], sides_of(step)
    if kind == "continue_at":
        yield Way(step["target"])
    elif kind == "delay":
        yield Way(after, 0 if step["until"] else length(step))
    elif kind != "exit" and not sides:
        yield Way(after)
    for name, side in sides.items():
        # Who was not asked waits for no answer.
        is_whole = TIME_IS_OVER.get(kind) == name and kind != "wait_answer"
        yield Way(first_key(side, after), length(step) if is_whole else 0)


def length(step: Step) -> int:
    """Say how long a wait takes, in minutes; 0 if it is not complete."""
    amount = step["amount"] if isinstance(step["amount"], int) else 0
    return max(amount, 0) * MINUTES.get(step["unit"], 0)


def unreachable(steps: list[Step]) -> list[Step]:
    """List the steps to which no way leads from the beginning."""
    reached = {first_key(steps)}
    for key, ways in ways_of(steps).items():
        if key in reached:
            reached |= {way.to for way in ways}
    return [step for step in walk_steps(steps) if step["key"] not in reached]


def delays_before(flows: Iterable[list[Step]]) -> dict[str, set[str]]:
    """
    Name for each step, and for the end, the delays from which people come to it directly.

    A blank one stands for any other way: another kind of step, the beginning, or a delay that
    has no length for everybody.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for steps in flows:
        found[first_key(steps)].add("")
        kinds = {step["key"]: step["kind"] for step in walk_steps(steps)}
        for key, ways in ways_of(steps).items():
            for way in ways:
                found[way.to].add(key if kinds[key] == "delay" else "")
    return dict(found)
