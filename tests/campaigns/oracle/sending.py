"""What leaves the outbox, and what is stopped at the last instant; plain Python."""

from tests.campaigns.oracle import asking, ladder, rivals, steps
from tests.campaigns.oracle.reaching import reached_since


def send(world, person, now):
    """Hand over what is in the outbox, unless something objects by now."""
    for one in world.passes[person.number]:
        for ask in one.asks:
            for out in ask.outs:
                if out.state == "queued" and one.campaign.state == "running":
                    hand_over(world, one, ask, out, now)


def hand_over(world, one, ask, out, now):
    if out.due_at > now:
        return
    if now - out.waits_since > asking.LATEST:
        cancel(one, ask, out, "stale", now)
        return
    over = one.state == "active" or one.state == "completed"
    found = asking.law(one.person)
    if ask.is_ask:
        found |= asking.wishes(one.person, now)
        found |= rivals.above(world, one, now)
    fresh = steps.fresh_until(one, ask.step, ask.first_wanted_at or out.waits_since)
    if not ask.is_ask or out is not ask.outs[0]:
        # The moment is for the beginning.
        fresh = None
    verdict = asking.conclude(found, one.person, ask.settings, now, fresh)
    if over and (cause := reached_since(one, now)):
        cancel(one, ask, out, cause, now)
    elif not verdict.reasons:
        out.state, out.cause = "accepted", ""
        if ask.is_ask:
            ladder.deliver(world, one, ask, now)
    elif verdict.is_timing:
        out.due_at, out.cause = verdict.possible_at, verdict.reasons[0]
    else:
        cancel(one, ask, out, verdict.reasons[0], now)


def cancel(one, ask, out, cause, now):
    """Cancel a mail; the unit stays taken as long as another way may follow."""
    out.state, out.cause = "canceled", cause
    if not (one.state == "active" and one.visit == ask.visit):
        ladder.refund(ask, now)
