import itertools
from datetime import timedelta

import pytest

from contacts.models import Event
from referrals.attribution import credit_contacts
from referrals.attribution.stories import tell_milestones
from referrals.clues import Trail, leave_clues
from referrals.models import Milestone, Referral, Refund
from tests.factories.contacts import make_contact, make_event
from tests.factories.referrals import NOW, make_advocate, make_visit

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def credited(friend, advocate, at=NOW):
    make_event(friend, name="Signed Up", at=at)
    leave_clues([Trail(friend.pk, "code", advocate.code, at, "c")], now=at)
    credit_contacts([friend.pk], now=at)
    return Referral.objects.get(contact=friend)


def state_of(friend):
    referral = Referral.objects.filter(contact=friend).values(
        *("lead_at", "qualified_at", "opportunity_at", "won_at", "lost_at"),
        *("reversed_at", "counts_from", "advocate_contact_id"),
    )
    milestones = Milestone.objects.filter(contact=friend).order_by("stage", "key")
    refunds = Refund.objects.filter(contact=friend).order_by("order_key", "key")
    return [
        list(referral),
        list(
            milestones.values_list(
                *("stage", "key", "occurred_at", "amount_minor", "currency"),
                *("refunded_minor", "canceled_at"),
            )
        ),
        list(refunds.values_list("order_key", "key", "amount_minor", "currency")),
    ]


def order(friend, number, total, at, **more):
    return make_event(
        friend,
        name="Order Completed",
        at=at,
        order_id=number,
        total=total,
        currency="USD",
        **more,
    )


def test_each_order_is_a_milestone_of_its_own():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", "49.90", NOW + DAY)
    order(friend, 2, 10, NOW + 2 * DAY)
    order(friend, "1", "49.90", NOW + 3 * DAY)

    credit_contacts([friend.pk], now=NOW + 3 * DAY)

    [[referral], milestones, _] = state_of(friend)
    assert milestones == [
        ("lead", "once", NOW, None, "", 0, None),
        ("won", "order:1", NOW + DAY, 4990, "USD", 0, None),
        ("won", "order:2", NOW + 2 * DAY, 1000, "USD", 0, None),
    ]
    assert (referral["won_at"], referral["qualified_at"]) == (NOW + DAY, NOW + DAY)
    assert Event.objects.filter(name="referral_won").count() == 1


def test_looking_twice_changes_nothing_and_makes_nothing_due():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", 10, NOW + DAY)
    credit_contacts([friend.pk], now=NOW + DAY)
    Referral.objects.update(judge_due_at=None, rewards_due_at=None)
    before = state_of(friend), list(Event.objects.order_by("pk").values())

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    assert (state_of(friend), list(Event.objects.order_by("pk").values())) == before
    referral = Referral.objects.get()
    assert (referral.judge_due_at, referral.rewards_due_at) == (None, None)


def test_what_changes_makes_fraud_and_rewards_due():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    Referral.objects.update(judge_due_at=None, rewards_due_at=None)
    order(friend, "1", 10, NOW + DAY)

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    referral = Referral.objects.get()
    due = NOW + 2 * DAY
    assert (referral.judge_due_at, referral.rewards_due_at) == (due, due)


def test_a_partial_refund_leaves_the_rest():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", "50.00", NOW + DAY)
    make_event(
        friend, name="Order Refunded", at=NOW + 2 * DAY, order_id="1", total="12.50"
    )

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    won = Milestone.objects.get(stage="won")
    assert (won.refunded_minor, won.net_minor, won.is_taken_back) == (1250, 3750, False)
    assert Referral.objects.get().reversed_at is None


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        ("Order Refunded", {}),
        ("Order Refunded", {"total": "50.00"}),
        ("Order Refunded", {"total": 80, "currency": "USD"}),
        ("Order Cancelled", {}),
        ("order_canceled", {"total": "1.00", "currency": "USD"}),
    ],
)
def test_what_is_taken_back_as_a_whole_is_reversed(name, properties):
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", "50.00", NOW + DAY)
    make_event(friend, name=name, at=NOW + 2 * DAY, order_id="1", **properties)

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    won, referral = Milestone.objects.get(stage="won"), Referral.objects.get()
    assert (won.refunded_minor, won.net_minor, won.is_taken_back) == (5000, 0, True)
    assert (referral.won_at, referral.reversed_at) == (NOW + DAY, NOW + 2 * DAY)
    assert referral.stage == "reversed"
    names = Event.objects.filter(name__endswith="reversed").order_by("name")
    assert list(names.values_list("name", flat=True)) == [
        "referral_reversed",
        "referred_reversed",
    ]


