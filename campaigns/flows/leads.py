"""How long it takes at least from each place of a flow to the next ask."""

from campaigns.flows.definition import Step, first_key, walk_steps
from campaigns.flows.pacing import is_ask
from campaigns.flows.ways import ways_of


def minutes_to_ask(steps: list[Step]) -> dict[str, int]:
    """
    Map each step from which a way leads to an ask to the least time to it, in minutes.

    "" stands for the beginning. A step that asks is there already.
    """
    found: dict[str, int] = {}
    ways = ways_of(steps)
    # Every way leads forward, so from the end on all that a step leads to is known.
    for step in reversed(list(walk_steps(steps))):
        if is_ask(step):
            found[step["key"]] = 0
            continue
        times = [
            way.minutes + found[way.to] for way in ways[step["key"]] if way.to in found
        ]
        if times:
            found[step["key"]] = min(times)
    first = first_key(steps)
    return {**found, "": found[first]} if first in found else found
