"""The stages that an ask has reached; each is the first time that it happened."""

from datetime import datetime

from campaigns.models import Ask


def mark_viewed(*, ask: Ask, now: datetime) -> bool:
    """Note that a person saw the ask; False if that was known."""
    return _mark(ask, "viewed_at", now)


def mark_intent(*, ask: Ask, now: datetime) -> bool:
    """Note that a person said yes, or came to the page to share; False if known."""
    return _mark(ask, "intent_at", now)


def _mark(ask: Ask, stage: str, now: datetime) -> bool:
    """Set a stage once."""
    own = Ask.objects.filter(contact_id=ask.contact_id, pk=ask.pk)
    return own.filter(**{stage: None}).update(**{stage: now}) == 1
