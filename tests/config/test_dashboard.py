from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Message
from contacts.background import SLICES, Backlog, Slice
from contacts.models import Doorbell
from referrals.models import (
    Coupon,
    CouponPool,
    FraudCase,
    Milestone,
    Referral,
    Reward,
    RewardBudget,
)
from tests.factories.campaigns import make_ask, make_campaign, make_message
from tests.factories.contacts import make_user
from tests.factories.receipts import make_volume
from tests.factories.referrals import make_advocate, make_program
from tests.factories.rewards import make_order, make_referral, make_rule
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


def home(client):
    return client.get(reverse("admin:index"))


def test_home_leads_a_new_installation_to_the_first_referral(admin_client):
    response = home(admin_client)

    steps = response.context["first_steps"]
    assert [(step.title, step.is_done) for step in steps] == [
        ("Import your customers", False),
        ("Say what you offer", False),
        ("Choose whom to ask", False),
        ("Start a campaign", False),
    ]
    assert "Nothing needs your attention." in response.text


def test_home_shows_how_the_asks_are_doing(admin_client):
    now = timezone.now()
    campaign = make_campaign(name="Autumn", state=Campaign.State.RUNNING)
    ask = make_ask(campaign, asked_at=now, delivered_at=now, won_at=now)
    make_message(ask, state=Message.State.ACCEPTED, finished_at=now)

    response = home(admin_client)

    numbers = response.context["numbers"]
    assert (numbers.sent_today, numbers.leads, numbers.won) == (1, 1, 1)
    assert [line.campaign.name for line in response.context["totals"]] == ["Autumn"]
    assert response.context["latest"] == [ask]


def test_home_names_what_needs_attention(admin_client, monkeypatch):
    now = timezone.now()
    late = Backlog(3, now - timedelta(minutes=5))
    piece = Slice("test.late", "Test lateness", "tests.none", lambda _: late)
    monkeypatch.setitem(SLICES, "test.late", piece)
    Doorbell.objects.create(slice_name="test.late", error="Boom: no", failed_at=now)
    paused = make_campaign(name="Autumn", state=Campaign.State.PAUSED)
    for visit in (1, 2):
        make_message(make_ask(paused), state=Message.State.UNKNOWN, visit=visit)

    response = home(admin_client)

    notices = [(notice.tone, notice.text) for notice in response.context["notices"]]
    assert notices == [
        ("bad", f"“Test lateness” failed {now:%H:%M} UTC: Boom: no"),
        (
            "bad",
            f"“Test lateness” has work that was due at {late.oldest:%H:%M} UTC."
            " Check that the worker is running.",
        ),
        (
            "warn",
            "2 messages were handed over, but the mail server never said what became of"
            " them. Nothing is sent twice by itself.",
        ),
        ("info", "The campaign “Autumn” is paused. Nobody moves and nothing is sent."),
    ]


def test_home_names_sources_that_stopped_or_send_what_is_refused(client):
    now = timezone.now()
    shop, app, fine = (make_source(name=name) for name in ("Shop", "App", "Fine"))
    make_volume(shop, now, accepted=80, rejected=20)
    make_volume(app, now - timedelta(days=3), accepted=5)
    make_volume(fine, now, accepted=5)
    permissions = ("campaigns.view_campaign", "contacts.view_source")

    def notices(*given):
        client.force_login(make_user(*given))
        return [
            (notice.tone, notice.text, notice.link)
            for notice in home(client).context["notices"]
        ]

    assert notices(*permissions) == [
        (
            "warn",
            "“App”: It used to send; the last message came 3 days ago.",
            f"/data/sources/{app.pk}/",
        ),
        (
            "bad",
            "“Shop”: 20 of 100 messages were refused in the last 24 hours (20%).",
            f"/data/sources/{shop.pk}/",
        ),
    ]
    assert notices(permissions[0]) == []


def test_home_of_somebody_who_may_see_no_campaigns_says_so(client):
    client.force_login(make_user())

    response = home(client)

    assert "numbers" not in response.context
    assert "What you see there depends on what you may do." in response.text


def test_home_leads_along_the_way_of_a_referral(admin_client):
    now = timezone.now()
    campaign = make_campaign(state=Campaign.State.RUNNING)
    make_ask(campaign, asked_at=now, delivered_at=now, intent_at=now)
    advocate = make_advocate(campaign.program)
    referral = make_referral(advocate, at=now, won_at=now)
    make_referral(advocate, at=now)
    values = {"contact_id": referral.contact_id, "referral_id": referral.pk}
    Reward.objects.create(
        contact_id=advocate.contact_id,
        program=campaign.program,
        rule=make_rule(campaign.program),
        role="advocate",
        referral_contact_id=referral.contact_id,
        referral_id=referral.pk,
        milestone_key="once",
        state="awaiting",
        earned_at=now,
        created_at=now,
        held_until=now,
    )
    FraudCase.objects.create(
        **values, program=campaign.program, verdict="held", judged_at=now, held_at=now
    )
    Referral.objects.filter(pk=referral.pk).update(fraud_state="held")

    stops = home(admin_client).context["stops"]

    assert [(stop.label, stop.count, stop.needs_people) for stop in stops] == [
        ("Asked", 1, False),
        ("Yes", 1, False),
        ("Friends", 2, False),
        ("Won", 1, False),
        ("To approve", 1, True),
        ("Held", 1, True),
    ]
    assert [admin_client.get(stop.link).status_code for stop in stops] == [200] * 6


def test_home_shows_of_referrals_what_the_user_may_see(client):
    client.force_login(make_user("campaigns.view_campaign"))
    assert home(client).context["stops"] == []

    client.force_login(make_user("campaigns.view_campaign", "referrals.view_referral"))
    stops = home(client).context["stops"]
    assert [stop.label for stop in stops] == ["Asked", "Yes", "Friends", "Won"]
    assert [client.get(stop.link).status_code for stop in stops] == [200] * 4


def test_home_names_what_of_rewards_runs_out(admin_client):
    program = make_program(name="Spring")
    pool = CouponPool.objects.create(name="Twenty off", low_count=2)
    CouponPool.objects.create(name="Unused", low_count=2)
    make_rule(program, delivery="coupon", coupon_pool=pool)
    Coupon.objects.create(pool=pool, code="A", added_at=timezone.now())
    for currency, booked, paused_at in (
        ("USD", 9_500, None),
        ("EUR", 100, None),
        ("GBP", 10_000, timezone.now()),
    ):
        RewardBudget.objects.create(
            program=program,
            currency=currency,
            amount_minor=10_000,
            booked_minor=booked,
            paused_at=paused_at,
        )
    order = make_order(make_referral(make_advocate(program)))
    Milestone.objects.filter(pk=order.pk).update(has_odd_refund=True)
    Referral.objects.update(rewards_due_at=None)

    response = home(admin_client)

    notices = response.context["notices"]
    assert [(notice.tone, notice.text) for notice in notices] == [
        (
            "warn",
            "The reward budget of “Spring” is nearly spent: $5.00 of $100.00 is left.",
        ),
        (
            "bad",
            "The reward budget of “Spring” is spent: £0.00 of £100.00 is left."
            " New rewards wait.",
        ),
        ("warn", "The coupons “Twenty off” are nearly used up: 1 left."),
        (
            "warn",
            "1 order was refunded in another currency, so nobody could say how much is"
            " left and the rewards stay.",
        ),
    ]
    assert {admin_client.get(notice.link).status_code for notice in notices} == {200}
