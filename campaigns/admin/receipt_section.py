"""The campaigns on a message's receipt: which began with their contact because of it."""

from django.urls import reverse

from audiences.admin.receipt_section import changes_of
from campaigns.models import Enrollment
from contacts.admin.panels import PanelRow
from contacts.models import Contact, Receipt


def enrollment_rows(receipt: Receipt, contact: Contact) -> list[PanelRow]:
    """
    Say which campaigns the contact entered with the audiences that the message led to.

    An enrollment keeps the moment of the entry that let it in. Two queries.
    """
    moments = {
        (change.audience_id, change.changed_at)
        for change in changes_of(receipt, contact)
        if change.change == "entered"
    }
    begun = (
        Enrollment.objects.filter(
            contact=contact, moment_at__in={moment for _, moment in moments}
        )
        .select_related("campaign", "version")
        .order_by("pk")
    )
    return [
        PanelRow(
            label=enrollment.campaign.name,
            value=enrollment.get_state_display(),
            link=reverse(
                "admin:campaigns_explain",
                kwargs={"pk": enrollment.campaign_id, "contact_id": contact.pk},
            ),
            state="good",
        )
        for enrollment in begun
        if (
            enrollment.version.definition["trigger"].get("audience"),
            enrollment.moment_at,
        )
        in moments
    ]
