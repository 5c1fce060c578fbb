"""What a message did to the picture of a person, in sentences."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from contacts.attributes.history import history, outvoted
from contacts.identities.guards import SENTENCES
from contacts.models import Contact, Identifier, Receipt
from contacts.sentences import event_title, show_value
from contacts.templatetags.greenlight import duration

MATCHED = {
    "user_id": "Known by the user ID.",
    "anonymous_id": "Known by the anonymous ID.",
    "email": "Known by the email address.",
    "new": "Nobody was known by this name, so a new contact was made.",
}
KINDS = dict(Identifier.Kind.choices)
# Below this it is the way through the network.
SKEW_WORTH_SAYING = timedelta(minutes=1)
VIA = {"file": "a file"}


@dataclass(frozen=True)
class AttributeLine:
    """An attribute that the message changed; blank stands for no value."""

    name: str
    old: str
    new: str


def identity_sentences(receipt: Receipt) -> list[str]:
    """Say how the contact was found, and what became one with it, or stayed apart."""
    outcome: dict[str, Any] = receipt.outcome
    sentences = (
        [MATCHED[outcome["matched"]]] if outcome.get("matched") in MATCHED else []
    )
    sentences += [
        f"{KINDS.get(kind, kind)} “{value}” names the same person from now on."
        for kind, value in outcome.get("linked", [])
    ]
    merged = len(outcome.get("merged", []))
    if merged:
        who = "Another contact" if merged == 1 else f"{merged} other contacts"
        sentences.append(f"{who} became one with this one.")
    sentences += [
        f"{KINDS.get(one['kind'], one['kind'])} “{one['value']}” was left out."
        f" {SENTENCES.get(one['reason'], event_title(one['reason']))}"
        for one in outcome.get("refused_links", [])
    ]
    return sentences


def attribute_lines(receipt: Receipt, contact: Contact) -> list[AttributeLine]:
    """List the attributes that it changed, as the contact's history tells it today."""
    return [
        AttributeLine(event_title(change.name), shown(change.old), shown(change.new))
        for change in history(contact)
        if change.receipt_id == receipt.pk
    ]


def outvoted_sentence(receipt: Receipt, contact: Contact) -> str:
    """Name what a public source claimed that somebody trusted had stated; blank if nothing."""
    names = ", ".join(
        f"“{event_title(name)}”" for name in outvoted(contact, receipt.pk)
    )
    if not names:
        return ""
    return f"Not taken: {names}. A trusted source, a file or a person has stated it."


def shown(value: Any) -> str:
    """Write a value; blank where there is none."""
    return "" if value is None else show_value(value)


def clock_sentence(receipt: Receipt) -> str:
    """Say how wrong the sender's clock is, if it is."""
    clock = receipt.outcome.get("clock", {})
    skew = timedelta(milliseconds=clock.get("skew_ms", 0))
    if abs(skew) < SKEW_WORTH_SAYING:
        return ""
    way = "behind" if skew > timedelta(0) else "ahead of"
    return (
        f"The sender's clock was {duration(abs(skew))} {way} ours. The time at which it"
        " happened has been put right by that."
    )


def via_sentence(receipt: Receipt) -> str:
    """Say which way it came, if it was not one of Segment's clients."""
    via = receipt.outcome.get("via", "")
    return f"Came by {VIA.get(via, via.replace('_', ' '))}." if via else ""
