"""What a friend finds on the own page: through whom he came, what he gets, who sees his name."""

from datetime import datetime
from typing import Any

from contacts import tokens
from contacts.identities.whereabouts import present_id, stand_in_for
from referrals.links import FRIEND_PURPOSE
from referrals.models import Advocate, Referral, Reward, Role
from referrals.portal.page import data_text
from referrals.portal.standing import MOST, reward_line
from referrals.showing import shown_advocate
from referrals.texts import Texts


def find_friend(token: str) -> Referral | None:
    """Find whose page a token opens; None if it is not one of ours or he is gone."""
    try:
        contact_id, referral_id = tokens.read_token(FRIEND_PURPOSE, token)
    except ValueError:
        return None
    rows = Referral.objects.select_related("program", "contact").filter(
        contact__erased_at=None
    )
    found = rows.filter(contact_id=contact_id, pk=referral_id).first()
    if found:
        return found
    present = present_id(contact_id)
    stand_in = stand_in_for(Referral, present, referral_id)
    return rows.filter(contact_id=present, pk=stand_in).first()


def advocate_name(referral: Referral) -> str:
    """Name the advocate of a friend; blank if he has not agreed."""
    advocate = (
        Advocate.objects.select_related("contact")
        .filter(contact_id=referral.advocate_contact_id, pk=referral.advocate_id)
        .first()
    )
    return shown_advocate(advocate) if advocate else ""


def friend_context(
    referral: Referral, texts: Texts, *, now: datetime
) -> dict[str, Any]:
    """Write what the friend's page shows."""
    rewards = (
        Reward.objects.filter(
            contact_id=referral.contact_id,
            program_id=referral.program_id,
            role=Role.FRIEND,
        )
        .select_related("rule")
        .order_by("-earned_at", "-pk")[:MOST]
    )
    advocate = advocate_name(referral)
    own = referral.contact.first_name.strip()
    is_shown = referral.friend_shown_at is not None
    return {
        "came": texts.say("friend_came_named", name=advocate)
        if advocate
        else texts.words["friend_came"],
        "rewards": [reward_line(one, texts, now) for one in rewards],
        "name_shown": is_shown,
        "naming": naming_text(own, texts, is_shown=is_shown),
        "data_text": data_text(referral.contact.email, texts),
    }


def naming_text(name: str, texts: Texts, *, is_shown: bool) -> str:
    """Say what the advocate sees of a friend."""
    if not is_shown:
        return texts.words["naming_off"]
    return texts.say("naming_on", name=name) if name else texts.words["naming_nameless"]
