from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from contacts.outgoing.signing import check_signature
from referrals.models import (
    CouponPool,
    Reward,
    RewardBatch,
    RewardBudget,
    RewardRule,
    RewardWebhook,
)
from referrals.rewards.credit import send_due
from tests.factories.contacts import make_user
from tests.factories.referrals import make_advocate, make_program
from tests.factories.rewards import make_order, make_referral, make_rule, work_off
from tests.receiver import receiver

pytestmark = pytest.mark.django_db

AGO = timedelta(days=30)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def product(settings):
    """Your product, which books credit."""
    settings.OUTGOING_HOSTS = ["localhost"]
    with receiver() as found:
        yield found


def earn(now, count=1, **changes):
    """Rewards of one advocate that are old enough to be paid."""
    rule = make_rule(starts_at=now - AGO * 2, **changes)
    advocate = make_advocate(rule.program)
    for _ in range(count):
        make_order(make_referral(advocate, at=now - AGO), at=now - AGO)
    work_off(now)
    return rule.program


def pages(program, reward, batch, pool, webhook):
    """Each page about rewards."""
    return {
        "referrals_program_rewards": [program.pk],
        "referrals_rewardrule_add": [program.pk],
        "referrals_reward_changelist": [],
        "referrals_reward_change": [reward.pk],
        "referrals_payments": [],
        "referrals_payment": [batch.pk],
        "referrals_coupons": [],
        "referrals_couponpool_change": [pool.pk],
        "referrals_credit": [],
        "referrals_credit_webhook": [webhook.pk],
    }


def test_pages_open_for_who_may_and_for_nobody_else(client, admin_client, now):
    program = earn(now)
    names = pages(
        program,
        Reward.objects.get(),
        RewardBatch.objects.create(currency="USD"),
        CouponPool.objects.create(name="Pool"),
        RewardWebhook.objects.create(
            name="Billing", url="https://example.com", key="k"
        ),
    )
    client.force_login(make_user("contacts.view_contact"))

    for name, args in names.items():
        url = reverse(f"admin:{name}", args=args)
        assert (name, admin_client.get(url).status_code) == (name, 200)
        assert (name, client.get(url).status_code) == (name, 403)


@pytest.mark.parametrize("name", ["referrals_reward_changelist", "referrals_payments"])
def test_lists_take_as_many_queries_for_three_as_for_one(
    admin_client, now, name, django_assert_max_num_queries
):
    earn(now, count=1)
    url = reverse(f"admin:{name}")
    admin_client.get(url)
    with django_assert_max_num_queries(30) as one:
        admin_client.get(url)

    earn(now, count=3)
    with django_assert_max_num_queries(len(one)):
        admin_client.get(url)


