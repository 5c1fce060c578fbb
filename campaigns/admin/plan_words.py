"""What a publish plan does, in sentences."""

from datetime import datetime, timedelta

from campaigns.admin.sentences import count_words
from campaigns.changing.plan import Effect, Waiting
from campaigns.changing.standing import ANEW, CARRY, EXIT, Action
from campaigns.flows.definition import Document, Step, find_step, following
from contacts.templatetags.greenlight import duration

SPREAD_WORDS = {
    0: "at once",
    60: "over 1 hour",
    24 * 60: "over 1 day",
    3 * 24 * 60: "over 3 days",
}
KIND_WORDS = {
    "finish": "Finish on their version",
    "carry": "Go on with the new flow",
    "exit": "Leave the campaign",
}
TIMES_WORDS = {
    "carry": {
        "keep": "Keep the time that was planned",
        "anew": "Count the new time from when they began",
    },
    "carry_until": {
        "keep": "Keep the time that was planned",
        "anew": "Wait for the new day",
    },
    "map": {"anew": "Right away", "keep": "Once their present wait is over"},
}


def waiting_words(waiting: Waiting, now: datetime) -> str:
    """Say for how long people have been there."""
    shortest = max(now - waiting.last_since, timedelta())
    longest = max(now - waiting.first_since, timedelta())
    least, most = duration(shortest), duration(longest)
    return f"for {least}" if least == most else f"for {least} to {most}"


def effect_sentences(
    waiting: Waiting,
    action: Action | None,
    effect: Effect,
    *,
    document: Document,
    spread_minutes: int,
) -> list[str]:
    """Say what becomes of those at one place."""
    count = waiting.count
    if action is None:
        return [f"{_they(count, 'finish')} on version {waiting.version.number}."]
    if action.kind == EXIT:
        leave = _they(effect.count, "leave")
        return [f"{leave} at once. What has not been sent to them is called off."]
    step = find_step(document, action.target or action.place)
    where = f"“{step['name']}”" if step else "the same step"
    go_on = _they(effect.count, "go on")
    said = [f"{go_on} with the new flow at {where}{_how(action, step)}."]
    spread = SPREAD_WORDS.get(spread_minutes, "")
    if effect.released and action.kind == CARRY:
        many = "All" if effect.released == effect.count else f"{effect.released:,}"
        said.append(f"{many} of them {_why_released(step)} and go on {spread}.")
    elif effect.released:
        said[0] = f"{said[0][:-1]}, {spread}."
    if effect.soon and effect.soon != effect.released:
        said.append(f"{_they(effect.soon, 'go on')} within the hour.")
    late = _too_late(document, action, spread_minutes) if effect.released else None
    if late:
        hours = count_words(late["freshness_hours"], "hour")
        said.append(
            f"“{late['name']}” asks within {hours} only, so for some it would be too late."
        )
    return said


def _they(count: int, verb: str) -> str:
    """Write how many do something."""
    if count != 1:
        return f"{count:,} {verb}"
    first, _, rest = verb.partition(" ")
    return f"1 {first}{'es' if first in ('go', 'finish') else 's'}{' ' + rest if rest else ''}"


def times_words(kind: str, step: Step | None) -> dict[str, str]:
    """Say how the time may be reckoned of those who go on in a way, at a step."""
    if kind == CARRY and _waits_for_day(step):
        return TIMES_WORDS["carry_until"]
    return TIMES_WORDS.get(kind, {})


def _waits_for_day(step: Step | None) -> bool:
    """Whether a step waits for a day of the contact's own."""
    return bool(step and step["kind"] == "delay" and step["until"])


def _why_released(step: Step | None) -> str:
    """Say why some need not wait any more."""
    if step and step["kind"] == "window":
        return "find it open"
    if _waits_for_day(step):
        return "have no such day before them"
    return "have waited long enough"


def _how(action: Action, step: Step | None) -> str:
    """Say when those go on who are carried over or mapped."""
    if action.kind == CARRY:
        if action.times == ANEW and step and step["kind"] == "window":
            return ", by its new hours"
        if action.times == ANEW and _waits_for_day(step):
            return ", and wait for the new day"
        if action.times == ANEW:
            return ", and its time counts from when they began"
        return ", at the time that was planned"
    return "" if action.times == ANEW else ", once their present wait is over"


def _too_late(document: Document, action: Action, spread_minutes: int) -> Step | None:
    """Find the ask that comes next, if the spread is longer than it is fresh."""
    key = action.target or action.place
    step = find_step(document, key)
    if step is not None and step["kind"] != "email":
        step = find_step(document, following(document["steps"])[key])
    if step is None or step["kind"] != "email" or not step["ask"]:
        return None
    hours = step["freshness_hours"]
    return step if hours is not None and hours * 60 < spread_minutes else None
