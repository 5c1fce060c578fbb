"""What happened to a person, as a sentence; each app brings the sentences of its events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Sentence:
    """How an event is told, and the symbol beside it (a name of Material Symbols)."""

    text: str | Callable[[Properties], str]
    icon: str


UNKNOWN_ICON = "bolt"


def tell_order(properties: Properties) -> str:
    """Tell what was ordered, for how much."""
    amount = (
        f"{show_value(properties['total'])} {properties.get('currency', '')}".strip()
    )
    bought = show_value(properties.get("items", []))
    return f"Ordered for {amount}: {bought}" if bought else f"Ordered for {amount}"


# What shops commonly tell us, and what this app records itself.
SENTENCES: dict[str, Sentence] = {
    "signed_up": Sentence("Signed up", "person_add"),
    "order_completed": Sentence(tell_order, "shopping_bag"),
    "survey_answered": Sentence("Answered the survey with {nps} of 10", "reviews"),
    "ticket_opened": Sentence("Opened a ticket about {topic}", "support"),
    "ticket_closed": Sentence("The ticket was closed", "check_circle"),
    "review_left": Sentence("Left a review with {stars} of 5 stars", "star"),
    "unsubscribed": Sentence("Unsubscribed", "unsubscribe"),
    "resubscribed": Sentence("Subscribed again", "mark_email_read"),
    "address_suppressed": Sentence("The address was suppressed: {reason}", "block"),
    "suppression_lifted": Sentence("The suppression was lifted: {reason}", "lock_open"),
}


def register_event_sentence(
    name: str, text: str | Callable[[Properties], str], *, icon: str = UNKNOWN_ICON
) -> None:
    """
    Say how an event is told on a contact's page; called in ``AppConfig.ready``.

    ``text`` may name properties: ``"Answered the survey with {nps}"``. Where one of them is
    missing, the event's name stands alone. A function of the properties may be given instead.
    """
    SENTENCES[name] = Sentence(text, icon)


def event_title(name: str) -> str:
    """Turn an event's name into words: "order_completed" → "Order completed"."""
    return name.replace("_", " ").strip().capitalize()


def event_sentence(name: str, properties: Properties) -> str:
    """Tell an event."""
    sentence = SENTENCES.get(name)
    if sentence is None:
        return event_title(name)
    try:
        if callable(sentence.text):
            return sentence.text(properties)
        shown = {key: show_value(value) for key, value in properties.items()}
        return sentence.text.format_map(shown)
    # What an outsider sent may lack a property or hold another type.
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return event_title(name)


def event_icon(name: str) -> str:
    """Name the symbol of an event."""
    sentence = SENTENCES.get(name)
    return sentence.icon if sentence else UNKNOWN_ICON


def show_value(value: Any) -> str:
    """Write a property or an attribute for people: lists with commas, flags as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(show_value(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {show_value(part)}" for name, part in value.items())
    if isinstance(value, float):
        return f"{value:,.2f}".removesuffix(".00")
    return "" if value is None else str(value)
