"""
The trigger in the document of a campaign: its keys, what they are if nobody has set them, and
what of them can't be right.

::

    "trigger": {
      "kind": "audience" | "left" | "event" | "date" | "answer" | "manual",
      "audience": 12 | null,                 audience, left
      "existing": true,                      audience: members at the start enter, too
      "event": {"name": "…", "filters": […]},   filters as in the language of conditions
      "which": "first" | "every" | "key", "key": "account_id", "max_age_hours": 24 | null,
      "date": {"attribute": "…", "offset_days": -14, "at": "09:00", "yearly": true},
      "answer": {"campaign": 3 | null, "answers": ["not_now", "none"], "after_days": 14,
                 "snooze_ended": true},
      "one_shot": false,                     manual: over when all who were let in are through
      "condition": {…} | null,               who of them enters
      "grace_minutes": 0,                    how long one waits for whom it does not hold yet
      "frequency": "once" | "every_entry" | "every_days", "every_days": 90,
      "ramp": {"days": [50, 500]} | null     at most so many on the first days, then all;
                                             with a brake, see campaigns.flows.ramps
    }

Only the keys of its own kind matter to a trigger; the others stay, so that who chooses a kind
again finds what he has filled in.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from campaigns.flows.ramps import problems_of_brake
from campaigns.local_time import parse_time

Trigger = dict[str, Any]

AUDIENCE, LEFT, EVENT, DATE, ANSWER, MANUAL = KINDS = (
    "audience",
    "left",
    "event",
    "date",
    "answer",
    "manual",
)
FIRST, EVERY, PER_KEY = WHICH = ("first", "every", "key")
ONCE, EVERY_ENTRY, EVERY_DAYS = FREQUENCIES = ("once", "every_entry", "every_days")
# Of "answer": what people say, and that they say nothing.
ANSWERS = ("yes", "not_now", "none")
MOST_GRACE_MINUTES = 60
MOST_DAYS = 730
MOST_RAMP_DAYS = 14

BLANK: Trigger = {
    "kind": AUDIENCE,
    "audience": None,
    "existing": False,
    "event": {"name": "", "filters": []},
    "which": EVERY,
    "key": "",
    "max_age_hours": 24,
    "date": {"attribute": "", "offset_days": 0, "at": "09:00", "yearly": False},
    "answer": {"campaign": None, "answers": [], "after_days": 14, "snooze_ended": True},
    "one_shot": False,
    "condition": None,
    "grace_minutes": 0,
    "frequency": ONCE,
    "every_days": 90,
    "ramp": None,
}


def fill_trigger(trigger: Trigger) -> Trigger:
    """Add what an older document does not say; what is there stays."""
    return {**deepcopy(BLANK), **trigger}


def trigger_of(document: dict[str, Any]) -> Trigger:
    """Give the whole trigger of a document."""
    return fill_trigger(document["trigger"])


def audience_of(document: dict[str, Any]) -> int | None:
    """Name the audience that the trigger waits for, if it waits for one."""
    trigger = trigger_of(document)
    return trigger["audience"] if trigger["kind"] in (AUDIENCE, LEFT) else None


def is_per_key(trigger: Trigger) -> bool:
    """Whether a contact enters once for each value of a property."""
    return trigger["kind"] == EVENT and trigger["which"] == PER_KEY


def takes_existing(trigger: Trigger) -> bool:
    """Whether who is there at the start enters, too."""
    return trigger["kind"] == AUDIENCE and bool(trigger["existing"])


def is_one_shot(trigger: Trigger) -> bool:
    """Whether the campaign is over when everybody is through whom a hand has let in."""
    return trigger["kind"] == MANUAL and bool(trigger["one_shot"])


def is_plain(trigger: Trigger) -> bool:
    """Whether everybody who comes enters at once: nothing is asked but "was he here before"."""
    return (
        not trigger["condition"]
        and not trigger["ramp"]
        and trigger["frequency"] != EVERY_DAYS
        and not is_per_key(trigger)
    )


def problems_of(trigger: Trigger) -> Iterator[str]:
    """Say what can't be right, as sentences that say what to do."""
    own = PROBLEMS.get(trigger["kind"])
    if own is None:
        yield "Choose what lets people in: an audience, an event, a date, an answer, or a hand."
        return
    yield from own(trigger)
    yield from _problems_of_entering(trigger)


