"""Whoever packs gifts sees which ones can be sent, and where to."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.models import Delivery, Reward
from referrals.rewards.claiming import Address, give_address
from tests.factories.contacts import make_user
from tests.factories.referrals import NOW, make_advocate
from tests.factories.rewards import make_order, make_referral, make_rule, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def gifts(client):
    """Three gifts, of which two can be sent."""
    client.force_login(make_user(is_superuser=True))
    rule = make_rule(delivery=Delivery.GIFT, label="A bag of beans", hold_days=0)
    advocate = make_advocate(rule.program)
    for _ in range(3):
        make_order(make_referral(advocate))
    work_off(NOW)
    found = list(Reward.objects.order_by("pk"))
    for number, reward in enumerate(found[:2]):
        address = Address("=Ada", f"{number} Main Street", "10115", "Berlin", "DE")
        give_address(reward=reward, address=address, now=timezone.now())
    return found


def test_payments_say_what_can_be_sent(client, gifts):
    page = client.get(reverse("admin:referrals_payments")).content.decode()

    assert "2 gifts to send" in page
    assert "1 more waits for a postal address." in page


def test_list_exports_addresses_with_few_queries(
    client, gifts, django_assert_max_num_queries
):
    url = reverse("admin:referrals_reward_export")
    query = "?rule__delivery__exact=gift&state__exact=approved"
    with django_assert_max_num_queries(8):
        text = client.get(url + query).getvalue().decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    found = [
        (row["send to"], row["street"], row["postal code"], row["country"])
        for row in rows
    ]
    assert sorted(found) == [
        ("", "", "", ""),
        ("'=Ada", "0 Main Street", "10115", "DE"),
        ("'=Ada", "1 Main Street", "10115", "DE"),
    ]
    assert {row["what it is"] for row in rows} == {"A bag of beans"}


def test_reward_shows_where_it_goes_or_what_it_waits_for(client, gifts):
    ready, waiting = (
        client.get(
            reverse("admin:referrals_reward_change", args=[one.pk])
        ).content.decode()
        for one in (gifts[0], gifts[2])
    )

    assert "0 Main Street" in ready
    assert "10115 Berlin" in ready
    assert "Germany" in ready
    assert "It waits for the postal address" in waiting
    assert "/reward/" in waiting


def test_gifts_are_ticked_together_and_nothing_else_is(client, gifts):
    money = make_rule(hold_days=0)
    make_order(make_referral(make_advocate(money.program)))
    work_off(NOW)
    ids = list(Reward.objects.values_list("pk", flat=True))

    page = client.post(
        reverse("admin:referrals_reward_changelist"),
        {"action": "send_chosen", "_selected_action": ids},
        follow=True,
    ).content.decode()

    assert "3 gifts are marked as sent." in page
    assert "1 not marked: Only an approved gift can be marked as sent." in page
    assert Reward.objects.filter(state="fulfilled").count() == 3
