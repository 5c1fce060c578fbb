"""The bucket that all senders of a channel take from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.guardrails import rates
from campaigns.messaging import send
from campaigns.models import Message, SendingRate
from tests.factories.messages import NOW, make_due_message, make_mail_campaign

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def limit(per_minute, channel="email", now=NOW - timedelta(hours=1)):
    rates.set_rate(channel=channel, per_minute=per_minute, user=None, now=now)


def take(wanted, now=NOW):
    return rates.take(channel="email", wanted=wanted, now=now).count


def test_a_channel_without_a_rate_takes_all():
    limit(60, channel="sms")

    assert take(5_000) == 5_000


def test_the_bucket_is_emptied_and_fills_again():
    limit(120)

    assert [take(15), take(15), take(15)] == [15, 5, 0]
    assert take(15, NOW + 3 * SECOND) == 6
    # A worker whose clock is behind finds what is there.
    assert take(15, NOW) == 0
    assert take(15, NOW + timedelta(hours=1)) == 15
    assert SendingRate.objects.get().tokens == 5


def test_who_is_not_granted_waits_his_turn():
    limit(30)
    first = rates.take(channel="email", wanted=6, now=NOW)

    assert (first.count, first.wait_of(0), first.wait_of(1)) == (
        5,
        2 * SECOND,
        4 * SECOND,
    )


def test_no_rate_is_no_limit():
    limit(30)
    limit(None)

    assert SendingRate.objects.count() == 0


def test_messages_beyond_the_rate_wait_and_leave_in_turn(channel):
    limit(12)
    campaign = make_mail_campaign()
    sent = [make_due_message(campaign) for _ in range(4)]

    taken = send.send_due(owner="me", clock=lambda: NOW)
    waiting = list(
        Message.objects.filter(state="queued")
        .order_by("due_at")
        .values_list("due_at", "cause", "attempts")
    )
    send.send_due(owner="me", clock=lambda: NOW + 10 * SECOND)

    assert (taken, len(channel.letters)) == (0, 4)
    assert waiting == [
        (NOW + 5 * SECOND, "throttled", 0),
        (NOW + 10 * SECOND, "throttled", 0),
    ]
    assert {one.state for one in Message.objects.all()} == {"accepted"}
    assert len(sent) == 4


@pytest.mark.django_db(transaction=True)
def test_many_senders_take_no_more_than_there_is():
    limit(600)

    def take_some(_):
        try:
            return sum(take(7) for _ in range(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take_some, range(4)))

    assert sum(taken) == 100
