"""One ask by several ways, one after the other; plain Python."""

from datetime import timedelta

from campaigns.flows.ladder import EMAIL, IN_APP, rungs_of
from tests.campaigns.oracle import asking, planned, rivals, steps
from tests.campaigns.oracle.asking import Out
from tests.campaigns.oracle.reaching import reached_since

NOTHING = timedelta()
# What keeps a person off one channel, and says nothing of the others.
LAW = {"no_consent", "unsubscribed"}
# Who comes to the product by himself is awake, and so is who of us does a task.
AWAKE = (IN_APP, "dm")


def ask(world, one, step, now):
    """Ask on the first rung, or go on to the next one."""
    made = [each for each in one.asks if each.visit == one.visit]
    if not made:
        begin(world, one, step, now)
    elif made[-1].answer:
        steps.go(one, step, now, "asked")
    elif one.rung_until > now:
        steps.stay(one, one.rung_until)
    else:
        go_on(world, one, step, made[-1], now)


def begin(world, one, step, now):
    """Ask for the first time, on the first rung that the person may be asked on."""
    wanted = steps.first_wanted(world, one, now)
    rung, verdict = choose(world, one, step, rungs_of(step), now, wanted)
    if verdict.reasons:
        steps.held(world, one, step, verdict, now)
        return
    made = steps.make(one, step, now, wanted)
    made.outs = [out_of(rung.channel, now)]
    place(one, step, made, rung, now)


def choose(world, one, step, rungs, now, wanted=None):
    """Choose the first rung that only the law of another channel is against."""
    verdicts = []
    for rung in rungs:
        found = asking.law(one.person, rung.channel)
        found |= asking.wishes(one.person, now)
        found |= rivals.above(world, one, now)
        fresh = None
        if wanted is not None:
            settings = one.document["settings"]
            found |= asking.cap(one.person, world.asks_of(one.person), settings, now)
            fresh = steps.fresh_until(one, step, wanted)
        verdict = asking.conclude(
            found,
            one.person,
            one.document["settings"],
            now,
            fresh,
            is_awake=rung.channel in AWAKE,
        )
        if not LAW.intersection(verdict.reasons):
            return rung, verdict
        verdicts.append(verdict)
    return None, verdicts[0] if verdicts else asking.Verdict([], None)


def place(one, step, made, rung, now):
    """Let somebody wait on a rung, or go on in the flow if no other can follow."""
    is_last = not left_of(step, made)
    if rung.channel == IN_APP or not is_last:
        one.rung_until = now + rung.lasts
        steps.stay(one, one.rung_until)
    else:
        steps.go(one, step, now, "asked")


def left_of(step, made):
    """List the rungs that are left; who saw the ask in the product gets no mail."""
    tried = {out.channel for out in made.outs}
    rungs = rungs_of(step)
    lowest = max(index for index, rung in enumerate(rungs) if rung.channel in tried)
    return [
        rung
        for rung in rungs[lowest + 1 :]
        if not (rung.channel == EMAIL and made.viewed_at)
    ]


def go_on(world, one, step, made, now):
    """Go on to the next rung where the one before has had its time."""
    rung, verdict = choose(world, one, step, left_of(step, made), now)
    if rung is None:
        finish(one, step, made, now)
        return
    if verdict.reasons:
        then = "wait" if verdict.is_timing else "skip"
        steps.hold(world, one, step, verdict, then, now)
        if then == "wait":
            steps.stay(one, verdict.possible_at)
        else:
            finish(one, step, made, now)
        return
    take_back(made, "next_rung", now)
    made.outs.append(out_of(rung.channel, now))
    place(one, step, made, rung, now)


def finish(one, step, made, now):
    """End the ladder: what nobody saw is taken back, and perhaps the unit given back."""
    take_back(made, "unseen", now)
    reached = [out for out in made.outs if out.state != "canceled"]
    if not reached:
        refund(made, now)
    steps.go(one, step, now, "asked" if reached else "unseen")


def out_of(channel, now):
    """Write a message: into the outbox, or for whoever comes or does it."""
    return Out(channel, "queued" if channel == EMAIL else "waiting", now, now)


def take_back(made, cause, now):
    """Cancel what nobody has got, and hide what was shown; says whether anything was canceled."""
    canceled = False
    for out in made.outs:
        if out.state in ("queued", "waiting"):
            out.state, out.cause, canceled = "canceled", cause, True
        elif out.channel == IN_APP and out.state == "accepted":
            out.withdrawn_at = out.withdrawn_at or now
    return canceled


def refund(made, now):
    """Give the unit of an ask back that has reached nobody."""
    if made.is_ask and made.delivered_at is None:
        made.refunded_at = made.refunded_at or now


def visit(world, person, what, now):
    """Come to the product, where what waits is shown; see it, or close it."""
    shown = sorted(
        (
            (made.made_at, one.place, one, made, out)
            for one in world.passes[person.number]
            for made in one.asks
            for out in made.outs
            if out.channel == IN_APP
            and out.state in ("waiting", "accepted")
            and not out.withdrawn_at
            and not made.answer
        ),
        key=lambda row: row[:2],
    )
    for _, _, one, made, out in shown:
        if one.campaign.state != "running" or objects(world, one, made, now):
            continue
        if out.state == "waiting":
            out.state = "accepted"
            deliver(world, one, made, now)
        if what in ("see", "close"):
            made.viewed_at = made.viewed_at or now
        if what == "close":
            out.withdrawn_at = now
        return


def objects(world, one, made, now):
    """Whether a guardrail, the goal or the exit speaks against it by now."""
    if one.state in ("active", "completed") and reached_since(one, now):
        return True
    found = asking.wishes(one.person, now) | rivals.above(world, one, now)
    fresh = steps.fresh_until(one, made.step, made.first_wanted_at or made.made_at)
    settings = made.settings
    verdict = asking.conclude(found, one.person, settings, now, fresh, is_awake=True)
    return bool(verdict.reasons)


def deliver(world, one, made, now):
    """Note that an ask has reached the person; the first time counts."""
    if made.delivered_at is None:
        made.delivered_at = now
        planned.hear_delivery(world, one.person, made, now)


def do_task(world, person, is_done, now):
    """Do the oldest task for a person, or dismiss it."""
    tasks = [
        (out.made_at, one.place, one, made, out)
        for one in world.passes[person.number]
        for made in one.asks
        for out in made.outs
        if out.channel == "dm" and out.state == "waiting"
    ]
    if not tasks:
        return
    *_, one, made, out = min(tasks, key=lambda row: row[:2])
    if is_done:
        out.state = "accepted"
        deliver(world, one, made, now)
    else:
        out.state, out.cause = "canceled", "dismissed"
        refund(made, now)
