"""The campaigns on a contact's page: where he stands in each, and the way to "why"."""

from django.urls import reverse

from campaigns.models import Campaign, Enrollment
from contacts.admin.panels import PanelRow
from contacts.models import Contact

MOST_CAMPAIGNS = 10


def campaign_rows(contact: Contact) -> list[PanelRow]:
    """
    Say for each campaign that has run where the contact stands, the newest first.

    Also for those he never entered: their story says why; one more row leads to the answer of
    all campaigns together. Two queries.
    """
    campaigns = Campaign.objects.exclude(started_at=None).order_by("-started_at", "-pk")
    passes = Enrollment.objects.filter(contact=contact).order_by("enrolled_at", "pk")
    latest = {one.campaign_id: one for one in passes}
    rows = [
        PanelRow(
            label=campaign.name,
            value=_standing(latest.get(campaign.pk)),
            link=reverse(
                "admin:campaigns_explain",
                kwargs={"pk": campaign.pk, "contact_id": contact.pk},
            ),
        )
        for campaign in campaigns[:MOST_CAMPAIGNS]
    ]
    if not rows:
        return []
    everywhere = reverse("admin:campaigns_why_person", args=[contact.pk])
    return [PanelRow("All campaigns", "Why (not) asked?", everywhere), *rows]


def _standing(enrollment: Enrollment | None) -> str:
    """Say where a pass stands."""
    return enrollment.get_state_display() if enrollment else "Never entered"
