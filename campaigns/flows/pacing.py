"""How much time lies between two asks on the ways through a flow."""

from collections.abc import Iterator

from campaigns.flows.definition import Step, sides_of

ASK_EVERY_DAYS = 90
MINUTES = {"minutes": 1, "hours": 60, "days": 1440, "calendar_days": 1440}

# Minutes since the last ask on each way that leads here; None for a way without one.
Ages = frozenset[int | None]


def asks_too_soon(steps: list[Step]) -> list[tuple[Step, bool]]:
    """
    Find the asks that come less than ninety days after another.

    :returns: each with whether that is so on every way that leads to it
    """
    found: list[tuple[Step, bool]] = []
    for step, ages in _arrivals(steps, frozenset({None}), []):
        soon = [age is not None and age < ASK_EVERY_DAYS * 1440 for age in ages]
        if any(soon):
            found.append((step, all(soon)))
    return found


def _arrivals(
    steps: list[Step], ages: Ages, out: list[Ages]
) -> Iterator[tuple[Step, Ages]]:
    """Yield each ask with the ages on arrival; append those on leaving to ``out``."""
    for step in steps:
        if step["kind"] == "delay":
            ages = _aged(ages, _length(step))
        elif sides := sides_of(step):
            ends: list[Ages] = []
            for side in sides.values():
                yield from _arrivals(side, ages, ends)
            ages = frozenset().union(*ends)
        elif step["kind"] == "email" and step["ask"]:
            yield step, ages
            ages = frozenset({0})
    out.append(ages)


def _aged(ages: Ages, minutes: int) -> Ages:
    """Let time pass; beyond ninety days it makes no difference, which keeps the set small."""
    most = ASK_EVERY_DAYS * 1440
    return frozenset(None if age is None else min(age + minutes, most) for age in ages)


def _length(step: Step) -> int:
    """Say how long a delay takes, in minutes; 0 if it is not complete."""
    amount = step["amount"] if isinstance(step["amount"], int) else 0
    return max(amount, 0) * MINUTES.get(step["unit"], 0)
