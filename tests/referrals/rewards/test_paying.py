from datetime import timedelta

import pytest

from referrals.attribution.by_hand import (
    give_credit,
)
from referrals.models import (
    Referral,
    Reward,
)
from referrals.rewards.approving import (
    NotDecided,
    SamePerson,
    approve_reward,
    reject_reward,
    write_off,
)
from referrals.rewards.batches import (
    BatchClosed,
    NothingToPay,
    cancel_batch,
    csv_rows,
    make_batch,
    mark_paid,
    take_out,
)
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_advocate
from tests.factories.rewards import (
    check_books,
    earned,
    ledger,
    make_order,
    make_referral,
    make_rule,
    paid,
    refund,
    touch,
    work_off,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=15)


def reward_referral(reward):
    return Referral.objects.get(pk=reward.referral_id)


def test_reward_is_earned_held_approved_and_paid():
    advocate, referral, order = earned()

    reward = Reward.objects.get()
    assert (reward.contact_id, reward.amount_minor, reward.state) == (
        advocate.contact_id,
        2000,
        "on_hold",
    )
    assert reward.held_until == order.occurred_at + timedelta(days=14)
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    mark_paid(batch=batch, user=None, now=LATER)
    assert ledger(reward) == [
        ("earned", 2000, "on_hold", "earned"),
        ("approved", 0, "approved", "hold_over"),
        ("started", 0, "sending", "in_payment"),
        ("fulfilled", -2000, "fulfilled", "paid"),
    ]
    check_books()


def test_a_payment_holds_so_many_and_who_waited_longest(monkeypatch):
    monkeypatch.setattr("referrals.rewards.batches.MOST_IN_BATCH", 2)
    advocate, _, _ = earned()
    for day in (2, 1):
        at = NOW + timedelta(days=day)
        make_order(make_referral(advocate, at=at), at=at)
    work_off(LATER + timedelta(days=5))

    batch = make_batch(currency="USD", user=None, now=LATER)
    assert (batch.reward_count, batch.total_minor) == (2, 4000)
    last = Reward.objects.latest("earned_at")
    assert (last.state, last.batch) == ("approved", None)
    rest = make_batch(currency="USD", user=None, now=LATER)
    assert rest.reward_count == 1


def test_full_refund_before_payment_takes_it_back():
    _, _, order = earned()

    refund(order, 6000)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.amount_minor, reward.because) == (
        "reversed",
        0,
        "refunded",
    )
    check_books()


def test_refund_after_payment_is_set_off_against_the_next_one():
    order = paid()
    reward = Reward.objects.get()

    refund(order, 6000)
    work_off(LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.balance_minor) == ("owed_back", -2000)
    advocate = make_advocate(reward.program, reward.contact)
    make_order(make_referral(advocate, at=LATER), at=LATER)
    work_off(LATER + timedelta(days=15))
    reward.refresh_from_db()
    other = Reward.objects.exclude(pk=reward.pk).get()
    assert (reward.state, reward.balance_minor) == ("reversed", 0)
    assert (other.state, other.balance_minor, other.amount_minor) == (
        "fulfilled",
        0,
        2000,
    )
    with pytest.raises(NothingToPay):
        make_batch(currency="USD", user=None, now=LATER)
    check_books()


def test_part_of_a_debt_is_set_off():
    order = paid(amount_minor=None, percent_points=1000)
    refund(order, 3000)
    work_off(LATER)
    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor, reward.amount_minor) == (
        "owed_back",
        -300,
        300,
    )

    advocate = make_advocate(reward.program, reward.contact)
    make_order(make_referral(advocate, at=LATER), at=LATER)
    work_off(LATER + timedelta(days=15))

    reward.refresh_from_db()
    other = Reward.objects.exclude(pk=reward.pk).get()
    assert (reward.state, reward.balance_minor) == ("fulfilled", 0)
    assert (other.state, other.balance_minor) == ("approved", 300)
    check_books()


