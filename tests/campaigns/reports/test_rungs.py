"""Which way of an ask got the Yes."""

from datetime import timedelta

import pytest

from campaigns.reports.period import read_period
from campaigns.reports.rungs import RungCount, count_rungs
from tests.factories.campaigns import NOW, make_ask, make_message
from tests.factories.messages import make_mail_campaign

pytestmark = pytest.mark.django_db


def count(campaign):
    return count_rungs(campaign, read_period("all", now=NOW + timedelta(days=1)))


def test_each_way_counts_its_asks_and_its_yes():
    campaign = make_mail_campaign()
    by_app = make_ask(campaign, answer="yes", answered_via="in_app")
    make_message(by_app, channel="in_app", state="accepted")
    by_mail = make_ask(campaign, answer="yes", answered_via="email")
    make_message(by_mail, channel="in_app", state="accepted")
    make_message(by_mail, channel="email", state="accepted")
    silent = make_ask(campaign, answer="not_now", answered_via="email")
    make_message(silent, channel="in_app", state="canceled")
    make_message(silent, channel="email", state="unknown")
    back = make_ask(campaign, refunded_at=NOW)
    make_message(back, channel="dm", state="accepted")

    assert count(campaign) == [
        RungCount("In the product", 2, 1),
        RungCount("Email", 2, 1),
    ]


def test_mail_alone_needs_no_table():
    campaign = make_mail_campaign()
    make_message(
        make_ask(campaign, answer="yes", answered_via="email"), state="accepted"
    )

    assert count(campaign) == []
