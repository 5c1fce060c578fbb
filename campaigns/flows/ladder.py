"""
The ladder of an ask: the ways by which it reaches a person, one after the other.

An ask step has, beside its mail::

    "by_email": true,
    "in_app": null | {"hours": 24, "variants": {"en": {"title", "text"}, …}},
    "task": null | {"hours": 72, "channel": "dm" | "call", "title", "text",
                    "owner": {"rule": …}, "due_days": 1},
    "sender": "us" | "elsewhere"

In the product first, for so many hours; then the mail, for who has not seen it there; then, so
many hours after the mail, a task for one of ours. An answer on any rung ends the ladder. Where
another tool sends, there is one rung: what it needs is handed to it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

IN_APP = "in_app"
EMAIL = "email"
ELSEWHERE = "elsewhere"
IN_PERSON = ("dm", "call")
# What waits for somebody to come or to do it; no sender sends it.
UNSENT = (IN_APP, *IN_PERSON, ELSEWHERE)

LADDER: dict[str, Any] = {
    "by_email": True,
    "in_app": None,
    "task": None,
    "sender": "us",
}
LABELS = {
    IN_APP: "In the product",
    EMAIL: "Email",
    "dm": "Personal message",
    "call": "Call",
    ELSEWHERE: "Another tool",
}


@dataclass(frozen=True)
class Rung:
    """A way to the person, and how long it has before the next one begins."""

    channel: str
    lasts: timedelta = timedelta()

    @property
    def label(self) -> str:
        """Name it for people."""
        return LABELS[self.channel]


def rungs_of(step: dict[str, Any]) -> tuple[Rung, ...]:
    """List the rungs of an email step, the first one first; a plain mail has one."""
    ladder = {**LADDER, **step}
    if not step["ask"]:
        return (Rung(EMAIL),)
    if ladder["sender"] == ELSEWHERE:
        return (Rung(ELSEWHERE),)
    in_app, task = ladder["in_app"], ladder["task"]
    rungs = []
    if in_app:
        rungs.append(Rung(IN_APP, timedelta(hours=in_app["hours"])))
    if ladder["by_email"]:
        rungs.append(Rung(EMAIL, timedelta(hours=task["hours"] if task else 0)))
    if task:
        rungs.append(Rung(task["channel"]))
    return tuple(rungs)


def is_plain(step: dict[str, Any]) -> bool:
    """Whether the step is one mail and nothing else."""
    return rungs_of(step) == (Rung(EMAIL),)


def variant_for(in_app: dict[str, Any], locale: str, fallback: str) -> dict[str, str]:
    """Choose the words for somebody of a locale: his own, his language's, or the fallback's."""
    variants: dict[str, dict[str, str]] = in_app["variants"]
    for name in (locale, locale.partition("-")[0], fallback):
        if name in variants:
            return variants[name]
    return next(iter(variants.values()))
