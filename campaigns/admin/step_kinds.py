"""How each kind of step looks on the canvas and in the menu that inserts it."""

from campaigns.flows.definition import Step
from campaigns.flows.ladder import LABELS, message_text_of

# In the order of the menu, in groups.
GROUPS: dict[str, tuple[str, ...]] = {
    "Write": ("email",),
    "Wait": ("delay", "window", "wait_until", "wait_answer"),
    "Go different ways": ("branch", "split", "cohort"),
    "Change": ("attribute", "list"),
    "Hand on": ("task", "webhook"),
    "End and jump": ("continue_at", "exit", "note"),
}
KINDS: dict[str, dict[str, str]] = {
    "email": {
        "title": "Email",
        "icon": "mail",
        "text": "Ask, or write by email, text message or push",
    },
    "delay": {
        "title": "Delay",
        "icon": "schedule",
        "text": "Wait some time, or until a day of their own",
    },
    "window": {
        "title": "Time window",
        "icon": "calendar_clock",
        "text": "Go on only on some days and hours",
    },
    "wait_until": {
        "title": "Wait until",
        "icon": "hourglass_top",
        "text": "Wait for something to happen, not for ever",
    },
    "wait_answer": {
        "title": "Wait for the answer",
        "icon": "mark_chat_read",
        "text": "Go on by what was answered to the ask",
    },
    "branch": {
        "title": "True/false branch",
        "icon": "call_split",
        "text": "Go one of two ways by a condition",
    },
    "split": {
        "title": "Split",
        "icon": "alt_route",
        "text": "Go one of many ways, the first that fits",
    },
    "cohort": {
        "title": "Random cohorts",
        "icon": "casino",
        "text": "Go different ways by chance",
    },
    "attribute": {
        "title": "Set an attribute",
        "icon": "sell",
        "text": "Say something about the person",
    },
    "list": {
        "title": "Change a list",
        "icon": "playlist_add",
        "text": "Add to a list, or remove from it",
    },
    "task": {
        "title": "Task",
        "icon": "task_alt",
        "text": "Something for a colleague to do",
    },
    "webhook": {
        "title": "Webhook",
        "icon": "webhook",
        "text": "Tell another system about the person",
    },
    "continue_at": {
        "title": "Continue at",
        "icon": "redo",
        "text": "Go on at a step further down",
    },
    "exit": {
        "title": "Exit",
        "icon": "logout",
        "text": "Leave the campaign",
    },
    "note": {
        "title": "Note",
        "icon": "sticky_note_2",
        "text": "Words for whoever reads the flow",
    },
}
# What differs where a message is no mail.
TEXT_ICONS = {"sms": "sms", "push": "notifications", "other": "send"}


def look_of(step: Step) -> dict[str, str]:
    """Say how a step looks; a message by text is no email."""
    kind = KINDS[step["kind"]]
    text = message_text_of(step) if step["kind"] == "email" else None
    if not text:
        return kind
    channel = text["channel"]
    return kind | {"title": LABELS[channel], "icon": TEXT_ICONS[channel]}
