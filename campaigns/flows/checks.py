"""
What is wrong with a draft, as sentences that name the step.

These are the checks that need nothing but the document; what needs the database (does the
audience exist, can the mail be made) is added by ``campaigns.publishing``.
"""

from collections.abc import Iterator
from typing import Any

from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.edits import MOST_STEPS
from campaigns.flows.findings import Finding, error, is_time, named, warning
from campaigns.flows.freshness import check_hours
from campaigns.flows.goals import check_goals, check_primary
from campaigns.flows.ladder import ladder_problems
from campaigns.flows.pacing import ASK_EVERY_DAYS, asks_too_soon
from campaigns.flows.service import check_services, is_service
from campaigns.flows.step_checks import STEP_CHECKS, check_places
from campaigns.flows.triggers import fill_trigger, problems_of
from campaigns.local_time import find_zone

POLICIES = ("wait", "skip", "exit")
SNOOZE_DAYS = range(60, 91)


def check_document(document: Document) -> list[Finding]:
    """Find everything that is wrong with a draft, errors first, in the order of the page."""
    findings = [
        *_check_trigger(document["trigger"]),
        *_check_flow(document["steps"]),
        *check_services(document),
        *_check_goal(document),
        *_check_settings(document["settings"]),
        *check_hours(document),
    ]
    return sorted(findings, key=lambda finding: not finding.blocks)


def _check_trigger(trigger: dict[str, Any]) -> Iterator[Finding]:
    """Somebody must be able to enter."""
    for problem in problems_of(fill_trigger(trigger)):
        yield Finding("error", problem, part="trigger")


def _check_flow(steps: list[Step]) -> Iterator[Finding]:
    """Each step must be complete, and the whole must make sense."""
    every = list(walk_steps(steps))
    if not every:
        yield Finding("error", "The flow is empty. Add at least one email.")
        return
    if len(every) > MOST_STEPS:
        yield Finding("error", f"The flow has more than {MOST_STEPS} steps. Split it.")
    for step in every:
        check = CHECKS.get(step["kind"])
        if check is None:
            yield error(step, f"{named(step)} is of a kind that is not known.")
            continue
        if not step["name"].strip():
            kind = step["kind"].replace("_", " ")
            article = "An" if kind[0] in "aei" else "A"
            yield error(step, f"{article} {kind} has no name. Give it one.")
        yield from check(step)
    yield from _check_names(every)
    yield from check_places(steps)
    yield from _check_asks(steps, every)


def _check_email(step: Step) -> Iterator[Finding]:
    """An email has something in it; the mail itself is checked where it is compiled."""
    for problem in ladder_problems(step):
        yield error(step, f"{named(step)} {problem}")
    if step["if_held"] not in POLICIES:
        yield error(
            step,
            f"{named(step)} needs a choice of what happens to contacts who may not be"
            " asked now.",
        )


def _check_names(every: list[Step]) -> Iterator[Finding]:
    """A name leads to one step."""
    seen: set[str] = set()
    for step in every:
        name = step["name"].strip().casefold()
        if name and name in seen:
            yield warning(
                step,
                f"More than one step is called {named(step)}. Reports name steps, so give"
                " each its own name.",
            )
        seen.add(name)


def _check_asks(steps: list[Step], every: list[Step]) -> Iterator[Finding]:
    """Somebody is asked, and nobody twice in ninety days."""
    mails = [step for step in every if step["kind"] == "email"]
    if not any(step["ask"] or is_service(step) for step in mails):
        yield Finding(
            "warning", "No step asks for a referral, so nobody is invited to refer."
        )
    for step, is_certain in asks_too_soon(steps):
        if is_certain and step["if_held"] != "wait":
            yield error(
                step,
                f"{named(step)} can never be sent: an ask comes before it, and a contact"
                f" is asked once in {ASK_EVERY_DAYS} days. Remove it, let it wait, or make"
                " it an email that does not ask.",
            )
        else:
            yield warning(
                step,
                f"{named(step)} comes less than {ASK_EVERY_DAYS} days after another ask,"
                " so it is held for contacts who got that one.",
            )


def _check_goal(document: Document) -> Iterator[Finding]:
    """A campaign has a goal within a time that a report can wait for."""
    goal = document["goal"]
    if not goal["condition"]:
        yield Finding(
            "warning",
            "No goal is set, so nobody counts as converted and nobody leaves early for it.",
            part="goal",
        )
    yield from check_primary(goal)
    yield from check_goals(document)


def _check_settings(settings: dict[str, Any]) -> Iterator[Finding]:
    """Times, zone and snooze can be used as they are."""
    if find_zone(settings["time_zone"]) is None:
        yield Finding(
            "error",
            f"“{settings['time_zone']}” is not a time zone. Choose one such as"
            " Europe/Berlin.",
            part="settings",
        )
    if not (is_time(settings["quiet_from"]) and is_time(settings["quiet_until"])):
        yield Finding(
            "error", "Quiet hours need times of day such as 20:00.", part="settings"
        )
    if settings["snooze_days"] not in SNOOZE_DAYS:
        yield Finding(
            "error", "“Not now” lasts at least 60 and at most 90 days.", part="settings"
        )


CHECKS = {**STEP_CHECKS, "email": _check_email}
