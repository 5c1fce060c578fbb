"""Steps, triggers and goals in words."""

import re
from collections.abc import Callable
from typing import Any

from django.utils.text import Truncator

from audiences.conditions.errors import ConditionError
from audiences.selection import describe
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.ladder import is_plain, message_text_of, needs_mail, rungs_of
from campaigns.flows.ramps import brake_sentence
from campaigns.flows.triggers import EVERY_ENTRY, fill_trigger, is_one_shot, is_per_key
from campaigns.steps.registry import step_kind
from campaigns.triggers.registry import describe_trigger

TAG = re.compile(r"{%.*?%}")
FREQUENCY_WORDS = {
    "once": "Everybody enters once, ever.",
    "every_entry": "People enter again each time.",
    "every_days": "People enter again once {days:,} days have passed since the last ask"
    " of this campaign that reached them.",
}
VARIABLE = re.compile(r"{{\s*([\w.]+).*?}}")


def step_sentence(step: Step) -> str:
    """Say what a step does; a mail also says what it is about."""
    if step["kind"] in ("branch", "wait_until"):
        return _condition_sentence(step)
    if step["kind"] == "note":
        return step["text"] or "Nothing written yet."
    sentence = step_kind(step["kind"]).describe(step)
    if step["kind"] == "task":
        return f"{plain_subject(sentence)}."
    if step["kind"] == "email":
        return _email_sentence(step)
    return f"{sentence}."


def sentence_within(document: Document) -> Callable[[Step], str]:
    """Make what says what the steps of a flow do; a jump says the name of where it leads."""
    names = {step["key"]: step["name"] for step in walk_steps(document["steps"])}

    def say(step: Step) -> str:
        """Say what one of the steps does."""
        if step["kind"] == "continue_at" and step["target"] in names:
            return f"Continue at “{names[step['target']]}”."
        return step_sentence(step)

    return say


def _email_sentence(step: Step) -> str:
    """Say what a mail is about; of an ask with more ways than one, name them in turn."""
    text = message_text_of(step)
    if text:
        [way] = rungs_of(step)
        return f"{way.label} · {_text_words(step, text)}"
    subject, others = email_subject(step)
    words = f"{plain_subject(subject) or 'No subject yet'}{others}"
    if is_plain(step):
        return words
    ways = (
        " → ".join(rung.label for rung in rungs_of(step)) or "No way to the person yet"
    )
    return f"{ways} · {words}" if needs_mail(step) else ways


def _text_words(step: Step, text: dict[str, Any]) -> str:
    """Begin to say what a short text says, and in how many more languages."""
    variants = text["variants"]
    main = step["content"].get("default_locale") or "en"
    chosen = variants.get(main) or next(iter(variants.values()), {"text": ""})
    words = plain_subject(chosen["text"])
    shown = Truncator(words).chars(90) or "No words yet"
    return f"{shown} · {len(variants)} languages" if len(variants) > 1 else shown


def _condition_sentence(step: Step) -> str:
    """Say for whom a branch is true, or what is waited for, and for how long."""
    words = condition_words(step["condition"])
    if not words:
        return "No condition yet."
    if step["kind"] == "branch":
        return f"True for {words}."
    longest = step_kind(step["kind"]).describe(step)
    return f"Wait until this holds: {words}; {longest}."


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
    try:
        return describe_trigger(trigger)
    except ConditionError as error:
        return f"never: the trigger can't be read ({error})"


def entering_sentences(trigger: dict[str, Any]) -> list[str]:
    """Say who of them enters, how often and how many, in sentences of their own."""
    whole = fill_trigger(trigger)
    words = condition_words(whole["condition"])
    said = []
    if words:
        said.append(f"Only those enter for whom this holds: {words}.")
        if whole["grace_minutes"]:
            said.append(
                f"For whom it does not hold yet it is looked at again for"
                f" {count_words(whole['grace_minutes'], 'minute')}, in case data arrives."
            )
    if is_per_key(whole) and whole["frequency"] == EVERY_ENTRY:
        said.append("Nobody enters twice for the same one.")
    else:
        words = FREQUENCY_WORDS[whole["frequency"]]
        said.append(words.format(days=whole["every_days"]))
    if is_one_shot(whole):
        said.append("Once all of them are through, the campaign is finished.")
    if whole["ramp"]:
        caps = [f"{cap:,}" for cap in whole["ramp"]["days"]]
        said.append(
            f"On the first {count_words(len(caps), 'day')} at most {', then '.join(caps)}"
            " people enter; the others wait for the next day."
            f" {brake_sentence(whole['ramp'])}".rstrip()
        )
    return said


def count_words(number: int, unit: str) -> str:
    """Write a number with its unit."""
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
