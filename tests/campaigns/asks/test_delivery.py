"""What follows from what a provider tells, whatever the sender knows by then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.asks.delivery import Kind, Told, note_told
from campaigns.messaging.outbox import ClaimLost, accept
from campaigns.models import Ask, AskBudget, Message
from tests.campaigns.views.test_provider import make_sent

pytestmark = pytest.mark.django_db


def test_a_bounce_may_come_before_the_sender_has_noted_anything():
    now = timezone.now()
    message = make_sent(
        state=Message.State.HANDING_OVER,
        lease_owner="me",
        lease_until=now + timedelta(minutes=5),
        attempts=1,
        finished_at=None,
    )

    told = Told(tag=message.tag, kind=Kind.BOUNCED, at=now, event_id="1")
    assert note_told([told], provider="postmark", now=now) == 1
    with pytest.raises(ClaimLost):
        accept(message, answer="taken", now=now)

    message.refresh_from_db()
    assert (message.state, message.cause) == (Message.State.REFUSED, "bounced")
    assert (message.finished_at, message.lease_until) == (now, None)
    assert Ask.objects.get().refunded_at == now
    assert AskBudget.objects.get().next_on is None
