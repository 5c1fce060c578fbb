"""One friend, referral or reward that fails stands aside; the others go on."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.urls import reverse

from contacts.models import Reaction
from referrals.attribution import credit
from referrals.attribution.inbox import backlog, credit_next
from referrals.clues import Trail, leave_clues
from referrals.models import Referral, Reward, Setback
from referrals.rewards import due, reckon
from referrals.setbacks import try_again
from tests.factories.contacts import make_contact, make_event, make_user
from tests.factories.referrals import NOW, make_advocate
from tests.factories.rewards import make_order, make_referral, make_rule, work_off

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def bring(advocate, count):
    """So many friends who typed the advocate's code."""
    friends = [make_contact() for _ in range(count)]
    for friend in friends:
        make_event(friend, name="signed_up", at=NOW)
        leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "k")], now=NOW)
    return friends


def fail_for(monkeypatch, friend, error=ZeroDivisionError):
    own = credit._look_at

    def look(facts, *rest, **more):
        if facts.contact_id == friend.pk:
            raise error("<odd>")
        return own(facts, *rest, **more)

    monkeypatch.setattr(credit, "_look_at", look)


def referred():
    return set(Referral.objects.values_list("contact_id", flat=True))


def test_a_friend_who_fails_stands_aside_and_the_others_are_credited(monkeypatch):
    friends = bring(make_advocate(), 7)
    fail_for(monkeypatch, friends[3])

    assert credit_next(now=NOW) == 7
    assert credit_next(now=NOW) == 0

    assert referred() == {one.pk for one in friends} - {friends[3].pk}
    assert not Reaction.objects.filter(consumer="referrals").exists()
    setback = Setback.objects.get()
    assert (setback.contact, setback.attempts) == (friends[3], 1)
    assert setback.error == "ZeroDivisionError: <odd>"
    assert backlog(NOW + MINUTE).count == 0
    # Tried again, ever later, until it works.
    assert credit_next(now=NOW + 2 * MINUTE) == 1
    setback.refresh_from_db()
    assert (setback.attempts, setback.due_at) == (2, NOW + 6 * MINUTE)
    monkeypatch.undo()
    assert credit_next(now=NOW + 6 * MINUTE) == 1
    assert friends[3].pk in referred()
    assert not Setback.objects.exists()


def test_a_lost_connection_is_nobodys_fault(monkeypatch):
    [friend] = bring(make_advocate(), 1)
    fail_for(monkeypatch, friend, OperationalError)

    with pytest.raises(OperationalError):
        credit_next(now=NOW)

    assert Reaction.objects.filter(consumer="referrals").exists()
    assert not Setback.objects.exists()


def test_what_happens_next_is_tried_at_once(monkeypatch):
    [friend] = bring(make_advocate(), 1)
    fail_for(monkeypatch, friend)
    credit_next(now=NOW)
    monkeypatch.undo()

    leave_clues([Trail(friend.pk, "coupon", "x", NOW, "k")], now=NOW)
    credit_next(now=NOW)

    assert referred() == {friend.pk}
    assert not Setback.objects.exists()


def test_a_referral_that_fails_does_not_hold_up_rewards(monkeypatch):
    rule = make_rule(hold_days=0)
    advocate = make_advocate(rule.program)
    bad, good = [make_referral(advocate) for _ in range(2)]
    for referral in (bad, good):
        make_order(referral)
    own = reckon._reckon

    def fail(referrals, *rest):
        if bad in referrals:
            raise ZeroDivisionError
        own(referrals, *rest)

    monkeypatch.setattr(reckon, "_reckon", fail)
    work_off()

    assert list(Reward.objects.values_list("referral_id", flat=True)) == [good.pk]
    setback = Setback.objects.get()
    assert (setback.work, setback.row_id) == ("reckon", bad.pk)
    monkeypatch.undo()
    assert reckon.reckon_due(now=NOW + MINUTE) == 0
    work_off(NOW + 2 * MINUTE)
    assert Reward.objects.count() == 2
    assert not Setback.objects.exists()


def test_a_reward_that_fails_does_not_hold_up_the_others(monkeypatch):
    rule = make_rule(hold_days=0)
    for _ in range(2):
        make_order(make_referral(make_advocate(rule.program)))
    reckon.reckon_due(now=NOW)
    bad = Reward.objects.order_by("pk").first()
    own = due.approve

    def fail(reward, **more):
        if reward.pk == bad.pk:
            raise ZeroDivisionError
        own(reward, **more)

    monkeypatch.setattr(due, "approve", fail)
    work_off()

    states = dict(Reward.objects.values_list("pk", "state"))
    assert states.pop(bad.pk) == "on_hold"
    assert list(states.values()) == ["approved"]
    monkeypatch.undo()
    assert try_again(Setback.objects.all(), now=NOW + MINUTE) == 1
    work_off(NOW + MINUTE)
    assert set(Reward.objects.values_list("state", flat=True)) == {"approved"}
    assert not Setback.objects.exists()


def test_the_operator_sees_it_and_tries_it_at_once(monkeypatch, client):
    friends = bring(make_advocate(), 2)
    fail_for(monkeypatch, friends[0])
    credit_next(now=NOW)
    url = reverse("admin:campaigns_operations")
    names = ("campaigns.view_campaign", "contacts.view_contact")
    client.force_login(make_user(*names, username="reader"))
    setback = Setback.objects.get()
    page = client.get(url).content.decode()

    assert "ZeroDivisionError: &lt;odd&gt;" in page
    assert "1 piece of referral work failed." in page
    assert "Try again now" not in page
    assert client.post(url, {"setback": "all"}).status_code == 403

    client.force_login(
        make_user(*names, "campaigns.publish_campaign", username="operator")
    )
    for odd in ("x", "0", "9" * 30):
        client.post(url, {"setback": odd})
    assert Setback.objects.get().due_at == setback.due_at
    page = client.post(url, {"setback": setback.pk}, follow=True)
    assert "1 tried again" in page.content.decode()
    monkeypatch.undo()
    credit_next(now=Setback.objects.get().due_at)
    assert len(referred()) == 2
