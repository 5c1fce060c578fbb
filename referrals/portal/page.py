"""Everything that the own page shows beside the link, ready for its template."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from contacts.models import Consent
from contacts.models.consent import Channel, ConsentState
from contacts.views.unsubscribe import mask_address
from referrals.models import Advocate, AskPreference, Referral
from referrals.portal.channels import Standing, channels_of
from referrals.portal.standing import history_of, referrals_of, rewards_of
from referrals.texts import Texts


def portal_context(
    advocate: Advocate, texts: Texts, *, now: datetime
) -> dict[str, Any]:
    """Write what came of the link, what the person wants, and the way to the own data."""
    friends = Referral.objects.filter(
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        program_id=advocate.program_id,
    ).count()
    return {
        "friends_joined": texts.count("friends_joined", friends) if friends else "",
        "referrals": referrals_of(advocate, texts, now),
        "rewards": rewards_of(advocate, texts, now),
        "history": history_of(advocate, texts, now),
        **preference_context(advocate, texts, now),
        "channels": channel_rows(channels_of(advocate.contact_id), texts),
        "data_text": data_text(advocate.contact.email, texts),
    }


def data_text(address: str, texts: Texts) -> str:
    """Say where the link to the data goes; blank without an address."""
    return texts.say("data_text", address=mask_address(address)) if address else ""


def channel_rows(standings: list[Standing], texts: Texts) -> list[dict[str, Any]]:
    """Name each channel, and what its button does."""
    return [
        {
            "channel": standing.channel,
            "label": texts.words[f"channel_{standing.channel}"],
            "is_on": standing.is_on,
            "state": texts.words["channel_on" if standing.is_on else "channel_off"],
            "action": texts.words["turn_off" if standing.is_on else "turn_on"],
        }
        for standing in standings
    ]


def preference_context(
    advocate: Advocate, texts: Texts, now: datetime
) -> dict[str, Any]:
    """Say what the advocate chose about being asked, and what he may choose."""
    preference = AskPreference.objects.filter(contact_id=advocate.contact_id).first()
    is_unsubscribed = Consent.objects.filter(
        contact_id=advocate.contact_id,
        channel=Channel.EMAIL,
        state=ConsentState.WITHDRAWN,
    ).exists()
    chosen = ""
    if preference and preference.never_since:
        chosen = texts.words["never_done"]
    elif preference and preference.snoozed_until and preference.snoozed_until > now:
        until = timezone.localdate(preference.snoozed_until)
        day = texts.day(until, today=timezone.localdate(now))
        chosen = texts.say("snoozed", day=day)
    return {"chosen": chosen, "is_unsubscribed": is_unsubscribed}