def _problems_of_audience(trigger: Trigger) -> Iterator[str]:
    """Somebody must be able to enter."""
    if not trigger["audience"]:
        yield "Nobody can enter yet. Choose the audience whose members are asked."


def _problems_of_event(trigger: Trigger) -> Iterator[str]:
    """An event has a name; a key names a property."""
    if not trigger["event"]["name"]:
        yield "Nobody can enter yet. Choose the event that lets people in."
    if trigger["which"] not in WHICH:
        yield "Choose which of the events count: the first, every one, or one for each key."
    elif trigger["which"] == PER_KEY and not trigger["key"].strip():
        yield "Name the property that each entry is for, such as account_id."
    age = trigger["max_age_hours"]
    if age is not None and not _is_whole(age, 1, MOST_DAYS * 24):
        yield "An event may be told at least 1 hour late, or at any time."


def _problems_of_date(trigger: Trigger) -> Iterator[str]:
    """A date is an attribute, some days before or after it, at an hour."""
    date = trigger["date"]
    if not date["attribute"].strip():
        yield "Nobody can enter yet. Choose the attribute that holds the date."
    if not _is_whole(date["offset_days"], -MOST_DAYS, MOST_DAYS):
        yield f"Begin at most {MOST_DAYS} days before or after the date."
    try:
        parse_time(date["at"])
    except (TypeError, ValueError):
        yield "The date needs a time of day such as 09:00."


def _problems_of_answer(trigger: Trigger) -> Iterator[str]:
    """Some answer, or its absence, or the end of a rest lets people in."""
    answer = trigger["answer"]
    if not answer["answers"] and not answer["snooze_ended"]:
        yield "Nobody can enter yet. Choose the answers that let people in."
    if set(answer["answers"]) - set(ANSWERS):
        yield f"An answer is one of {', '.join(ANSWERS)}."
    if "none" in answer["answers"] and not _is_whole(answer["after_days"], 1, 365):
        yield "Somebody has not answered after at least 1 and at most 365 days."


def _problems_of_manual(trigger: Trigger) -> Iterator[str]:
    """Nothing has to be filled in."""
    return iter(())


def _problems_of_entering(trigger: Trigger) -> Iterator[str]:
    """How often, how soon and how many are numbers that can be kept to."""
    if trigger["frequency"] not in FREQUENCIES:
        yield "Choose whether a contact enters once or again."
    days = trigger["every_days"]
    if trigger["frequency"] == EVERY_DAYS and not _is_whole(days, 1, MOST_DAYS):
        yield f"People enter again after at least 1 and at most {MOST_DAYS} days."
    if not _is_whole(trigger["grace_minutes"], 0, MOST_GRACE_MINUTES):
        yield f"Wait for data at most {MOST_GRACE_MINUTES} minutes."
    ramp = trigger["ramp"]
    if ramp is not None:
        caps = ramp.get("days")
        if not isinstance(caps, list) or not 0 < len(caps) <= MOST_RAMP_DAYS:
            yield f"Limit at least 1 and at most {MOST_RAMP_DAYS} first days."
        elif not all(_is_whole(cap, 1, 10**9) for cap in caps):
            yield "Let in at least 1 person on each of the first days."
        yield from problems_of_brake(ramp)


def _is_whole(number: object, least: int, most: int) -> bool:
    """Whether it is a whole number between two others."""
    return type(number) is int and least <= number <= most


PROBLEMS = {
    AUDIENCE: _problems_of_audience,
    LEFT: _problems_of_audience,
    EVENT: _problems_of_event,
    DATE: _problems_of_date,
    ANSWER: _problems_of_answer,
    MANUAL: _problems_of_manual,
}
