"""The differences between two documents of a campaign, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campaigns.admin.sentences import (
    condition_words,
    entering_sentences,
    sentence_within,
    trigger_sentence,
)
from campaigns.emails.locales import locale_name
from campaigns.flows.definition import Document
from campaigns.flows.diff import Differences, Setting, StepChange
from campaigns.guardrails.reasons import LABELS as REASONS

MOST_LETTERS = 400
# What the sentence of a step says already.
IN_THE_SENTENCE = frozenset(
    {"amount", "unit", "at", "until", "condition", "days", "from", "target", "if_held"}
)
PART_TITLES = {
    "trigger": "Trigger",
    "goal": "Goal",
    "exit": "Exit",
    "settings": "Settings",
    "guardrails": "Guardrails",
}
LABELS = {
    "name": "Name",
    "ask": "Asks for a referral",
    "subject": "Subject",
    "preheader": "Preview text",
    "blocks": "Words",
    "mjml": "Code",
    "mode": "Written as",
    "default_locale": "Language for everybody else",
    "freshness_hours": "Fresh for, in hours",
    "fresh_from": "Fresh from",
    "by_email": "By email",
    "in_app": "In the product",
    "task": "Task",
    "sender": "Sent by",
    "condition": "Condition",
    "order": "Order of the sides",
    "weight": "Share",
    "since": "Events count from",
    "window_days": "Days in which it counts",
    "off": "Does without",
    "locale": "Language",
    "time_zone": "Time zone",
    "quiet_from": "Quiet from",
    "quiet_until": "Quiet until",
    "snooze_days": "“Not now” rests, in days",
    "from_name": "Name of the sender",
    "reply_to": "Replies to",
    "tracked": "Tracked goals",
}


@dataclass(frozen=True)
class Line:
    """A setting that changed, as it was and as it is."""

    label: str
    old: str
    new: str


def summary_of(found: Differences) -> list[str]:
    """Say in a few words what is different."""
    said = []
    for word in ("added", "removed", "moved", "changed"):
        count = sum(word in change.words for change in found.steps)
        if count:
            said.append(f"{count} step{'' if count == 1 else 's'} {word}")
    said += [f"{PART_TITLES[part].lower()} changed" for part in found.parts]
    return said


def step_lines(change: StepChange, old: Document, new: Document) -> list[Line]:
    """Say what changed in a step: its sentence first, then what that does not say."""
    if change.old is None or change.new is None:
        return []
    before = sentence_within(old)(change.old)
    after = sentence_within(new)(change.new)
    lines = [
        line
        for setting in change.settings
        if not (before != after and setting.path[0] in IN_THE_SENTENCE)
        for line in _lines(setting)
    ]
    is_said = before != after and not any(
        line.label.startswith(LABELS["subject"]) for line in lines
    )
    return [*([Line("What it does", before, after)] if is_said else []), *lines]


def part_lines(
    part: str, found: Differences, old: Document, new: Document
) -> list[Line]:
    """Say what changed in another part of a document."""
    if part == "trigger":
        before, after = (
            " ".join(
                [
                    f"Starts {trigger_sentence(one['trigger'])}.",
                    *entering_sentences(one["trigger"]),
                ]
            )
            for one in (old, new)
        )
        if before != after:
            return [Line("Who enters", before, after)]
    return [line for setting in found.parts[part] for line in _lines(setting)]


def _lines(setting: Setting) -> Iterator[Line]:
    """Say what one setting was and is; a whole that came or went, by its parts."""
    old, new = setting.old, setting.new
    whole = old if isinstance(old, dict) else new
    is_condition = setting.path[-1] == "condition"
    if isinstance(whole, dict) and not is_condition and (old is None or new is None):
        for name, value in whole.items():
            if name != "compiled":
                side = (
                    {"old": value, "new": None}
                    if new is None
                    else {
                        "old": None,
                        "new": value,
                    }
                )
                yield from _lines(Setting((*setting.path, name), **side))
        return
    yield Line(label_of(setting.path), say(setting.path, old), say(setting.path, new))


def label_of(path: tuple[str, ...]) -> str:
    """Name a setting; of a mail also the language."""
    last = path[-1]
    label = LABELS.get(last, last.replace("_", " ").capitalize())
    if "variants" in path[:-1]:
        locale = path[path.index("variants") + 1]
        label = f"{label} ({locale_name(locale) or locale})"
    if path[0] in ("in_app", "task") and len(path) > 1:
        label = f"{LABELS[path[0]]}: {label.lower()}"
    return label


def say(path: tuple[str, ...], value: Any) -> str:
    """Write a value as a person reads it."""
    if path[-1] == "condition":
        return condition_words(value) or "None"
    if path[-1] == "off":
        return ", ".join(REASONS.get(code, code) for code in value or []) or "None"
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    words = (
        " ".join(_words_in(value)) if isinstance(value, (dict, list)) else str(value)
    )
    return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}…"


def _words_in(value: Any) -> Iterator[str]:
    """Gather what can be read in blocks and lists."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("key", "kind", "id"):
                yield from _words_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words_in(inner)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)
