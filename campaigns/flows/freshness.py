"""What the flow before an ask does to the freshness of its moment, and what quiet hours do."""

from collections.abc import Iterator
from typing import Any

from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding, error, is_time, named, warning
from campaigns.flows.pacing import arrival_minutes
from campaigns.flows.ways import length

DAY_MINUTES = 1440
# With less a delay of the mail server, or of our own, is enough to miss it.
SHORTEST_OPEN_MINUTES = 120


def check_freshness(steps: list[Step]) -> Iterator[Finding]:
    """An ask whose moment is over before it can be made is never made."""
    arrivals = arrival_minutes(steps)
    for step in walk_steps(steps):
        arriving = arrivals.get(step["key"])
        if not arriving or not _has_limit(step) or step["fresh_from"] != "moment":
            continue
        limit = step["freshness_hours"] * 60
        wait = longest_wait_before(steps, step)
        cause = (
            f"the wait “{wait['name']}” before it" if wait else "what comes before it"
        )
        fresh = f"{named(step)}: fresh for {say_minutes(limit)} from the moment"
        if min(arriving) - _slack(steps, step) > limit:
            yield error(
                step,
                f"{fresh}, but {cause} makes it stale for everybody, so nobody would be"
                " asked. Shorten the wait, let the moment stay fresh for longer, or count"
                " from this step.",
            )
        elif max(arriving) > limit:
            yield warning(
                step,
                f"{fresh}, but {cause} makes it stale for"
                f" {'most people' if min(arriving) > limit else 'some people'}: they come"
                f" up to {say_minutes(max(arriving))} after it.",
            )


def check_hours(document: Document) -> Iterator[Finding]:
    """Enough of each day is left, between quiet hours and in each window before a mail."""
    quiet = quiet_minutes(document["settings"])
    if quiet is None:
        return
    left = DAY_MINUTES - len(quiet)
    if left < SHORTEST_OPEN_MINUTES:
        yield Finding(
            "warning",
            f"Quiet hours leave {say_minutes(left)} of each day. With less than two hours"
            " much is sent a day late; make them shorter.",
            part="settings",
        )
        return
    for step in walk_steps(document["steps"]):
        if step["kind"] != "window" or not (
            is_time(step["from"]) and is_time(step["until"])
        ):
            continue
        own = _span(step["from"], step["until"], whole=True)
        both = len(own - quiet)
        if both < min(SHORTEST_OPEN_MINUTES, len(own)):
            yield warning(
                step,
                f"{named(step)} lets people go on between {step['from']} and"
                f" {step['until']}, and quiet hours leave {say_minutes(both)} of it for an"
                " ask. Let the two overlap less.",
            )


def explain_freshness(document: Document, step: Step) -> list[str]:
    """Say what each choice of the form means for this ask, as the flow is now."""
    if not _has_limit(step):
        return []
    limit = step["freshness_hours"] * 60
    arriving = arrival_minutes(document["steps"]).get(step["key"])
    sentences = []
    if arriving is None:
        return []
    if step["fresh_from"] == "moment":
        sentences.append(_of_the_moment(document["steps"], step, arriving, limit))
    else:
        came = _say_span(arriving)
        sentences.append(
            f"People come here {came} the moment. From then on they may be asked for"
            f" {say_minutes(limit)}; who is held for longer is not asked any more."
        )
    night = _of_the_night(document["settings"], step, limit)
    return [*sentences, night] if night else sentences


def longest_wait_before(steps: list[Step], step: Step) -> Step | None:
    """Find the longest wait that stands before a step in the order of reading."""
    waits = []
    for other in walk_steps(steps):
        if other["key"] == step["key"]:
            break
        is_wait = other["kind"] in ("delay", "wait_until", "wait_answer")
        if is_wait and not other.get("until"):
            waits.append(other)
    return max(waits, key=length, default=None)


def quiet_minutes(settings: dict[str, Any]) -> set[int] | None:
    """List the minutes of a day that are quiet; None if the times can't be read."""
    begin, end = settings["quiet_from"], settings["quiet_until"]
    if not (is_time(begin) and is_time(end)):
        return None
    return _span(begin, end)


def say_minutes(minutes: int) -> str:
    """Write a length of time in its largest unit that fits."""
    for size, word in ((DAY_MINUTES, "day"), (60, "hour")):
        if minutes >= size and (not minutes % size or minutes >= 3 * size):
            amount = round(minutes / size)
            return f"{amount} {word}{'' if amount == 1 else 's'}"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _of_the_moment(
    steps: list[Step], step: Step, arriving: frozenset[int], limit: int
) -> str:
    """Say how much of the time is left when people come here."""
    if max(arriving) == 0:
        return "People come here at the moment itself, so all of the time is left."
    wait = longest_wait_before(steps, step)
    because = f" Most of it is the wait “{wait['name']}”." if wait else ""
    if min(arriving) > limit:
        return (
            f"People come here {_say_span(arriving)} the moment: it is stale for everybody."
            f"{because}"
        )
    left = limit - min(arriving)
    some = " Some come too late." if max(arriving) > limit else ""
    return (
        f"People come here {_say_span(arriving)} the moment, so at most"
        f" {say_minutes(left)} are left.{some}"
    )


def _of_the_night(settings: dict[str, Any], step: Step, limit: int) -> str:
    """Say whose moment the night takes away; blank if it takes nobody's."""
    quiet = quiet_minutes(settings)
    if not quiet or limit >= len(quiet) or step["fresh_from"] != "moment":
        return ""
    last = (_minute(settings["quiet_until"]) - limit) % DAY_MINUTES
    return (
        f"Quiet hours end at {settings['quiet_until']}, so of moments between"
        f" {settings['quiet_from']} and {last // 60:02}:{last % 60:02} nobody is asked: by"
        f" then they are older than {say_minutes(limit)}."
    )


def _say_span(arriving: frozenset[int]) -> str:
    """Say how long after the moment people come."""
    least, most = min(arriving), max(arriving)
    if least == most:
        return f"{say_minutes(least)} after" if least else "at"
    first = say_minutes(least) if least else "0 minutes"
    return f"{first} to {say_minutes(most)} after"


def _has_limit(step: Step) -> bool:
    """Whether it is an ask with a freshness."""
    return step["kind"] == "email" and bool(step["ask"] and step["freshness_hours"])


def _slack(steps: list[Step], step: Step) -> int:
    """Say by how much waits before a step may be shorter: days of the calendar end early."""
    early = 0
    for other in walk_steps(steps):
        if other["key"] == step["key"]:
            break
        early += other["kind"] == "delay" and other["unit"] == "calendar_days"
    return early * DAY_MINUTES


def _span(begin: str, end: str, *, whole: bool = False) -> set[int]:
    """List the minutes of a day from a time to another; equal ones mean none, or the day."""
    first, count = _minute(begin), (_minute(end) - _minute(begin)) % DAY_MINUTES
    if not count and whole:
        count = DAY_MINUTES
    return {(first + minute) % DAY_MINUTES for minute in range(count)}


def _minute(text: str) -> int:
    """Count the minutes of a day up to a wall time."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
