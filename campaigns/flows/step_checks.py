"""What may be wrong with a single step, by its kind; and with where steps stand."""

from collections.abc import Callable, Iterator
from typing import Any

from campaigns.flows.blanks import KEYED_SIDES
from campaigns.flows.definition import Step, side_titles, sides_of, walk_steps
from campaigns.flows.edits import MOST_SIDES
from campaigns.flows.findings import Finding, error, is_time, named, warning
from campaigns.flows.freshness import check_freshness
from campaigns.flows.pacing import is_ask
from campaigns.flows.passing_on import FIELDS, MOST_ATTRIBUTES
from campaigns.flows.ways import unreachable

LONGEST_DAYS = 365
UNIT_DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "calendar_days": 1}
EXACT_UNITS = ("minutes", "hours", "days")
SHORTEST_WINDOW_MINUTES = 120


def check_length(step: Step, *, units: tuple[str, ...]) -> Iterator[Finding]:
    """A wait has a length that can be waited for."""
    amount, unit = step["amount"], step["unit"]
    if unit not in units:
        yield error(step, f"{named(step)} needs a unit, such as days.")
    elif not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
        yield error(step, f"{named(step)} needs a length of at least 1.")
    elif amount * UNIT_DAYS[unit] > LONGEST_DAYS:
        yield error(
            step, f"{named(step)} is longer than {LONGEST_DAYS} days. Shorten it."
        )


def check_delay(step: Step) -> Iterator[Finding]:
    """A delay has a length, or a day of the contact's own."""
    if step["until"]:
        if not str(step["until"].get("attribute") or "").strip():
            yield error(
                step,
                f"{named(step)} needs the attribute that holds the day to wait for.",
            )
        if not _is_whole(step["until"].get("offset_days"), -LONGEST_DAYS, LONGEST_DAYS):
            yield error(
                step,
                f"{named(step)} needs a number of days from {-LONGEST_DAYS} to"
                f" {LONGEST_DAYS}.",
            )
    else:
        yield from check_length(step, units=tuple(UNIT_DAYS))
    if step["at"] and not is_time(step["at"]):
        yield error(step, f"{named(step)} needs a time of day such as 09:00.")


def check_branch(step: Step) -> Iterator[Finding]:
    """A branch has a condition, and does something with it."""
    if not step["condition"]:
        yield error(
            step, f"{named(step)} has no condition. Say who goes to the true side."
        )
    if not step["yes"] and not step["no"]:
        yield error(
            step,
            f"{named(step)} has no step on either side. Add one, or remove the branch.",
        )


def check_split(step: Step) -> Iterator[Finding]:
    """Each branch of a split has a condition, and one of them does something."""
    if not step["branches"]:
        yield error(step, f"{named(step)} has no branch. Add one, or remove the split.")
    for branch in step["branches"]:
        if not branch["condition"]:
            yield error(
                step,
                f"{named(step)}: nobody can go to “{branch['name']}”, which has no"
                " condition. Say for whom it is, or remove the branch.",
            )
    yield from _check_sides(step)


def check_cohort(step: Step) -> Iterator[Finding]:
    """Cohorts have weights that make shares."""
    arms = step["arms"]
    if len(arms) < 2:
        yield error(step, f"{named(step)} has a single cohort. Add another one.")
    for arm in arms:
        if not _is_whole(arm["weight"], 0, 10_000):
            yield error(
                step,
                f"{named(step)}: “{arm['name']}” needs a weight from 0 to 10,000.",
            )
            return
    if arms and not sum(arm["weight"] for arm in arms):
        yield error(step, f"{named(step)}: give at least one cohort a weight above 0.")
    yield from _check_sides(step)


def check_window(step: Step) -> Iterator[Finding]:
    """A window opens, for long enough to be of use."""
    if not set(step["days"]) & set(range(1, 8)):
        yield error(step, f"{named(step)} never opens. Choose at least one day.")
    if not (is_time(step["from"]) and is_time(step["until"])):
        yield error(step, f"{named(step)} needs times of day such as 09:00.")
        return
    minutes = (_minute(step["until"]) - _minute(step["from"])) % 1440 or 1440
    if minutes < SHORTEST_WINDOW_MINUTES:
        yield warning(
            step,
            f"{named(step)} is open for {minutes} minutes a day. With less than two hours"
            " a delay of the mail server is enough to miss it; make it longer.",
        )


def check_wait_until(step: Step) -> Iterator[Finding]:
    """A wait has something to wait for, and an end."""
    if not step["condition"]:
        yield error(step, f"{named(step)} has no condition. Say what to wait for.")
    if not step["amount"]:
        yield error(
            step,
            f"{named(step)} has no time-out, so people could wait for ever. Say for how"
            " long at most.",
        )
        return
    yield from check_length(step, units=EXACT_UNITS)


def check_wait_answer(step: Step) -> Iterator[Finding]:
    """A wait has an end."""
    if not step["amount"]:
        yield error(
            step,
            f"{named(step)} has no time-out, so people could wait for ever. Say for how"
            " long at most.",
        )
        return
    yield from check_length(step, units=EXACT_UNITS)


