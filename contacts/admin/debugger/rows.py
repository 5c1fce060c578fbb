"""Receipts as lines of the Debugger; a fixed number of queries for any number of lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from contacts.admin.debugger.reasons import reason_sentence
from contacts.models import Contact, Identifier, Receipt, Source
from contacts.sentences import event_icon, event_title

TITLES = {
    "identify": "Says who it is",
    "group": "Belongs to an account",
    "alias": "Has another name",
}
ICONS = {
    "identify": "badge",
    "group": "apartment",
    "alias": "link",
    "page": "web",
    "screen": "smartphone",
}
MARKS = {
    "clamped": "From the future",
    "undated": "No usable time",
    "oversize": "Large",
    "untrusted": "Pays nothing",
}


@dataclass(frozen=True)
class Line:
    """A receipt as the Debugger lists it."""

    receipt: Receipt
    title: str
    icon: str
    who: str
    source: str
    reason: str
    marks: list[str]
    is_today: bool


def message_title(receipt: Receipt) -> str:
    """Name a message: its event, or what its type does."""
    if receipt.name:
        return receipt.name
    fallback = event_title(receipt.kind) if receipt.kind else "Not understood"
    return TITLES.get(receipt.kind, fallback)


def message_icon(receipt: Receipt) -> str:
    """Choose the symbol of a message."""
    return ICONS.get(receipt.kind) or event_icon(receipt.name)


def tell_lines(receipts: Sequence[Receipt]) -> list[Line]:
    """Tell receipts; two queries."""
    today = timezone.localdate()
    people = contacts_of(receipts)
    sources = dict(
        Source.objects.filter(
            pk__in={receipt.source_id for receipt in receipts}
        ).values_list("pk", "name")
    )
    return [
        Line(
            receipt=receipt,
            title=message_title(receipt),
            icon=message_icon(receipt),
            who=who(receipt, people.get(receipt.identifier_id or 0)),
            source=sources.get(receipt.source_id or 0, "Unknown source"),
            reason=reason_sentence(receipt),
            marks=marks_of(receipt),
            is_today=timezone.localdate(receipt.received_at) == today,
        )
        for receipt in receipts
    ]


def contacts_of(receipts: Sequence[Receipt]) -> dict[int, Contact]:
    """Find the contact that each receipt's identifier names today."""
    ids = {receipt.identifier_id for receipt in receipts if receipt.identifier_id}
    rows = Identifier.objects.filter(pk__in=ids).select_related("contact")
    return {row.pk: row.contact for row in rows}


def who(receipt: Receipt, contact: Contact | None) -> str:
    """Name who it is about: by name if known, else by what came."""
    if (
        contact is not None
        and not contact.erased_at
        and (contact.email or contact.first_name or contact.last_name)
    ):
        return contact.name
    if receipt.user_id:
        return receipt.user_id
    return f"Visitor {receipt.anonymous_id[:8]}" if receipt.anonymous_id else "–"


def marks_of(receipt: Receipt) -> list[str]:
    """List what is unusual about it, in a word or two."""
    marks = [MARKS[flag] for flag in receipt.flags if flag in MARKS]
    if receipt.is_historical:
        marks.append("Historical")
    if receipt.copies:
        marks.append(f"Arrived {receipt.copies + 1}×")
    return marks
