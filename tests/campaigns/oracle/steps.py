"""What each kind of step does to one person; plain Python."""

from datetime import timedelta
from hashlib import sha256

from campaigns import local_time
from campaigns.flows.definition import find_step, first_key, following, sides_of
from campaigns.flows.definition import walk_steps as walk
from tests.campaigns.oracle import asking, rivals
from tests.campaigns.oracle.asking import Asked
from tests.campaigns.oracle.people import holds, length_of


def all_steps(document):
    return list(walk(document["steps"]))


def go(one, step, now, word, *, side=None, due=None, target=None):
    """Leave a step: by a side, by a jump, or to the next one."""
    after = following(one.document["steps"])[step["key"]]
    key = after
    if side is not None:
        key = first_key(sides_of(step)[side], after)
    if target is not None:
        key = target
    one.journal.append((one.visit, step["key"], word, now))
    one.visit += 1
    one.step_key, one.due_at, one.began_at = key, due or now, None
    if not key and due is None:
        one.end("completed", "", now)


def leave(one, step, now, word, reason):
    """Leave a step, and the campaign with it."""
    one.journal.append((one.visit, step["key"], word, now))
    one.visit += 1
    one.step_key = ""
    one.end("exited", reason, now)


def stay(one, until):
    """Keep the place until later; since when one is here stays known."""
    one.began_at = one.began_at or one.due_at
    one.due_at = until


def delay(world, one, step, now):
    zone = asking.zone_of(one.person, one.document["settings"])
    if step["until"]:
        word, due = _own_day(step, one, zone, now)
        go(one, step, now, word, due=due)
    elif step["unit"] == "calendar_days":
        at = local_time.parse_time(step["at"]) if step["at"] else None
        due = local_time.after_days(now, step["amount"], at, zone)
        go(one, step, now, "waited", due=due)
    else:
        go(one, step, now, "waited", due=now + length_of(step))


def _own_day(step, one, zone, now):
    """Find the day of the contact's own, and the time on it."""
    value = one.person.attributes.get(step["until"]["attribute"])
    day = local_time.read_day(str(value), zone) if value is not None else None
    if day is None:
        return "missing", None
    at = local_time.parse_time(step["at"] or "00:00")
    offset = timedelta(days=step["until"]["offset_days"])
    due = local_time.instant(day.date() + offset, at, zone)
    return ("waited", due) if due > now else ("past", None)


def branch(world, one, step, now):
    side = "yes" if holds(step["condition"], one.person, now) else "no"
    go(one, step, now, side, side=side)


def split(world, one, step, now):
    for way in step["branches"]:
        if holds(way["condition"], one.person, now):
            go(one, step, now, way["key"], side=way["key"])
            return
    go(one, step, now, "otherwise", side="otherwise")


def cohort(world, one, step, now):
    before = [
        word
        for other in world.passes[one.person.number]
        if other.campaign is one.campaign
        for _, key, word, _ in other.journal
        if key == step["key"]
    ]
    arm = before[0] if before else draw(step, one.person.contact_id)
    go(one, step, now, arm, side=arm)


def draw(step, contact_id):
    """Draw the arm by the hash of the step and the contact, in 10,000 parts."""
    digest = sha256(f"{step['key']}|{contact_id}".encode()).digest()
    part = int.from_bytes(digest[:8], "big") % 10_000
    total = sum(arm["weight"] for arm in step["arms"])
    reached = 0
    for arm in step["arms"]:
        reached += arm["weight"]
        if part * total < reached * 10_000:
            return arm["key"]
    raise AssertionError(step)


def window(world, one, step, now):
    opening = local_time.window_opening(
        now,
        step["days"],
        local_time.parse_time(step["from"]),
        local_time.parse_time(step["until"]),
        asking.zone_of(one.person, one.document["settings"]),
    )
    if opening is None:
        go(one, step, now, "passed")
    else:
        stay(one, opening)


def paused_since(one, began):
    """Add up how long the campaign was paused since somebody came."""
    pauses = one.campaign.pauses
    return sum(
        (end - max(begin, began) for begin, end in pauses if end > began), timedelta()
    )


def time_out(one, step):
    """Say when the longest wait ends; in a pause no time passes."""
    began = one.began_at or one.due_at
    return began + length_of(step) + paused_since(one, began)


def is_met(one, step, now):
    since = (one.began_at or one.due_at) if step["since"] == "here" else None
    return holds(step["condition"], one.person, now, after=since)


