"""The receipt of one message: what became of it, and what it caused."""

import json
from datetime import timedelta
from typing import Any

from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage, Crumb
from contacts.admin.debugger.outcome import (
    attribute_lines,
    clock_sentence,
    identity_sentences,
    outvoted_sentence,
    via_sentence,
)
from contacts.admin.debugger.reasons import advice, flag_sentences, reason_sentence
from contacts.admin.debugger.rows import marks_of, message_title
from contacts.admin.receipts import build_consequences
from contacts.admin.site import register_pages
from contacts.models import Contact, Identifier, Receipt, Source, Violation

# The database keeps no order of keys; people look for these first.
FIRST_KEYS = (
    *("type", "event", "name", "category", "userId", "anonymousId", "previousId"),
    *("groupId", "properties", "traits", "timestamp", "sentAt", "messageId"),
)
# What follows from a message, follows within so long; until then the page looks again.
FRESH = timedelta(seconds=15)


class ReceiptPage(AdminPage):
    """A message: state and reason, person, consequences, and the message itself."""

    permission_required = ("contacts.view_receipt",)
    template_name = "contacts/debugger/receipt.html"
    results_template_name = "contacts/debugger/_receipt.html"

    @cached_property
    def receipt(self) -> Receipt:
        """Fetch the receipt, or answer that there is none."""
        found = Receipt.objects.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404("There is no such message.")
        return found

    @cached_property
    def contact(self) -> Contact | None:
        """Find whom it is about today."""
        row = (
            Identifier.objects.filter(pk=self.receipt.identifier_id or 0)
            .select_related("contact")
            .first()
        )
        return row.contact if row else None

    def get_title(self) -> str:
        """Title the page with the event."""
        return message_title(self.receipt)

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Debugger", reverse("admin:contacts_debugger"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Collect what the receipt says."""
        receipt = self.receipt
        violations = Violation.objects.filter(receipt_id=receipt.pk).order_by("pk")
        return super().get_context_data(
            receipt=receipt,
            message_title=message_title(receipt),
            source=Source.objects.filter(pk=receipt.source_id or 0).first(),
            reason=reason_sentence(receipt),
            advice=advice(receipt),
            marks=marks_of(receipt),
            unusual=[
                *flag_sentences(receipt),
                *filter(None, [clock_sentence(receipt), via_sentence(receipt)]),
            ],
            violations=list(violations),
            raw=pretty(receipt.payload),
            is_page=not self.results_only or "page" in self.request.GET,
            is_fresh=timezone.now() - receipt.understood_at < FRESH,
            **self.collect_person(),
            **kwargs,
        )

    def collect_person(self) -> dict[str, Any]:
        """Collect what it did to the person; nothing if it did not count."""
        receipt, contact = self.receipt, self.contact
        if contact is None or receipt.state != Receipt.State.ACCEPTED:
            return {"contact": contact, "consequences": []}
        return {
            "contact": contact,
            "identity": identity_sentences(receipt),
            "changes": attribute_lines(receipt, contact),
            "outvoted": outvoted_sentence(receipt, contact),
            "consequences": build_consequences(receipt, contact, self.user),
        }


def pretty(payload: Any) -> str:
    """Write the message for people; blank once it has been emptied."""
    if payload is None:
        return ""
    if isinstance(payload, dict):
        first = {key: payload[key] for key in FIRST_KEYS if key in payload}
        payload = {**first, **payload}
    return json.dumps(payload, indent=2, ensure_ascii=False)


register_pages(
    [
        path("data/debugger/<int:pk>/", ReceiptPage.as_view(), name="contacts_receipt"),
        path(
            "data/debugger/<int:pk>/results/",
            ReceiptPage.as_view(results_only=True),
            name="contacts_receipt_results",
        ),
    ]
)
