"""What a contact's page says about referrals."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from contacts.admin.panels import PanelRow, PanelTemplate
from contacts.models import Contact
from referrals.admin.advocate_numbers import with_numbers
from referrals.admin.referral_names import advocate_name, stage_badge, with_advocate
from referrals.links import link_url
from referrals.models import Advocate, AskPreference, Referral


def build_panel(contact: Contact) -> Sequence[PanelRow] | PanelTemplate:
    """
    Show the contact's links, who brought him, and what he said about being asked.

    Nothing if there is none of it; three queries.
    """
    own = with_numbers(Advocate.objects.filter(contact=contact))
    advocates: list[dict[str, Any]] = [
        {"advocate": advocate, "link": link_url(advocate.code)}
        for advocate in own.select_related("program").order_by("-joined_at", "-pk")
    ]
    as_friend = with_advocate(Referral.objects.filter(contact=contact))
    referrals = [
        {
            "referral": referral,
            "advocate": advocate_name(referral),
            "stage": stage_badge(referral),
        }
        for referral in as_friend.select_related("program").order_by("-lead_at", "-pk")
    ]
    preference = AskPreference.objects.filter(contact=contact).first()
    if not advocates and not referrals and not preference:
        return []
    context = {
        "advocates": advocates,
        "referrals": referrals,
        "preference": preference,
        "now": timezone.now(),
    }
    return PanelTemplate("referrals/_contact_panel.html", context)