def wait_until(world, one, step, now):
    if is_met(one, step, now):
        go(one, step, now, "met", side="met")
    elif time_out(one, step) <= now:
        go(one, step, now, "timeout", side="timeout")
    else:
        stay(one, time_out(one, step))


def wake(one, now):
    """Let go on who waits for what has come true."""
    step = find_step(one.document, one.step_key) if one.step_key else None
    if (
        step
        and step["kind"] == "wait_until"
        and one.began_at
        and is_met(one, step, now)
    ):
        one.due_at = min(one.due_at, now)


def wait_answer(world, one, step, now):
    asks = [ask for ask in one.asks if ask.is_ask]
    said = asks[-1].answer if asks else ""
    if said == "never":
        leave(one, step, now, "never", "never")
    elif said:
        go(one, step, now, said, side=said)
    elif not asks or time_out(one, step) <= now:
        go(one, step, now, "none", side="none")
    else:
        stay(one, time_out(one, step))


def answered(one, now):
    """Let a pass be looked at where it stays."""
    if one.state == "active" and one.began_at is not None:
        one.due_at = min(one.due_at, now)


def attribute(world, one, step, now):
    zone = asking.zone_of(one.person, one.document["settings"])
    today = local_time.local_day(now, zone).isoformat()
    value = {"today": today, "nothing": None}.get(step["type"], step["value"])
    one.person.told[step["attribute"]] = now
    one.person.attributes.pop(step["attribute"], None)
    if value is not None:
        one.person.attributes[step["attribute"]] = value
    go(one, step, now, "done")


def change_list(world, one, step, now):
    lists = one.person.lists
    (lists.add if step["action"] == "add" else lists.discard)(step["list"])
    go(one, step, now, "done")


def continue_at(world, one, step, now):
    go(one, step, now, "jumped", target=step["target"])


def exit_campaign(world, one, step, now):
    leave(one, step, now, "left", "exit_step")


def note(world, one, step, now):
    go(one, step, now, "passed")


def fresh_until(one, step, first_wanted_at):
    """Say until when the moment is fresh; None for no limit."""
    if step["freshness_hours"] is None:
        return None
    since = one.moment_at if step["fresh_from"] == "moment" else first_wanted_at
    return since + timedelta(hours=step["freshness_hours"])


def email(world, one, step, now):
    """Ask, or write, unless something speaks against it."""
    settings = one.document["settings"]
    everything = [
        ask for other in world.passes[one.person.number] for ask in other.asks
    ]
    held_before = [
        held[2] for held in world.holds if held[0] is one and held[1] == one.visit
    ]
    wanted = min(held_before, default=now)
    found = asking.law(one.person)
    if step["ask"]:
        found |= asking.wishes(one.person, now)
        found |= asking.cap(one.person, everything, settings, now)
        found |= rivals.above(world, one, now)
    fresh = fresh_until(one, step, wanted) if step["ask"] else None
    verdict = asking.conclude(found, one.person, settings, now, fresh)
    if not verdict.reasons:
        make(one, step, now, wanted)
        go(one, step, now, "asked" if step["ask"] else "sent")
        return
    then = asking.then_of(verdict, step["if_held"])
    hold(world, one, step, verdict, then, now)
    if then == "wait":
        stay(one, verdict.possible_at)
    elif then == "skip":
        go(one, step, now, "held")
    else:
        leave(one, step, now, "held", verdict.reasons[0])


def make(one, step, now, wanted):
    """Write the ask, and its mail into the outbox."""
    settings = one.document["settings"]
    zone = asking.zone_of(one.person, settings)
    day = local_time.local_day(now, zone)
    ask = Asked(one.campaign.name, one.number, one.visit, step, now, day, settings)
    ask.is_ask, ask.due_at, ask.first_wanted_at = step["ask"], now, None
    if wanted < now:
        ask.first_wanted_at = wanted
    ask.waits_since = now
    one.asks.append(ask)


def hold(world, one, step, verdict, then, now):
    """Write down why not, and what happens then."""
    world.holds.append(
        (
            one,
            one.visit,
            now,
            step["key"],
            verdict.reasons[0],
            verdict.possible_at,
            then,
        )
    )


KINDS = {
    "delay": delay,
    "branch": branch,
    "split": split,
    "cohort": cohort,
    "window": window,
    "wait_until": wait_until,
    "wait_answer": wait_answer,
    "attribute": attribute,
    "list": change_list,
    "continue_at": continue_at,
    "exit": exit_campaign,
    "note": note,
    "email": email,
}
