"""The asks of a person, as the own page of an advocate shows them."""

from campaigns.models import Ask
from referrals.portal.history import PastAsk

# Nobody reads further back.
MOST = 20


def past_asks(contact_id: int, program_id: int) -> list[PastAsk]:
    """List what somebody was asked in a program and what he said, newest first."""
    rows = Ask.objects.filter(
        contact_id=contact_id, program_id=program_id, refunded_at=None
    ).order_by("-asked_at", "-pk")
    return [PastAsk(row.asked_at, row.answer) for row in rows[:MOST]]
