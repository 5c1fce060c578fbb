"""Which moments become a pass, which are refused and which wait; plain Python."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.local_time import local_day
from tests.campaigns.oracle.asking import zone_of
from tests.campaigns.oracle.people import fits, holds

# How soon a moment that waits is looked at again.
A_LOOK = timedelta(seconds=5)
A_TURN = timedelta(minutes=1)


@dataclass
class Moment:
    """What qualified a person: the key by which it counts once, and when it was."""

    campaign: str
    key: str
    at: datetime
    told_at: datetime
    event: object = None
    # Set while it waits: for what, and until when.
    waits_for: str = ""
    until: datetime | None = None
    due_at: datetime | None = None


def hear_event(world, campaign, person, event, told_at):
    trigger = campaign.document["trigger"]
    if campaign.state == "stopped" or trigger["kind"] != "event":
        return
    if event.name == trigger["event"]["name"]:
        moment = Moment(campaign.name, "", event.at, told_at, event)
        world.moments[person.number].append(moment)


def hear_audience(world, campaign, person, audience, episode, change, at):
    trigger = campaign.document["trigger"]
    kind = {"audience": "entered", "left": "left"}.get(trigger["kind"])
    if campaign.state == "stopped" or kind != change:
        return
    if trigger["audience"] == audience:
        word = "episode" if change == "entered" else "left"
        moment = Moment(campaign.name, f"{word}:{episode}", at, at)
        world.moments[person.number].append(moment)


def by_hand(world, campaign, person, key, at):
    """Let one in for a program, at once; in a paused campaign the moment waits."""
    if campaign.state == "stopped":
        return
    moment = Moment(campaign.name, f"manual:{key}", at, at)
    if campaign.state == "paused":
        moment.waits_for = "campaign"
        world.moments[person.number].append(moment)
    else:
        consider(world, campaign, person, moment, at, set())


def drop(world, campaign, at):
    """Refuse who waits for a campaign that stops; what was not looked at is dropped."""
    for number, moments in world.moments.items():
        for one in [one for one in moments if one.campaign == campaign.name]:
            moments.remove(one)
            if one.waits_for:
                refuse(world, campaign, number, one, "stopped", at)


def take(world, person, now):
    """Look at the moments of a person, in the order in which they happened."""
    moments = world.moments[person.number]
    coming: dict[tuple[str, str], Moment] = {}
    for one in sorted(moments, key=lambda moment: (not moment.waits_for, moment.at)):
        campaign = world.campaigns[one.campaign]
        if campaign.state != "running" or (one.due_at and one.due_at > now):
            continue
        moments.remove(one)
        if one.event is None or one.waits_for or is_meant(world, campaign, person, one):
            # What waits keeps its place; of others the earliest of a key counts.
            coming.setdefault((one.campaign, one.key), one)
    had_turn: set[str] = set()
    for one in sorted(coming.values(), key=lambda moment: moment.at):
        consider(world, world.campaigns[one.campaign], person, one, now, had_turn)


def is_meant(world, campaign, person, moment):
    """Whether an event is one of those that the trigger speaks of; names the moment."""
    trigger = campaign.document["trigger"]
    filters = trigger["event"]["filters"]
    if not fits(filters, moment.event):
        return False
    own = moment.key = f"event:{id(moment.event)}"
    if trigger["which"] == "first":
        moment.key = "first"
        name = trigger["event"]["name"]
        same = [one for one in person.events if one.name == name and fits(filters, one)]
        if moment.event is not min(same, key=lambda one: one.at):
            return False
    elif trigger["which"] == "key":
        value = moment.event.properties.get(trigger["key"])
        moment.key = f"key:{value}" if value not in (None, "") else own
    if is_too_old(trigger, moment):
        # It is refused for itself: its key stays free.
        moment.key = own
    return True


def is_too_old(trigger, moment):
    """Whether an event was told too late."""
    age = trigger["max_age_hours"]
    return age is not None and moment.told_at - moment.at > timedelta(hours=age)


def consider(world, campaign, person, moment, now, had_turn):
    """Let a moment in, refuse it, or let it wait."""
    trigger = campaign.document["trigger"]
    passes = [one for one in world.passes[person.number] if one.campaign is campaign]
    takes_turns = is_per_key(trigger) and trigger["frequency"] != "once"
    entry_key = "once" if trigger["frequency"] == "once" else moment.key
    if any(moment.key in (one.moment_key, one.entry_key) for one in passes):
        return
    known = {(number, name, key) for number, name, key, *_ in world.refused}
    if (person.number, campaign.name, moment.key) in known:
        return
    is_inside = any(one.state == "active" for one in passes)
    if reason := own_refusal(trigger, moment):
        refuse(world, campaign, person.number, moment, reason, now)
    elif takes_turns and (is_inside or campaign.name in had_turn):
        wait(world, person, moment, "turn", now + A_TURN)
    elif is_inside:
        refuse(world, campaign, person.number, moment, "still_active", now)
    elif any(one.entry_key == entry_key for one in passes):
        refuse(world, campaign, person.number, moment, "already_enrolled", now)
    elif note_turn(had_turn, campaign) or is_too_soon(trigger, passes, person, now):
        refuse(world, campaign, person.number, moment, "too_soon", now)
    elif trigger["condition"] and not holds(trigger["condition"], person, now):
        until = moment.until or now + timedelta(minutes=trigger["grace_minutes"])
        if until > now:
            moment.until = until
            wait(world, person, moment, "data", now + A_LOOK)
        else:
            refuse(world, campaign, person.number, moment, "no_match", now)
    else:
        world.enroll(campaign, person, moment, entry_key, now)


def note_turn(had_turn: set[str], campaign) -> None:
    """Remember that a moment of this campaign had its turn."""
    had_turn.add(campaign.name)


def is_per_key(trigger):
    """Whether one enters once for each value of a property, one after the other."""
    return trigger["kind"] == "event" and trigger["which"] == "key"


def own_refusal(trigger, moment):
    """Say what speaks against an event itself."""
    if moment.event is None or moment.waits_for:
        return ""
    if is_too_old(trigger, moment):
        return "too_old"
    if is_per_key(trigger) and moment.key.startswith("event:"):
        return "no_key"
    return ""


def is_too_soon(trigger, passes, person, now):
    """Whether the last delivered ask of the campaign is not enough days ago."""
    if trigger["frequency"] != "every_days":
        return False
    settings = passes[0].campaign.document["settings"] if passes else {}
    return any(
        ask.asked_on
        > local_day(now, zone_of(person, settings))
        - timedelta(days=trigger["every_days"])
        for one in passes
        for ask in one.asks
        if ask.is_ask and ask.delivered_at is not None
    )


def wait(world, person, moment, what, due_at=None):
    moment.waits_for, moment.due_at = what, due_at
    world.moments[person.number].append(moment)


def refuse(world, campaign, number, moment, reason, now):
    world.refused.append((number, campaign.name, moment.key, moment.at, reason, now))
