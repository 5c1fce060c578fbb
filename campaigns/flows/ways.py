"""Which ways lead to a step."""

from collections import defaultdict
from collections.abc import Iterable

from campaigns.flows.definition import Step, first_key, following, sides_of, walk_steps


def delays_before(flows: Iterable[list[Step]]) -> dict[str, set[str]]:
    """
    Name for each step, and for the end, the delays from which people come to it directly.

    A blank one stands for any other way: another kind of step, or the beginning.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for steps in flows:
        found[first_key(steps, "")].add("")
        after = following(steps)
        for step in walk_steps(steps):
            next_key = after[step["key"]]
            sides = sides_of(step)
            for side in sides.values():
                found[first_key(side, next_key)].add("")
            if not sides:
                is_delay = step["kind"] == "delay"
                found[next_key].add(step["key"] if is_delay else "")
    return dict(found)
