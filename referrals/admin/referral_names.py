"""How a referral and its people are named on pages."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.safestring import SafeString

from contacts.models import Contact
from contacts.names import full_name
from contacts.templatetags.greenlight import badge
from referrals.models import Referral

STAGE_NAMES = {
    "lead": "Joined",
    "qualified": "Qualified",
    "opportunity": "Opportunity",
    "won": "Ordered",
    "lost": "Lost",
    "reversed": "Taken back",
    "withdrawn": "Withdrawn",
}
STAGE_TONES = {
    "lead": "info",
    "qualified": "info",
    "opportunity": "info",
    "won": "good",
    "lost": "bad",
    "reversed": "bad",
    "withdrawn": "bad",
}


def with_advocate(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Add what names the advocate, who is known by number only."""
    owner = Contact.objects.filter(pk=OuterRef("advocate_contact_id"))
    return referrals.annotate(
        advocate_email=Subquery(owner.values("email")),
        advocate_first_name=Subquery(owner.values("first_name")),
        advocate_last_name=Subquery(owner.values("last_name")),
    )


def advocate_name(referral: Any) -> str:
    """Name the advocate of an annotated referral; he may be gone."""
    if referral.advocate_email is None:
        return "An erased contact"
    name = full_name(referral.advocate_first_name, referral.advocate_last_name)
    return name or referral.advocate_email or f"Contact {referral.advocate_contact_id}"


def stage_badge(referral: Referral) -> SafeString:
    """Show how far the friend got."""
    return badge(STAGE_NAMES[referral.stage], STAGE_TONES[referral.stage])
