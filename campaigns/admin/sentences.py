"""Steps, triggers and goals in words."""

import re
from typing import Any

from audiences.conditions.errors import ConditionError
from audiences.models import Audience
from audiences.selection import describe
from campaigns.flows.definition import Step
from campaigns.steps.registry import step_kind

TAG = re.compile(r"{%.*?%}")
VARIABLE = re.compile(r"{{\s*([\w.]+).*?}}")


def step_sentence(step: Step) -> str:
    """Say what a step does; a mail also says what it is about."""
    if step["kind"] == "branch":
        words = condition_words(step["condition"])
        return f"True for {words}." if words else "No condition yet."
    sentence = step_kind(step["kind"]).describe(step)
    if step["kind"] == "email":
        subject, others = email_subject(step)
        return f"{plain_subject(subject) or 'No subject yet'}{others}"
    return f"{sentence}."


def email_subject(step: Step) -> tuple[str, str]:
    """Give the subject of a mail, and in how many more languages it is written."""
    content = step["content"]
    variants = content.get("variants", {})
    subject = variants.get(content.get("default_locale"), {}).get("subject", "")
    count = len(variants)
    return subject, f" · {count} languages" if count > 1 else ""


def plain_subject(subject: str) -> str:
    """Write a subject with the names of its variables, as in "A favor, [first name]"."""
    return VARIABLE.sub(
        lambda found: f"[{found[1].rpartition('.')[2].replace('_', ' ')}]",
        TAG.sub("", subject),
    )


def condition_words(document: dict[str, Any] | None) -> str:
    """Say for whom a condition holds, to stand inside a sentence; "" if there is none."""
    if not document:
        return ""
    try:
        words = describe(document)
    except ConditionError as error:
        return f"nobody: the condition can't be read ({error})"
    return (words[:1].lower() + words[1:]).rstrip(".")


def trigger_sentence(trigger: dict[str, Any]) -> str:
    """Say who enters and when."""
    audience = Audience.objects.filter(pk=trigger["audience"] or 0).first()
    if audience is None:
        return "when you have chosen an audience"
    again = ", each time" if trigger["frequency"] == "every_entry" else ""
    if trigger["existing"]:
        return f"for everybody in “{audience}”, now and later{again}"
    return f"when somebody enters “{audience}”{again}"
