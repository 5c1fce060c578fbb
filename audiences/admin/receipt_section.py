"""The audiences on a message's receipt: which its contact entered and left because of it."""

from collections.abc import Sequence

from audiences.admin.why import why_url
from audiences.models import MembershipChange
from audiences.models.membership import Cause, Change
from contacts.admin.panels import PanelRow
from contacts.models import Contact, Receipt

STATES = {Change.ENTERED: "good", Change.LEFT: "idle"}


def changes_of(receipt: Receipt, contact: Contact) -> Sequence[MembershipChange]:
    """List the entries and exits that name the message as their cause; one query."""
    return list(
        MembershipChange.objects.filter(contact=contact, receipt_id=receipt.pk)
        .select_related("audience")
        .order_by("pk")
    )


def audience_rows(receipt: Receipt, contact: Contact) -> list[PanelRow]:
    """Say which audiences the contact entered or left."""
    return [
        PanelRow(
            label=change.audience.name,
            value=_told(change),
            link=why_url(change.audience_id, contact.pk, change.changed_at),
            state=STATES[Change(change.change)],
        )
        for change in changes_of(receipt, contact)
    ]


def _told(change: MembershipChange) -> str:
    """Say what happened, and that history starts nothing."""
    told = change.get_change_display()
    is_quiet = change.cause == Cause.HISTORY and change.change == Change.ENTERED
    return f"{told}; starts nothing" if is_quiet else told
