"""
The ladder of an ask: the ways by which it reaches a person, one after the other.

An ask step has, beside its mail::

    "by_email": true,
    "in_app": null | {"hours": 24, "variants": {"en": {"title", "text"}, …}},
    "passed_on": null | {"hours": 48, "channel": "sms" | "push" | "other", "connection": id,
                         "address": attribute with the number, for sms,
                         "variants": {"en": {"text"}, …}},
    "task": null | {"hours": 72, "channel": "dm" | "call", "title", "text",
                    "owner": {"rule": …}, "due_days": 1},
    "sender": "us" | "elsewhere"

In the product first, for so many hours; then the mail, for who has not seen it there; then, so
many hours after the way before, a short text that another system delivers; then a task for one
of ours. An answer on any rung ends the ladder. Where
another tool sends, there is one rung: what it needs is handed to it.

A message that asks for nothing goes one way: by mail, or, with ``by_email`` off, as the short
text.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

IN_APP = "in_app"
EMAIL = "email"
ELSEWHERE = "elsewhere"
IN_PERSON = ("dm", "call")
SMS = "sms"
BY_ANOTHER = (SMS, "push", "other")
# What waits for somebody to come or to do it; no sender sends it.
UNSENT = (IN_APP, *IN_PERSON, ELSEWHERE)

LADDER: dict[str, Any] = {
    "by_email": True,
    "in_app": None,
    "passed_on": None,
    "task": None,
    "sender": "us",
}
LABELS = {
    IN_APP: "In the product",
    EMAIL: "Email",
    "sms": "Text message",
    "push": "Push notification",
    "other": "Another channel",
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
        text = message_text_of(step)
        return (Rung(text["channel"] if text else EMAIL),)
    if ladder["sender"] == ELSEWHERE:
        return (Rung(ELSEWHERE),)
    in_app, passed_on, task = ladder["in_app"], ladder["passed_on"], ladder["task"]
    rungs = []
    if in_app:
        rungs.append(Rung(IN_APP, timedelta(hours=in_app["hours"])))
    if ladder["by_email"]:
        rungs.append(Rung(EMAIL, _until(passed_on, task)))
    if passed_on:
        rungs.append(Rung(passed_on["channel"], _until(task)))
    if task:
        rungs.append(Rung(task["channel"]))
    return tuple(rungs)


def _until(*later: dict[str, Any] | None) -> timedelta:
    """Say when the next way begins, the first that there is."""
    return timedelta(hours=next((way["hours"] for way in later if way), 0))


def message_text_of(step: dict[str, Any]) -> dict[str, Any] | None:
    """Give the short text that is the whole of a message which asks for nothing."""
    ladder = {**LADDER, **step}
    if step["ask"] or ladder["by_email"]:
        return None
    text: dict[str, Any] | None = ladder["passed_on"]
    return text


def text_of(step: dict[str, Any]) -> dict[str, Any] | None:
    """Give the short text that a step sends through another system, if it does."""
    if not step["ask"]:
        return message_text_of(step)
    ladder = {**LADDER, **step}
    text: dict[str, Any] | None = ladder["passed_on"]
    return None if ladder["sender"] == ELSEWHERE else text


def is_plain(step: dict[str, Any]) -> bool:
    """Whether the step is one mail and nothing else."""
    return rungs_of(step) == (Rung(EMAIL),)


def needs_mail(step: dict[str, Any]) -> bool:
    """Whether one of the rungs is the step's mail."""
    return any(rung.channel == EMAIL for rung in rungs_of(step))


def texts_of(step: dict[str, Any]) -> list[str]:
    """List the words of a ladder that have Liquid in them, beside those of the mail."""
    ladder = {**LADDER, **step}
    in_app, passed_on, task = ladder["in_app"], ladder["passed_on"], ladder["task"]
    shown = in_app["variants"].values() if in_app else ()
    passed = passed_on["variants"].values() if passed_on else ()
    return [
        *(words[part] for words in shown for part in ("title", "text")),
        *(words["text"] for words in passed),
        *((task["title"], task["text"]) if task else ()),
    ]


def ladder_problems(step: dict[str, Any]) -> list[str]:
    """Say what is wrong with a ladder, each as the rest of a sentence about the step."""
    ladder = {**LADDER, **step}
    if not step["ask"]:
        text = message_text_of(step)
        if text:
            return _problems_passed_on(text, is_ask=False)
        return [] if step["content"] else ["has no content. Write the email."]
    if ladder["sender"] == ELSEWHERE:
        return []
    problems = []
    if not rungs_of(step):
        problems.append("reaches nobody. Ask in the product, by email or in person.")
    if ladder["by_email"] and not step["content"]:
        problems.append("has no content. Write the email.")
    in_app, passed_on, task = ladder["in_app"], ladder["passed_on"], ladder["task"]
    if passed_on:
        problems += _problems_passed_on(passed_on, is_ask=True)
    if in_app and not all(
        words["title"].strip() for words in in_app["variants"].values()
    ):
        problems.append("has no words to show in the product. Write a title.")
    if task and not (task["title"].strip() and task["text"].strip()):
        problems.append("has a task without words. Write its title and its text.")
    return problems


def _problems_passed_on(way: dict[str, Any], *, is_ask: bool) -> list[str]:
    """Say what is wrong with a text that another system delivers."""
    problems = []
    if not way["connection"]:
        problems.append("has no connection for its short text. Choose who delivers it.")
    texts = [words["text"] for words in way["variants"].values()]
    if not texts or not all(text.strip() for text in texts):
        problems.append("has no words for its short text. Write it.")
    elif is_ask and not all("ask." in text for text in texts):
        problems.append("has a short text without {{ ask.url }}, so nobody can answer.")
    elif not is_ask and any("ask." in text for text in texts):
        problems.append(
            "mentions an answer, and asks for nothing. Take {{ ask.url }} out."
        )
    if way["channel"] == SMS and not way["address"].strip():
        problems.append("needs the attribute that holds the phone number.")
    return problems
