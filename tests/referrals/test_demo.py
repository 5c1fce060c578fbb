from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from contacts import demo as people
from contacts.models import Contact, Event
from referrals import demo
from referrals.generations import report
from referrals.links import find_advocate, friend_url
from referrals.models import Advocate, Program, Referral, Visit
from tests.factories.referrals import make_advocate

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_load_makes_a_history_that_holds_together():
    people.load(seed=1, contacts=400, days=180, now=NOW)

    demo.load(seed=1, contacts=400, days=180, now=NOW)

    program = Program.objects.get(name=demo.PROGRAM)
    assert friend_url(program, click_id="", channel="").startswith(
        "http://testserver/demo-shop/?"
    )
    referrals = list(Referral.objects.all())
    assert referrals
    assert Advocate.objects.count() > 8
    assert {
        row.number for row in report(program, window_days=30, now=NOW).generations
    } >= {
        0,
        1,
    }
    assert find_advocate("coffee-club").name_shown_at
    for advocate in Advocate.objects.select_related("contact"):
        assert advocate.contact.created_at < advocate.joined_at < NOW
    for referral in referrals:
        friend = Contact.objects.get(pk=referral.contact_id)
        assert referral.lead_at == friend.created_at
        assert referral.lead_at < (referral.won_at or NOW) <= NOW
    names = Counter(Event.objects.values_list("name", flat=True))
    assert names["referral_lead"] == names["referred"] == len(referrals)
    assert names["referral_won"] == sum(row.won_at is not None for row in referrals)
    assert names["link_visited"] == Visit.objects.filter(kind="human").count()
    assert not Event.objects.filter(occurred_at__gt=NOW).exists()


def test_make_history_leaves_out_what_is_still_to_come():
    advocate = make_advocate()
    later = NOW + timedelta(days=1)

    joined = demo.make_history(chance=Random(1), shared=[(advocate, later)], now=NOW)

    assert joined == 0
    assert demo.make_history(chance=Random(1), shared=[], now=NOW) == 0
    assert not Event.objects.exists()
    assert not Visit.objects.exists()
