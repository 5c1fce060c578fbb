from datetime import timedelta

import pytest

from contacts.models import Event
from referrals.attribution import credit_contacts
from referrals.attribution.by_hand import (
    CreditRefused,
    give_credit,
    move_credit,
    withdraw_credit,
)
from referrals.clues import Trail, leave_clues
from referrals.models import CreditDecision, Milestone, Referral
from tests.factories.contacts import make_contact, make_event, make_user
from tests.factories.referrals import NOW, make_advocate, make_program

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def give(friend, advocate, **changes):
    values = {
        "friend_contact_id": friend.pk,
        "advocate": advocate,
        "counts_from": NOW - DAY,
        "reason": "She wrote it.",
        "user": None,
        "now": NOW,
    }
    return give_credit(**values | changes)


def test_credit_by_hand_counts_what_the_friend_did_since():
    advocate, friend, user = make_advocate(), make_contact(), make_user()
    for number, at in ((1, NOW - 2 * DAY), (2, NOW - DAY)):
        make_event(
            friend,
            name="Order Completed",
            at=at,
            order_id=number,
            total=5,
            currency="USD",
        )

    referral = give(friend, advocate, user=user)

    assert (referral.source, referral.stage) == ("hand", "won")
    keys = Milestone.objects.order_by("stage").values_list("stage", "key")
    assert list(keys) == [("lead", "once"), ("won", "order:2")]
    decision = CreditDecision.objects.get()
    assert (decision.kind, decision.reason) == ("given", "She wrote it.")
    assert (decision.decided_by, decision.to_contact_id) == (user, advocate.contact_id)
    assert referral.rewards_due_at == NOW


@pytest.mark.parametrize("reason", ["", "   "])
def test_credit_by_hand_needs_a_reason(reason):
    with pytest.raises(CreditRefused, match="Say why"):
        give(make_contact(), make_advocate(), reason=reason)


def test_nobody_gets_credit_for_himself_or_what_another_has():
    advocate, friend = make_advocate(), make_contact()
    other = make_advocate(advocate.program)
    with pytest.raises(CreditRefused, match="himself"):
        give(advocate.contact, advocate)
    give(friend, advocate)

    with pytest.raises(CreditRefused, match="already"):
        give(friend, other)

    assert CreditDecision.objects.count() == 1


def test_moved_credit_keeps_what_the_friend_did():
    program = make_program()
    before, after = make_advocate(program), make_advocate(program)
    friend = make_contact()
    referral = give(friend, before)
    make_event(friend, name="Signed Up", at=NOW)
    Referral.objects.update(rewards_due_at=None, judge_due_at=None)

    move_credit(
        referral=referral, advocate=after, reason="It was him.", user=None, now=NOW
    )

    referral.refresh_from_db()
    assert referral.advocate_contact_id == after.contact_id
    assert (referral.rewards_due_at, referral.judge_due_at) == (NOW, NOW)
    decision = CreditDecision.objects.get(kind="moved")
    assert (decision.from_contact_id, decision.to_contact_id) == (
        before.contact_id,
        after.contact_id,
    )
    told = Event.objects.filter(name__startswith="referral_credit").order_by("name")
    assert list(told.values_list("name", "contact_id")) == [
        ("referral_credit_given", after.contact_id),
        ("referral_credit_taken", before.contact_id),
    ]


def test_credit_moves_only_within_the_program():
    referral = give(make_contact(), make_advocate())

    with pytest.raises(CreditRefused, match="another program"):
        move_credit(
            referral=referral, advocate=make_advocate(), reason="x", user=None, now=NOW
        )


def test_withdrawn_credit_earns_nothing_and_no_event_brings_it_back():
    advocate, friend = make_advocate(), make_contact()
    make_event(friend, name="Signed Up", at=NOW)
    leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)
    credit_contacts([friend.pk], now=NOW)

    withdraw_credit(
        referral=Referral.objects.get(), reason="A colleague.", user=None, now=NOW
    )
    make_event(friend, name="Order Completed", at=NOW + DAY, order_id="1")
    credit_contacts([friend.pk], now=NOW + DAY)

    referral = Referral.objects.get()
    assert (referral.stage, referral.fraud_state) == ("withdrawn", "rejected")
    assert (referral.won_at, referral.judge_due_at) == (None, None)
    assert referral.rewards_due_at == NOW
    assert not Milestone.objects.exists()
    with pytest.raises(CreditRefused, match="before"):
        withdraw_credit(referral=referral, reason="x", user=None, now=NOW)


def test_withdrawn_credit_may_be_given_anew():
    advocate, friend = make_advocate(), make_contact()
    make_event(friend, name="Signed Up", at=NOW)
    withdraw_credit(referral=give(friend, advocate), reason="x", user=None, now=NOW)

    referral = give(friend, advocate)

    assert (referral.stage, referral.fraud_state) == ("lead", "unjudged")
    kinds = CreditDecision.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["given", "withdrawn", "given"]
    assert len(referral.receipt["by_hand"]) == 2
