"""Asks that were made, and whose message never left, by cause."""

from django.db.models import Count, QuerySet

from campaigns.channels.causes import LABELS as CAUSES
from campaigns.guardrails.reasons import LABELS as REASONS
from campaigns.messaging.outbox import WEBHOOK
from campaigns.models import Campaign, Message
from campaigns.reports.holds import HeldReason
from campaigns.reports.period import Period

WORDS: dict[str, str] = {
    **REASONS,
    **{str(cause): label for cause, label in CAUSES.items()},
}
STATES = (Message.State.CANCELED, Message.State.REFUSED, Message.State.FAILED)


def unsent_in_period(period: Period, *, campaign: Campaign) -> QuerySet[Message]:
    """Select the messages made in the period that ended without being accepted."""
    messages = Message.objects.filter(
        campaign=campaign, state__in=STATES, created_at__lt=period.until
    ).exclude(channel=WEBHOOK)
    if period.since is None:
        return messages
    return messages.filter(created_at__gte=period.since)


def count_unsent(messages: QuerySet[Message]) -> list[HeldReason]:
    """Count people by cause, the commonest first; one query."""
    rows = (
        messages.values_list("cause")
        .annotate(people=Count("contact", distinct=True))
        .order_by("-people", "cause")
    )
    return [HeldReason(cause, people) for cause, people in rows]


def reason_in_words(word: str) -> str:
    """Say why an ask was held, or a message did not leave."""
    return WORDS.get(word, word)
