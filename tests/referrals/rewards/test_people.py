from datetime import timedelta

import pytest

from audiences.models import Membership
from contacts.identities.merge import merge_contacts
from contacts.identities.undo import undo_merge
from referrals.attribution.by_hand import (
    move_credit,
    withdraw_credit,
)
from referrals.models import (
    Referral,
    Reward,
)
from referrals.rewards.batches import (
    NothingToPay,
    make_batch,
)
from referrals.rewards.usage import uses_of_audiences
from tests.factories.campaigns import make_audience
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    check_books,
    earned,
    make_order,
    make_referral,
    make_rule,
    touch,
    work_off,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=15)


def merge(survivor_id, merged_id):
    """Make one contact a part of another."""
    return merge_contacts(
        survivor_id=survivor_id, merged_id=merged_id, link=None, now=NOW
    )


def test_moved_credit_moves_the_reward():
    advocate, referral, _ = earned()
    other = make_advocate(advocate.program)

    move_credit(
        referral=referral, advocate=other, reason="They told us", user=None, now=NOW
    )
    touch(referral, NOW, judge_due_at=None)
    work_off()

    assert set(Reward.objects.values_list("contact_id", "state", "because")) == {
        (advocate.contact_id, "reversed", "credit_moved"),
        (other.contact_id, "on_hold", "hold"),
    }
    check_books()


@pytest.mark.parametrize("others", [0, 2])
def test_moved_credit_takes_back_what_a_number_of_friends_had_earned(others):
    program = make_program()
    make_rule(program, counting="reaching", friend_count=others + 1, amount_minor=700)
    advocate, other = make_advocate(program), make_advocate(program)
    moved = make_referral(advocate)
    for referral in (moved, *(make_referral(advocate) for _ in range(others))):
        make_order(referral)
    work_off()
    assert Reward.objects.get().contact_id == advocate.contact_id

    move_credit(
        referral=moved, advocate=other, reason="They told us", user=None, now=NOW
    )
    touch(moved, NOW, judge_due_at=None)
    work_off()

    mine = Reward.objects.get(contact=advocate.contact_id)
    assert (mine.state, mine.amount_minor) == ("reversed", 0)
    assert Reward.objects.filter(contact=other.contact_id).exists() is (others == 0)
    check_books()


def test_friend_moved_back_restores_what_both_had():
    program = make_program()
    make_rule(program, counting="reaching", friend_count=1, amount_minor=700)
    advocate, other = make_advocate(program), make_advocate(program)
    moved = make_referral(advocate)
    make_order(moved)
    work_off()
    for receiver in (other, advocate):
        move_credit(
            referral=moved, advocate=receiver, reason="They said", user=None, now=NOW
        )
        touch(moved, NOW, judge_due_at=None)
        work_off()

    assert set(Reward.objects.values_list("contact_id", "state", "amount_minor")) == {
        (advocate.contact_id, "on_hold", 700),
        (other.contact_id, "reversed", 0),
    }
    check_books()


def test_withdrawn_credit_takes_the_reward_back():
    _, referral, _ = earned()

    withdraw_credit(referral=referral, reason="An employee", user=None, now=NOW)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.because) == ("reversed", "withdrawn")


def test_forgotten_people_earn_nothing_new_and_keep_their_ledger():
    advocate, _, _ = earned()
    contact = advocate.contact
    contact.erased_at = NOW
    contact.save()
    make_order(make_referral(advocate, friend=make_contact()))
    work_off(LATER)

    reward = Reward.objects.get()
    assert (reward.state, reward.amount_minor) == ("approved", 2000)
    with pytest.raises(NothingToPay):
        make_batch(currency="USD", user=None, now=LATER)


def test_audience_of_a_rule_is_not_pulled_away():
    audience = make_audience()
    rule = make_rule(audience=audience)

    [use] = uses_of_audiences([audience.pk])[audience.pk]

    assert use.name == rule.program.name


def test_variants_pay_each_person_once():
    audience = make_audience()
    program = make_program()
    make_rule(program, countries=["DE"], amount_minor=1000, position=1)
    make_rule(program, audience=audience, amount_minor=1500, position=2)
    make_rule(program, is_otherwise=True, position=3)
    german = make_advocate(program, make_contact(attributes={"country": "de"}))
    member = make_advocate(program)
    Membership.objects.create(contact=member.contact, audience=audience, entered_at=NOW)
    for advocate in (german, member, make_advocate(program)):
        make_order(make_referral(advocate))
    work_off()
    assert sorted(Reward.objects.values_list("amount_minor", flat=True)) == [
        1000,
        1500,
        2000,
    ]

    # Who moves keeps what was earned, and does not get the other one, too.
    german.contact.attributes = {"country": "US"}
    german.contact.save()
    touch(Referral.objects.get(advocate_contact_id=german.contact_id), NOW)
    work_off()

    mine = Reward.objects.filter(contact=german.contact)
    assert list(mine.values_list("amount_minor", "state")) == [(1000, "on_hold")]


def test_two_advocates_who_are_one_keep_what_both_earned_but_reach_a_number_once():
    program = make_program()
    make_rule(program)
    make_rule(program, counting="reaching", friend_count=1, amount_minor=700)
    one, other = make_advocate(program), make_advocate(program)
    make_order(make_referral(one))
    make_order(make_referral(other))
    work_off()
    assert Reward.objects.filter(state="on_hold").count() == 4

    merge(one.contact_id, other.contact_id)
    work_off()

    assert Reward.objects.values_list("contact_id", flat=True).distinct().count() == 1
    held = Reward.objects.filter(state="on_hold").values_list("amount_minor", flat=True)
    assert sorted(held) == [700, 2000, 2000]
    assert Reward.objects.get(state="reversed").because == "same_person"
    check_books()


def test_parting_again_gives_back_what_was_taken_back():
    advocate, referral, _ = earned()
    merged = merge(advocate.contact_id, referral.contact_id)
    work_off()
    assert Reward.objects.get().state == "reversed"

    undo_merge(merge=merged, now=NOW)
    Referral.objects.update(judge_due_at=None)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.amount_minor) == ("on_hold", 2000)
    check_books()


def test_parting_again_lets_referrals_of_both_be_looked_at():
    one, other = earned(), earned()
    merged = merge(one[0].contact_id, other[0].contact_id)
    Referral.objects.update(rewards_due_at=None, judge_due_at=None)

    undo_merge(merge=merged, now=LATER)

    due = set(Referral.objects.values_list("rewards_due_at", "judge_due_at"))
    assert due == {(LATER, LATER)}


def test_friend_who_is_the_advocate_earns_nothing():
    advocate, referral, _ = earned()

    merge(advocate.contact_id, referral.contact_id)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.because) == ("reversed", "same_person")
    check_books()
