"""What starters are built of: steps, conditions, and mails."""

from typing import Any

from campaigns.emails.blocks.registry import new_block
from campaigns.emails.document import Content, empty_variant
from campaigns.flows.definition import Document, Step, empty_document
from campaigns.flows.edits import new_step

HELLO = 'Hi {{ contact.first_name | default: "there" }},'
LINK = "[{{ advocate.link }}]({{ advocate.link }})"
EVER = {"kind": "ever"}


def last(days: int) -> dict[str, Any]:
    """Write the last so many days."""
    return {"kind": "last", "amount": days, "unit": "days"}


def did(
    name: str,
    *filters: dict[str, Any],
    count: int = 1,
    window: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write that something happened at least so often."""
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": count,
        "window": window or EVER,
        "filters": list(filters),
    }


def compared(name: str, operator: str, value: Any) -> dict[str, Any]:
    """Write a comparison, as of a property."""
    return {"name": name, "operator": operator, "value": value}


def begins_with(name: str, *filters: dict[str, Any], **changes: Any) -> Document:
    """Begin a document whose people come by an event."""
    document = empty_document()
    document["trigger"] |= {
        "kind": "event",
        "event": {"name": name, "filters": list(filters)},
        "which": "every",
        "frequency": "every_days",
        "every_days": 90,
        **changes,
    }
    return document


def goal(document: Document, name: str, days: int) -> Document:
    """Set what counts as success, and for how long."""
    document["goal"] |= {"condition": did(name), "window_days": days}
    return document


def delay(name: str, amount: int, unit: str = "days", at: str = "") -> Step:
    """Make a delay."""
    return new_step("delay", name=name, amount=amount, unit=unit, at=at)


def note(name: str, words: str) -> Step:
    """Make a note for whoever reads the flow."""
    return new_step("note", name=name, text=words)


def mail(name: str, content: Content) -> Step:
    """Make a mail that asks for nothing."""
    return new_step("email", name=name, ask=False, if_held="skip", content=content)


def ask(name: str, content: Content, **changes: Any) -> Step:
    """Make an ask."""
    return new_step("email", name=name, ask=True, content=content, **changes)


def in_product(title: str, words: str, hours: int = 24) -> dict[str, Any]:
    """Ask in the product first, for so many hours."""
    return {"hours": hours, "variants": {"en": {"title": title, "text": words}}}


def in_person(title: str, words: str, hours: int = 72) -> dict[str, Any]:
    """Let a colleague ask so many hours after the mail."""
    return {
        "hours": hours,
        "channel": "dm",
        "title": title,
        "text": words,
        "owner": {"rule": "attribute", "attribute": "account_owner"},
        "due_days": 2,
    }


def block(kind: str, **values: str) -> dict[str, Any]:
    """Make a block with some of its values."""
    return new_block(kind) | values


def words(*paragraphs: str) -> dict[str, Any]:
    """Make a block of text."""
    return block("text", text="\n\n".join(paragraphs))


def written(subject: str, preheader: str, *blocks: dict[str, Any]) -> Content:
    """Make a mail in English."""
    variant = empty_variant() | {
        "subject": subject,
        "preheader": preheader,
        "blocks": list(blocks),
    }
    return {"default_locale": "en", "variants": {"en": variant}}


def in_languages(said: dict[str, Content]) -> Content:
    """Put mails in one language each together; English is for who speaks none of them."""
    variants = {language: one["variants"]["en"] for language, one in said.items()}
    return {"default_locale": "en", "variants": variants}
