import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.messaging import outbox, send
from campaigns.models import Ask, Campaign, Message
from tests.factories.messages import NOW, make_due_message, make_mail_campaign

State = Message.State
AFTER = NOW + outbox.LEASE


@pytest.mark.django_db
def test_claim_takes_the_oldest_and_counts_the_attempt():
    campaign = make_mail_campaign()
    late = make_due_message(campaign)
    early = make_due_message(campaign, due_at=NOW - timedelta(minutes=1))
    tried = make_due_message(campaign, attempts=2)

    first = outbox.claim(owner="me", size=1, again=False, now=NOW)
    rest = outbox.claim(owner="me", size=9, again=False, now=NOW)
    again = outbox.claim(owner="me", size=9, again=True, now=NOW)

    assert [[one.pk for one in batch] for batch in (first, rest, again)] == [
        [early.pk],
        [late.pk],
        [tried.pk],
    ]
    assert [one.attempts for one in (*first, *rest, *again)] == [1, 1, 3]
    assert first[0].lease_until == AFTER


@pytest.mark.django_db
def test_a_sender_that_died_before_handing_over_loses_nothing(channel):
    message = make_due_message()
    outbox.claim(owner="dead", size=9, again=False, now=NOW)

    assert outbox.due_to_recover(NOW).count == 0
    assert outbox.recover_deserted(now=NOW) == 0
    assert outbox.due_to_recover(AFTER) == outbox.Backlog(1, AFTER)
    assert outbox.recover_deserted(now=AFTER) == 1
    assert send.send_due(owner="me", clock=lambda: AFTER) == 1

    message.refresh_from_db()
    assert (message.state, message.attempts, message.recoveries) == (
        State.ACCEPTED,
        2,
        1,
    )
    assert len(channel.letters) == 1


@pytest.mark.django_db
def test_a_message_that_kills_its_senders_is_given_up():
    message = make_due_message()
    now = NOW

    for _ in range(outbox.MOST_RECOVERIES):
        taken = outbox.claim(owner="dead", size=1, again=message.attempts > 0, now=now)
        assert len(taken) == 1
        now += outbox.LEASE
        assert outbox.recover_deserted(now=now) == 1
        message.refresh_from_db()

    assert (message.state, message.cause) == (State.FAILED, "sender_died")
    assert Ask.objects.get().refunded_at == now


@pytest.mark.django_db
def test_a_sender_that_died_while_handing_over_leaves_it_unknown(channel):
    message = make_due_message()
    (claimed,) = outbox.claim(owner="dead", size=1, again=False, now=NOW)
    outbox.write(claimed, State.CLAIMED, state=State.HANDING_OVER)

    assert outbox.recover_deserted(now=AFTER) == 1

    message.refresh_from_db()
    assert (message.state, message.cause, message.details) == (
        State.UNKNOWN,
        "outcome_unknown",
        "The sending program ended in the middle",
    )
    assert send.send_due(owner="me", clock=lambda: AFTER) == 0
    assert Ask.objects.get().refunded_at is None


@pytest.mark.django_db
def test_a_slow_sender_may_still_say_that_it_was_accepted():
    message = make_due_message()
    (claimed,) = outbox.claim(owner="slow", size=1, again=False, now=NOW)
    outbox.write(claimed, State.CLAIMED, state=State.HANDING_OVER)
    outbox.recover_deserted(now=AFTER)

    outbox.accept(claimed, answer="250 at last", now=AFTER)

    message.refresh_from_db()
    assert (message.state, message.cause) == (State.ACCEPTED, "")
    assert Ask.objects.get().delivered_at == AFTER


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"lease_owner": "other"}, {"attempts": 7}])
def test_every_write_of_a_lost_claim_hits_nothing(changes):
    make_due_message()
    (claimed,) = outbox.claim(owner="me", size=1, again=False, now=NOW)
    Message.objects.update(**changes)

    with pytest.raises(outbox.ClaimLost):
        outbox.write(claimed, State.CLAIMED, state=State.HANDING_OVER)
    with pytest.raises(outbox.ClaimLost):
        outbox.end(claimed, State.FAILED, cause="", details="", now=NOW)
    with pytest.raises(outbox.ClaimLost):
        outbox.put_off(claimed, cause="", details="", due_at=NOW)
    outbox.give_back([claimed], due_at=AFTER)

    message = Message.objects.get()
    assert (message.state, message.due_at) == (State.CLAIMED, NOW)
    assert Ask.objects.get().refunded_at is None


@pytest.mark.django_db
def test_claim_takes_from_all_campaigns_the_longest_waiting_first():
    late = make_due_message(make_mail_campaign(name="Late"))
    early = make_due_message(
        make_mail_campaign(name="Early"), due_at=NOW - timedelta(minutes=1)
    )

    first = outbox.claim(owner="me", size=1, again=False, now=NOW)
    rest = outbox.claim(owner="me", size=9, again=False, now=NOW)

    assert [[one.pk for one in batch] for batch in (first, rest)] == [
        [early.pk],
        [late.pk],
    ]


@pytest.mark.django_db
def test_paused_campaigns_are_left_out():
    make_due_message(make_mail_campaign(state=Campaign.State.PAUSED))

    assert outbox.claim(owner="me", size=9, again=False, now=NOW) == []


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_take_the_same_message():
    campaign = make_mail_campaign()
    for _ in range(6):
        make_due_message(campaign)
    other = []

    def claim_rest():
        other.extend(outbox.claim(owner="other", size=9, again=False, now=NOW))
        connection.close()

    with transaction.atomic():
        mine = outbox.claim(owner="me", size=3, again=False, now=NOW)
        thread = threading.Thread(target=claim_rest)
        thread.start()
        thread.join(10)

    assert [len(mine), len(other)] == [3, 3]
    assert {one.pk for one in mine} & {one.pk for one in other} == set()
