"""Moments of the future: a day of the person's own, silence after an ask, a rest that ends."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from campaigns import local_time
from tests.campaigns.oracle.asking import zone_of

DATE, SILENCE, REST = KINDS = ("date", "answer", "snooze")
A_DAY = timedelta(days=1)


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
    # What it will wait for as soon as it is looked at; and the day that is meant.
    plans: str = ""
    day: date | None = None


def changed(world, person):
    """Let the dates of a person be looked up anew, by each campaign at its next look."""
    for campaign in world.campaigns.values():
        if campaign.document["trigger"]["kind"] == DATE:
            world.to_plan.add((campaign.name, person.number))


def take(world, person, now):
    """Plan what comes of what has happened to a person since the last look."""
    for campaign in world.campaigns.values():
        if campaign.state != "running":
            continue
        if (campaign.name, person.number) in world.to_plan:
            world.to_plan.discard((campaign.name, person.number))
            plan_day(world, campaign, person, now)
    for one in list(world.moments[person.number]):
        if one.plans and world.campaigns[one.campaign].state == "running":
            world.moments[person.number].remove(one)
            keep(world, person, one, now)


def keep(world, person, one, now):
    """Let a moment of the future wait, unless it is known."""
    one.waits_for, one.plans = one.plans, ""
    if one.waits_for == REST:
        if person.snoozed_until is None:
            return
        one.due_at = one.at = max(person.snoozed_until, now)
    if not any(
        other.campaign == one.campaign and other.key == one.key
        for other in world.moments[person.number]
    ):
        world.moments[person.number].append(one)


def plan_day(world, campaign, person, now):
    """Write the next day of a person, in place of what was planned."""
    wanted, moments = campaign.document["trigger"]["date"], world.moments[person.number]
    mine = [one for one in moments if one.campaign == campaign.name]
    zone = zone_of(person, campaign.document["settings"])
    before = [one for one in mine if one.waits_for == DATE]
    for one in before:
        moments.remove(one)
    # A day that has come and was not taken yet is still one if it is still meant.
    come = [one.day for one in before if one.due_at <= now]
    still = [day for day in come if next_day(wanted, person, zone, day) == day]
    today = local_time.local_day(now, zone)
    day = still[0] if still else next_day(wanted, person, zone, today)
    known = {one.key for one in mine if one not in before}
    known |= world.known_keys(campaign, person)
    if day is not None and f"date:{day}" in known:
        day = next_day(wanted, person, zone, max(day, today) + A_DAY)
    if day is not None and f"date:{day}" not in known:
        at = local_time.instant(day, local_time.parse_time(wanted["at"]), zone)
        moments.append(
            Moment(campaign.name, f"date:{day}", at, at, waits_for=DATE, day=day)
        )
        moments[-1].due_at = at


def next_day(wanted, person, zone, least):
    """Give the first day from ``least`` on that lies so far from the person's date."""
    value = person.attributes.get(wanted["attribute"])
    read = local_time.read_day(str(value), zone) if value is not None else None
    if read is None:
        return None
    offset = timedelta(days=wanted["offset_days"])
    if not wanted["yearly"]:
        day = read.date() + offset
        return day if day >= least else None
    years = range(least.year - 3, least.year + 4)
    found = (in_year(read.date(), year) + offset for year in years)
    return next(day for day in found if day >= least)


def in_year(day, year):
    """Give a day in a year; the 29 February is the 28th where there is none."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def is_ripe(world, person, one, now):
    """Whether what was planned has come true; a longer rest goes on."""
    if one.waits_for == SILENCE:
        ask = next(a for a in world.asks_of(person) if f"answer:{id(a)}" == one.key)
        return not ask.answer
    if one.waits_for == REST:
        if person.never or person.snoozed_until is None:
            return False
        if person.snoozed_until > now:
            one.due_at = one.at = person.snoozed_until
            world.moments[person.number].append(one)
            return False
    return True


def hear_answer(world, person, ask, said, at):
    """Tell of an answer those campaigns that begin with one."""
    for campaign, wanted in of_answers(world, ask):
        if said in wanted["answers"]:
            moment = Moment(campaign.name, f"answer:{id(ask)}", at, at)
            world.moments[person.number].append(moment)
        if said == "not_now" and wanted["snooze_ended"]:
            moment = Moment(campaign.name, f"snooze:{id(ask)}", at, at)
            moment.plans = REST
            world.moments[person.number].append(moment)


def hear_delivery(world, person, ask, at):
    """Tell of an ask that has arrived those campaigns that begin with silence."""
    for campaign, wanted in of_answers(world, ask):
        if "none" in wanted["answers"]:
            due = at + timedelta(days=wanted["after_days"])
            moment = Moment(campaign.name, f"answer:{id(ask)}", due, at)
            moment.plans, moment.due_at = SILENCE, due
            world.moments[person.number].append(moment)


def of_answers(world, ask):
    """Name the campaigns that begin with what becomes of an ask."""
    for campaign in world.campaigns.values():
        trigger = campaign.document["trigger"]
        if trigger["kind"] != "answer" or campaign.state == "stopped":
            continue
        if trigger["answer"]["campaign"] in (None, ask.campaign):
            yield campaign, trigger["answer"]