def test_debt_is_written_off_with_a_reason():
    refund(paid(), 6000)
    work_off(LATER)
    reward = Reward.objects.get()

    with pytest.raises(NotDecided):
        write_off(reward=reward, user=make_user(), note=" ", now=LATER)
    write_off(reward=reward, user=make_user(), note="Goodwill", now=LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.balance_minor) == ("fulfilled", 0)
    touch(reward_referral(reward), LATER)
    work_off(LATER)
    reward.refresh_from_db()
    assert reward.state == "fulfilled"
    check_books()


def test_two_people_approve_what_is_worth_much():
    earned(approval_over_minor=1000)
    work_off(LATER)
    reward = Reward.objects.get()
    assert reward.state == "awaiting"
    ana, ben = make_user(), make_user()

    approve_reward(reward=reward, user=ana, now=LATER)
    with pytest.raises(SamePerson):
        approve_reward(reward=reward, user=ana, now=LATER)
    approve_reward(reward=reward, user=ben, now=LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.proposed_by, reward.approved_by) == (
        "approved",
        ana,
        ben,
    )
    with pytest.raises(NotDecided):
        approve_reward(reward=reward, user=ben, now=LATER)


def test_who_gave_the_credit_by_hand_is_not_the_second():
    ana, ben = make_user(), make_user()
    rule = make_rule(approval_over_minor=0, hold_days=0)
    advocate, friend = make_advocate(rule.program), make_contact()
    referral = give_credit(
        friend_contact_id=friend.pk,
        advocate=advocate,
        counts_from=NOW,
        reason="They told us",
        user=ben,
        now=NOW,
    )
    touch(referral, NOW, fraud_state="clear", judge_due_at=None)
    make_order(referral)
    work_off()
    reward = Reward.objects.get()
    approve_reward(reward=reward, user=ana, now=NOW)

    with pytest.raises(SamePerson):
        approve_reward(reward=reward, user=ben, now=NOW)


def test_rejected_by_hand_stays_rejected():
    _, referral, order = earned()
    reject_reward(
        reward=Reward.objects.get(), user=make_user(), note="An employee", now=NOW
    )

    refund(order, 1)
    touch(referral, NOW)
    work_off(LATER)

    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor) == ("rejected", 0)
    with pytest.raises(NotDecided):
        reject_reward(reward=reward, user=make_user(), note="Again", now=NOW)
    check_books()


def test_payment_is_made_once():
    earned()
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    [row] = csv_rows(batch)
    assert (row["amount"], row["currency"]) == (20, "USD")

    mark_paid(batch=batch, user=None, now=LATER)
    with pytest.raises(BatchClosed):
        mark_paid(batch=batch, user=None, now=LATER)
    with pytest.raises(BatchClosed):
        cancel_batch(batch=batch, user=None, now=LATER)

    assert [one[0] for one in ledger(Reward.objects.get())].count("fulfilled") == 1


def test_refund_while_in_a_payment_is_reckoned_afterwards():
    _, _, order = earned()
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    refund(order, 6000)
    work_off(LATER)
    reward = Reward.objects.get()
    assert (reward.state, reward.because, reward.balance_minor) == (
        "sending",
        "changed_order",
        2000,
    )

    mark_paid(batch=batch, user=None, now=LATER)
    work_off(LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.balance_minor) == ("owed_back", -2000)
    check_books()


def test_reward_can_be_taken_out_of_a_payment():
    _, _, order = earned()
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    refund(order, 6000)
    work_off(LATER)

    take_out(reward=Reward.objects.get(), user=None, now=LATER)
    work_off(LATER)

    batch.refresh_from_db()
    assert (batch.reward_count, batch.total_minor) == (0, 0)
    assert Reward.objects.get().state == "reversed"
    check_books()


def test_canceled_payment_lets_rewards_wait_again():
    earned()
    work_off(LATER)
    cancel_batch(
        batch=make_batch(currency="USD", user=None, now=LATER), user=None, now=LATER
    )
    work_off(LATER)

    assert make_batch(currency="USD", user=None, now=LATER).total_minor == 2000
