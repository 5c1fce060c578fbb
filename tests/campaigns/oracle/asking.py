"""When somebody may be asked, and what becomes of a mail; plain Python."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from campaigns import local_time
from campaigns.guardrails.reasons import OPEN_ENDED, ORDER, TIMING

CAP_DAYS = 90
LATEST = timedelta(hours=48)
Objections = dict[str, datetime | None]


@dataclass
class Asked:
    """An ask, or a mail that asks for nothing, and what became of it."""

    campaign: str
    pass_number: int
    visit: int
    step: dict[str, Any]
    made_at: datetime
    asked_on: date
    settings: dict[str, Any]
    is_ask: bool = True
    # Since when its mail is in the outbox, without pauses.
    waits_since: datetime | None = None
    first_wanted_at: datetime | None = None
    # queued, accepted or canceled; and why.
    state: str = "queued"
    cause: str = ""
    due_at: datetime | None = None
    delivered_at: datetime | None = None
    refunded_at: datetime | None = None
    answer: str = ""
    answered_at: datetime | None = None


def zone_of(person, settings):
    """Choose the zone of a person: his own, else the campaign's."""
    return local_time.choose_zone(person.zone, settings["time_zone"])


def opening_after(moment, person, settings):
    """Give the end of the quiet hours if a moment is in them, else the moment."""
    quiet = local_time.next_opening(
        moment,
        local_time.parse_time(settings["quiet_from"]),
        local_time.parse_time(settings["quiet_until"]),
        zone_of(person, settings),
    )
    return quiet or moment


def law(person) -> Objections:
    """Object to whom may not be written to."""
    if person.agreed:
        return {}
    return {"no_consent" if person.agreed is None else "unsubscribed": None}


def wishes(person, now) -> Objections:
    """Object to what the person does not want."""
    found: Objections = {}
    if person.never:
        found["never"] = None
    if person.snoozed_until and person.snoozed_until > now:
        found["snoozed"] = person.snoozed_until
    return found


def cap(person, asks, settings, now) -> Objections:
    """Object until ninety pages of the own calendar lie behind the last ask."""
    days = [one.asked_on for one in asks if one.is_ask and one.refunded_at is None]
    zone = zone_of(person, settings)
    if not days:
        return {}
    next_on = max(days) + timedelta(days=CAP_DAYS)
    if next_on <= local_time.local_day(now, zone):
        return {}
    return {"cap": local_time.start_of_day(next_on, zone)}


@dataclass(frozen=True)
class Verdict:
    """Why not, in order, and when all of it is over; None where nobody knows."""

    reasons: list[str]
    possible_at: datetime | None

    @property
    def is_timing(self) -> bool:
        """Whether only the hour is wrong."""
        return bool(self.reasons) and TIMING.issuperset(self.reasons)


def conclude(found: Objections, person, settings, now, fresh_until=None) -> Verdict:
    """Put objections in order; a moment that passes before they end has passed."""
    opening = opening_after(now, person, settings)
    if opening > now:
        found["quiet_hours"] = opening
    possible_at = now
    for until in found.values():
        if until is None:
            possible_at = None
            break
        possible_at = max(possible_at, until)
    if possible_at is not None and possible_at > now:
        possible_at = opening_after(possible_at, person, settings)
    if fresh_until is not None and (
        now > fresh_until or (possible_at is not None and possible_at > fresh_until)
    ):
        found["stale_moment"] = None
        possible_at = None
    reasons = sorted(found, key=lambda reason: ORDER[reason])
    return Verdict(reasons, possible_at if reasons else None)


def then_of(verdict: Verdict, policy: str) -> str:
    """Say what a person who is held does: waits, goes on without, or leaves."""
    if verdict.is_timing:
        return "wait"
    if policy != "wait":
        return policy
    ends = verdict.possible_at is not None or OPEN_ENDED.issuperset(verdict.reasons)
    return "wait" if ends else "exit"