def test_rule_is_written_said_and_changed(admin_client):
    program = make_program()
    values = {
        "role": "advocate",
        "stage": "won",
        "delivery": "payment",
        "worth": "amount",
        "amount": "20",
        "currency": "usd",
        "minimum": "50",
        "first_orders": "1",
        "counting": "each",
        "hold_days": "14",
        "most_period": "ever",
        "since": "now",
    }
    sentence = "The advocate gets $20.00 when the friend&#x27;s first order of at least $50.00 is 14 days old."

    said = admin_client.post(
        reverse("admin:referrals_rewardrule_sentence", args=[program.pk]), values
    )
    assert sentence in said.content.decode()
    assert not RewardRule.objects.exists()
    admin_client.post(
        reverse("admin:referrals_rewardrule_add", args=[program.pk]), values
    )
    rule = RewardRule.objects.get()
    assert (rule.amount_minor, rule.minimum_minor, rule.currency) == (2000, 5000, "USD")

    change = reverse("admin:referrals_rewardrule_change", args=[program.pk, rule.pk])
    assert 'value="20.00"' in admin_client.get(change).content.decode()
    admin_client.post(change, values | {"amount": "30"})
    rule.refresh_from_db()
    new = RewardRule.objects.current().get()
    assert (new.amount_minor, new.replaces, rule.ended_at) == (
        3000,
        rule,
        new.starts_at,
    )

    page = reverse("admin:referrals_program_rewards", args=[program.pk])
    shown = admin_client.get(f"{page}?amount=60&currency=USD").content.decode()
    assert "<strong>$30.00</strong>" in shown
    assert (
        "below the minimum of $50.00"
        in admin_client.get(f"{page}?amount=40&currency=USD").content.decode()
    )
    admin_client.post(page, {"end": new.pk})
    assert not RewardRule.objects.current().exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "QQQ"}, "currency"),
        ({"amount": ""}, "amount"),
        ({"delivery": "coupon"}, "coupon_pool"),
        ({"delivery": "credit"}, "webhook"),
        ({"delivery": "shared_code"}, "shared_code"),
        ({"worth": "none"}, "worth"),
        ({"worth": "percent", "percent": "10", "stage": "lead"}, "worth"),
        ({"counting": "reaching"}, "friend_count"),
        ({"counting": "every", "friend_count": "3", "role": "friend"}, "counting"),
        ({"countries": "DE, XX1"}, "countries"),
        ({"minimum": "0"}, "minimum"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(admin_client, changes, field):
    program = make_program()
    values = {
        "role": "advocate",
        "stage": "won",
        "delivery": "payment",
        "worth": "amount",
        "amount": "20",
        "currency": "USD",
        "counting": "each",
        "hold_days": "14",
        "most_period": "ever",
    }
    answer = admin_client.post(
        reverse("admin:referrals_rewardrule_add", args=[program.pk]), values | changes
    )

    assert list(answer.context["form"].errors) == [field]
    assert not RewardRule.objects.exists()


def test_budget_is_set_and_not_below_what_is_granted(admin_client, now):
    program = earn(now)
    page = reverse("admin:referrals_program_rewards", args=[program.pk])

    answer = admin_client.post(
        page, {"budget": "1", "amount": "10", "currency": "USD", "low_percent": "20"}
    )
    assert "$20.00 has been granted already" in answer.content.decode()
    admin_client.post(
        page, {"budget": "1", "amount": "100", "currency": "USD", "low_percent": "20"}
    )

    budget = RewardBudget.objects.get()
    assert (budget.amount_minor, budget.booked_minor) == (10_000, 2_000)
    admin_client.post(page, {"remove_budget": budget.pk})
    assert not RewardBudget.objects.exists()


def test_many_are_approved_by_two_people(client, admin_client, now):
    earn(now, count=2, approval_over_minor=0)
    ticked = list(Reward.objects.values_list("pk", flat=True))
    url = reverse("admin:referrals_reward_changelist")
    action = {"action": "approve_chosen", "_selected_action": ticked}

    admin_client.post(url, action)
    admin_client.post(url, action)
    assert set(Reward.objects.values_list("state", flat=True)) == {"awaiting"}
    client.force_login(
        make_user(
            "contacts.view_contact", "referrals.view_reward", "referrals.change_reward"
        )
    )
    client.post(url, action)

    assert set(Reward.objects.values_list("state", flat=True)) == {"approved"}


def test_payment_is_made_once_by_a_double_click(admin_client, now):
    earn(now, count=2)
    admin_client.post(reverse("admin:referrals_payments"), {"currency": "USD"})
    batch = RewardBatch.objects.get()
    page = reverse("admin:referrals_payment", args=[batch.pk])
    file = b"".join(admin_client.get(f"{page}?format=csv").streaming_content).decode()
    assert file.count(",20.00,USD,") == 2

    admin_client.post(page, {"do": "paid"})
    answer = admin_client.post(page, {"do": "paid"}, follow=True)

    assert "closed before" in answer.content.decode()
    assert set(Reward.objects.values_list("state", "balance_minor")) == {
        ("fulfilled", 0)
    }
    empty = admin_client.post(
        reverse("admin:referrals_payments"), {"currency": "USD"}, follow=True
    )
    assert "Nothing waits" in empty.content.decode()


def test_what_does_not_fit_into_a_payment_is_told(admin_client, now, monkeypatch):
    monkeypatch.setattr("referrals.rewards.batches.MOST_IN_BATCH", 2)
    earn(now, count=3)

    answer = admin_client.post(
        reverse("admin:referrals_payments"), {"currency": "USD"}, follow=True
    )

    assert "the 2 rewards that have waited longest. 1 more wait" in (
        answer.content.decode()
    )


def test_reward_is_refused_with_a_reason(admin_client, now):
    earn(now)
    reward = Reward.objects.get()
    url = reverse("admin:referrals_reward_do", args=[reward.pk])

    assert (
        "Say why"
        in admin_client.post(url, {"do": "reject"}, follow=True).content.decode()
    )
    shown = admin_client.post(url, {"do": "reject", "note": "An employee"}, follow=True)

    assert '<q dir="auto">An employee</q>' in shown.content.decode()
    reward.refresh_from_db()
    assert reward.state == "rejected"


def test_receipt_says_why_there_is_no_reward(admin_client, now):
    rule = make_rule(starts_at=now - AGO * 2, minimum_minor=5000)
    referral = make_referral(make_advocate(rule.program), at=now - AGO)
    make_order(referral, 4000, at=now - AGO)
    work_off(now)

    shown = admin_client.get(
        reverse("admin:referrals_referral_change", args=[referral.pk])
    ).content.decode()

    assert "The order of $40.00 is below the minimum of $50.00." in shown
    assert "below_minimum" in shown


def test_contact_page_lists_rewards(admin_client, now):
    earn(now)
    contact = Reward.objects.get().contact

    shown = admin_client.get(
        reverse("admin:contacts_contact_change", args=[contact.pk])
    ).content.decode()

    assert "A reward of $20.00 was earned" in shown
    assert (
        reverse("admin:referrals_reward_change", args=[Reward.objects.get().pk])
        in shown
    )


def test_coupons_come_from_a_file(admin_client):
    admin_client.post(
        reverse("admin:referrals_coupons"), {"name": "Twenty", "low_count": "2"}
    )
    pool = CouponPool.objects.get()
    url = reverse("admin:referrals_couponpool_change", args=[pool.pk])

    admin_client.post(
        url, {"file": SimpleUploadedFile("codes.csv", b"code\nA1\nA2\nA1\n")}
    )
    bad = admin_client.post(url, {"file": SimpleUploadedFile("codes.csv", b"\xff\xfe")})

    assert pool.coupons.count() == 2
    assert "UTF-8" in bad.content.decode()


def test_account_credit_is_signed_and_booked_once(admin_client, now, product):
    made = admin_client.post(
        reverse("admin:referrals_credit"), {"name": "Billing", "url": product.url}
    )
    secret = made.context["secret"]
    webhook = RewardWebhook.objects.get()
    earn(now, delivery="credit", webhook=webhook)
    product.answers[:] = [503, 200]
    assert send_due(now=now) == 1
    assert Reward.objects.get().state == "sending"
    assert send_due(now=now) == 0
    assert send_due(now=now + timedelta(minutes=5)) == 1

    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor, reward.attempts) == ("fulfilled", 0, 2)
    sent = product.requests[-1]
    name = check_signature(
        [secret], headers=sent.headers, body=sent.body, now=now + timedelta(minutes=5)
    )
    assert name == f"reward_{reward.pk}_2000"


def test_refused_credit_is_sent_again(admin_client, now, product):
    admin_client.post(
        reverse("admin:referrals_credit"), {"name": "Billing", "url": product.url}
    )
    webhook = RewardWebhook.objects.get()
    earn(now, delivery="credit", webhook=webhook)
    product.answers[:] = [422, 200]
    send_due(now=now)
    assert Reward.objects.get().state == "failed"
    url = reverse("admin:referrals_credit_webhook", args=[webhook.pk])
    admin_client.post(url, {"do": "retry"})
    send_due(now=timezone.now())

    assert Reward.objects.get().state == "fulfilled"