def check_attribute(step: Step) -> Iterator[Finding]:
    """An attribute has a name and a value."""
    if not step["attribute"].strip():
        yield error(step, f"{named(step)} does not say which attribute to set.")
    value = step["value"]
    if step["type"] == "number" and (
        isinstance(value, bool) or not isinstance(value, int | float)
    ):
        yield error(step, f"{named(step)} needs a number, such as 3.")
    if step["type"] == "flag" and not isinstance(value, bool):
        yield error(step, f"{named(step)} needs yes or no.")
    if step["type"] == "text" and not (isinstance(value, str) and value.strip()):
        yield error(
            step,
            f"{named(step)} has no value. Write one, or choose to take the attribute"
            " away.",
        )


def check_list(step: Step) -> Iterator[Finding]:
    """A list is chosen; whether it exists is known to the database."""
    if not step["list"]:
        yield error(step, f"{named(step)} has no list. Choose one.")


def check_task(step: Step) -> Iterator[Finding]:
    """A task says what to do, until when, and how long it is waited for."""
    if not step["title"].strip():
        yield error(step, f"{named(step)} does not say what to do. Write it.")
    if step["owner"].get("rule") == "attribute" and not step["owner"]["attribute"]:
        yield error(
            step,
            f"{named(step)} needs the attribute that names who does it. Write it, or leave"
            " the task to anybody.",
        )
    if not _is_whole(step["due_days"], 0, 90):
        yield error(step, f"{named(step)} is due within 0 to 90 days.")
    if step["wait"]:
        yield from check_length(step | step["wait"], units=EXACT_UNITS)


def check_webhook(step: Step) -> Iterator[Finding]:
    """A connection is chosen; whether it is there is known to the database."""
    if not step["connection"]:
        yield error(step, f"{named(step)} has no connection. Choose whom to tell.")
    if not set(step["fields"]) <= set(FIELDS):
        yield error(step, f"{named(step)} tells something that is not known.")
    if len(step["attributes"]) > MOST_ATTRIBUTES:
        yield error(
            step, f"{named(step)} tells more than {MOST_ATTRIBUTES} attributes."
        )
    if step["wait"]:
        yield from check_length(step | step["wait"], units=EXACT_UNITS)


def check_nothing(step: Step) -> Iterator[Finding]:
    """Nothing can be wrong with it."""
    yield from ()


def check_places(steps: list[Step]) -> Iterator[Finding]:
    """Every step can be reached, and nothing leads back."""
    keys = [step["key"] for step in walk_steps(steps)]
    for step in walk_steps(steps):
        if step["kind"] == "continue_at":
            yield from _check_target(step, keys)
        if step["kind"] == "wait_answer" and not any(
            is_ask(other)
            for other in list(walk_steps(steps))[: keys.index(step["key"])]
        ):
            yield error(
                step,
                f"{named(step)} has no ask before it, so nobody can answer. Put an ask"
                " before it, or remove it.",
            )
    lost = unreachable(steps)
    for step in lost:
        if not _is_inside(step, lost):
            yield error(
                step,
                f"{named(step)} can't be reached: everybody has left the campaign or"
                " continued elsewhere before it. Move it up, or remove it.",
            )
    yield from check_freshness(steps)


def _check_target(step: Step, keys: list[str]) -> Iterator[Finding]:
    """A jump leads to a step further on."""
    target = step["target"]
    if not target:
        yield error(
            step, f"{named(step)} leads nowhere. Choose the step to continue at."
        )
    elif target not in keys:
        yield error(
            step, f"{named(step)} leads to a step that is gone. Choose another one."
        )
    elif keys.index(target) <= keys.index(step["key"]):
        yield error(
            step,
            f"{named(step)} leads back, and people would go in circles. Choose a step that"
            " comes after it.",
        )


def _check_sides(step: Step) -> Iterator[Finding]:
    """Sides have names of their own, are not too many, and lead to something."""
    names = [side["name"].strip() for side in step[KEYED_SIDES[step["kind"]]]]
    if "" in names:
        yield error(step, f"{named(step)} has a side without a name. Give it one.")
    if len({name.strip().casefold() for name in side_titles(step).values()}) < len(
        side_titles(step)
    ):
        yield error(
            step, f"{named(step)} has two sides of the same name. Rename one of them."
        )
    if len(names) > MOST_SIDES:
        yield error(step, f"{named(step)} has more than {MOST_SIDES} sides. Split it.")
    if not any(sides_of(step).values()):
        yield error(
            step, f"{named(step)} has no step on any side. Add one, or remove it."
        )


def _is_inside(step: Step, others: list[Step]) -> bool:
    """Whether a step is on a side of one of some others, which is named instead of it."""
    return any(
        inner["key"] == step["key"]
        for other in others
        for side in sides_of(other).values()
        for inner in walk_steps(side)
    )


def _is_whole(value: Any, least: int, most: int) -> bool:
    """Whether it is a whole number within bounds."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_number and least <= value <= most


def _minute(text: str) -> int:
    """Count the minutes of a day up to a wall time."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


STEP_CHECKS: dict[str, Callable[[Step], Iterator[Finding]]] = {
    "delay": check_delay,
    "branch": check_branch,
    "split": check_split,
    "cohort": check_cohort,
    "window": check_window,
    "wait_until": check_wait_until,
    "wait_answer": check_wait_answer,
    "attribute": check_attribute,
    "list": check_list,
    "task": check_task,
    "webhook": check_webhook,
    "continue_at": check_nothing,
    "exit": check_nothing,
    "note": check_nothing,
}