def test_a_referral_with_another_order_is_not_reversed():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", 50, NOW + DAY)
    order(friend, "2", 50, NOW + DAY)
    make_event(friend, name="Order Cancelled", at=NOW + 2 * DAY, order_id="1")

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    assert Referral.objects.get().stage == "won"


def test_a_refund_in_another_currency_takes_nothing_back():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", 50, NOW + DAY)
    make_event(
        *(friend,),
        name="Order Refunded",
        at=NOW,
        order_id="1",
        total=50,
        currency="EUR",
    )

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    won = Milestone.objects.get(stage="won")
    assert (won.refunded_minor, won.has_odd_refund) == (0, True)
    assert Refund.objects.get().currency == "EUR"
    told = [line.text for line in tell_milestones(Referral.objects.get())]
    assert (
        "The refund of €50.00 could not be set against order 1, which is in USD."
        in told
    )


def test_an_order_that_is_canceled_as_well_needs_no_look():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    order(friend, "1", 50, NOW + DAY)
    values = {"order_id": "1", "total": 5, "currency": "EUR"}
    make_event(friend, name="Order Refunded", at=NOW, **values)
    make_event(friend, name="Order Cancelled", at=NOW + 2 * DAY, order_id="1")

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    assert not Milestone.objects.get(stage="won").has_odd_refund


def steps_in_any_order():
    happenings = [
        ("Signed Up", NOW, {}),
        ("Opportunity Created", NOW + DAY, {"opportunity_id": "7"}),
        (
            "Order Completed",
            NOW + 2 * DAY,
            {"order_id": "1", "total": 50, "currency": "USD"},
        ),
        (
            "Order Refunded",
            NOW + 3 * DAY,
            {"order_id": "1", "total": 20, "refund_id": "a"},
        ),
    ]
    return list(itertools.permutations(happenings))


@pytest.mark.parametrize("happenings", steps_in_any_order())
def test_any_order_of_arrival_gives_the_same_end(happenings):
    advocate, friend = make_advocate(), make_contact()
    visit = make_visit(advocate, now=NOW - DAY)
    leave_clues([Trail(friend.pk, "device", visit.click_id, NOW - DAY)], now=NOW)

    for number, (name, at, properties) in enumerate([*happenings, *happenings]):
        make_event(friend, name=name, at=at, key=f"{name} {number}", **properties)
        credit_contacts([friend.pk], now=NOW + 4 * DAY)

    assert state_of(friend) == [
        [
            {
                "lead_at": NOW,
                "qualified_at": NOW + DAY,
                "opportunity_at": NOW + DAY,
                "won_at": NOW + 2 * DAY,
                "lost_at": None,
                "reversed_at": None,
                "counts_from": NOW - DAY,
                "advocate_contact_id": advocate.contact_id,
            }
        ],
        [
            ("lead", "once", NOW, None, "", 0, None),
            ("opportunity", "opportunity:7", NOW + DAY, None, "", 0, None),
            ("won", "order:1", NOW + 2 * DAY, 5000, "USD", 2000, None),
        ],
        [("order:1", "refund:a", 2000, "USD")],
    ]


def test_an_order_alone_makes_a_lead_too():
    advocate, friend = make_advocate(), make_contact()
    order(friend, "1", 50, NOW)
    leave_clues([Trail(friend.pk, "coupon", advocate.code, NOW, "c")], now=NOW)

    credit_contacts([friend.pk], now=NOW)

    rows = Milestone.objects.order_by("stage").values_list("stage", "key")
    assert list(rows) == [("lead", "once"), ("won", "order:1")]
    assert Referral.objects.get().source == "coupon"


def test_who_is_lost_and_won_after_all_is_won():
    advocate, friend = make_advocate(), make_contact()
    credited(friend, advocate)
    make_event(friend, name="Deal Lost", at=NOW + DAY, deal_id="7")
    credit_contacts([friend.pk], now=NOW + DAY)
    assert Referral.objects.get().stage == "lost"
    make_event(friend, name="Deal Won", at=NOW + 2 * DAY, deal_id="7")

    credit_contacts([friend.pk], now=NOW + 2 * DAY)

    assert Referral.objects.get().stage == "won"
