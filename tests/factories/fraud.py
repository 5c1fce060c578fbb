"""Friends who come through advocates, and what they leave behind."""

from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from contacts.models import Contact
from referrals.arrivals import Arrival
from referrals.attribution import attribute_referral
from referrals.claims import Happening
from referrals.fraud.judge import judge_due
from referrals.fraud.signals import note_browser, note_signals, sign_of
from referrals.models import Advocate, FraudFinding, Referral, Visit
from referrals.visits import record_visit
from tests.factories.contacts import make_contact
from tests.factories.referrals import BROWSER, NOW

MINUTE = timedelta(minutes=1)
_numbers = count(1)


def refer(
    advocate: Advocate,
    friend: Contact | None = None,
    *,
    at: datetime = NOW,
    visit: Visit | None = None,
    **names: Any,
) -> Referral:
    """Let a friend join through an advocate's link, or with the code if there is no visit."""
    if friend is None:
        # No two of them are alike.
        word = sha256(str(next(_numbers)).encode()).hexdigest()[:12]
        friend = make_contact(**{"email": f"{word}x@example.com"} | names)
    outcome = attribute_referral(
        friend_contact_id=friend.pk,
        event=Happening("signed_up", at, f"message:{next(_numbers)}", {}),
        click_id=visit.click_id if visit else "",
        code="" if visit else advocate.code,
        now=at,
    )
    assert outcome.referral, outcome
    Referral.objects.filter(judge_due_at=None, fraud_state="unjudged").update(
        judge_due_at=at
    )
    return outcome.referral


def open_link(
    advocate: Advocate,
    *,
    now: datetime,
    address: str = "",
    agent: str = BROWSER,
    referer: str = "",
    **changes: Any,
) -> Visit:
    """Let a person open the link, from another address each time unless told otherwise."""
    arrival = Arrival(
        address=address or f"203.0.113.{next(_numbers)}",
        headers={"User-Agent": agent, "Referer": referer},
        **changes,
    )
    return record_visit(advocate=advocate, arrival=arrival, now=now)


def refer_by_link(
    advocate: Advocate, *, at: datetime = NOW, seconds: int = 300, **changes: Any
) -> Referral:
    """Let a friend open the link, and join after some seconds."""
    names = {
        name: changes.pop(name)
        for name in ("email", "first_name", "last_name", "attributes")
        if name in changes
    }
    visit = open_link(advocate, now=at - timedelta(seconds=seconds), **changes)
    return refer(advocate, at=at, visit=visit, **names)


def share(kind: str, value: str, *contacts: int, at: datetime = NOW) -> None:
    """Let people have something in common."""
    note_signals(
        sign for contact in contacts for sign in sign_of(contact, kind, value, at)
    )


def seen_at(contact: int, address: str, agent: str, at: datetime = NOW) -> None:
    """Let a person use a page of ours from an address with a browser."""
    note_browser(contact_id=contact, address=address, user_agent=agent, now=at)


def judge(now: datetime = NOW + MINUTE) -> None:
    """Judge all that is due."""
    while judge_due(now=now):
        pass


def verdict_of(referral: Referral) -> str:
    """Say how a referral stands."""
    referral.refresh_from_db()
    return referral.fraud_state


def found(referral: Referral) -> list[str]:
    """List what checks found, without what is only noted."""
    rows = FraudFinding.objects.filter(referral_id=referral.pk, is_shadow=False)
    return sorted(rows.values_list("check_kind", flat=True))
