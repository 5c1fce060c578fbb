"""Priority between campaigns: whose ask is near goes first; plain Python."""

from datetime import timedelta

from campaigns.flows.definition import find_step, first_key, following, sides_of

NEAR = timedelta(days=1)
# How soon it has decided.
DECIDED = timedelta(minutes=1)
# Steps at which time may pass.
WAITS = ("delay", "window", "wait_until", "wait_answer")


def above(world, one, now):
    """Object until a campaign of a higher priority, which is about to ask, has decided."""
    due = [
        other.due_at
        for other in world.passes[one.person.number]
        if other.campaign.priority > one.campaign.priority
        and other.campaign.state == "running"
        and other.state == "active"
        and other.due_at <= now + NEAR
        and leads_to_ask(other.document, other.step_key)
    ]
    return {"lost_to": max(now, *due) + DECIDED} if due else {}


def leads_to_ask(document, key):
    """Whether an ask comes at a step or behind it, without a wait in between."""
    step = find_step(document, key) if key else None
    if step is None or step["kind"] in (*WAITS, "exit"):
        return False
    if step["kind"] == "email" and step["ask"]:
        return True
    after = following(document["steps"])[key]
    if step["kind"] == "continue_at":
        return leads_to_ask(document, step["target"])
    ways = [first_key(side, after) for side in sides_of(step).values()] or [after]
    return any(leads_to_ask(document, way) for way in ways)
