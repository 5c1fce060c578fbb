import secrets
from datetime import timedelta

import pytest
from django.db import DatabaseError

from contacts.models import Event
from referrals.arrivals import Arrival
from referrals.attribution.inbox import credit_next
from referrals.clues import Trail, leave_clues
from referrals.models import ClickId, Referral, Visit, VisitCount, WaitingVisit
from referrals.views.quick import QuickLinks
from referrals.visit_counts import count_visits, keep_count
from referrals.waiting_visits import backlog, judge_waiting, let_wait, version_of
from tests.factories.contacts import make_contact, make_event
from tests.factories.referrals import BROWSER, NOW, make_advocate, make_program
from tests.referrals.test_visit_buffer import ask, django_answers

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def wait(advocate, *, click="", at=NOW, address="192.0.2.1", **changes):
    arrival = Arrival(address=address, headers={"User-Agent": BROWSER}, **changes)
    return let_wait(
        contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        version=version_of(advocate.program_id),
        click_id=click or secrets.token_urlsafe(16),
        arrival=arrival,
        now=at,
    )


def kinds():
    return list(Visit.objects.order_by("visited_at").values_list("kind", flat=True))


def test_a_visit_is_judged_and_told_a_moment_later():
    advocate = make_advocate()
    mailed = NOW - timedelta(days=1)
    assert wait(advocate, click="a" * 22, channel="whatsapp", ad_parameter="gclid")
    assert wait(advocate, at=NOW + MINUTE)
    assert wait(advocate, at=NOW + MINUTE, address="192.0.2.2", mailed_at=mailed)
    assert backlog(NOW + MINUTE).count == 3
    assert not Visit.objects.exists()

    assert judge_waiting(now=NOW + MINUTE) == 3
    assert judge_waiting(now=NOW + MINUTE) == 0

    assert kinds() == ["human", "duplicate", "human"]
    first = Visit.objects.get(click_id="a" * 22)
    assert (first.channel, first.ad_parameter, first.visited_at) == (
        "whatsapp",
        "gclid",
        NOW,
    )
    assert ClickId.objects.filter(contact_id=advocate.contact_id).count() == 3
    # The one from a mail of ours is told later.
    assert Event.objects.filter(name="link_visited").count() == 1


def test_a_day_is_counted_only_when_none_of_its_visits_waits():
    later = NOW + timedelta(days=3)
    wait(make_advocate())
    keep_count(now=later)
    judge_waiting(now=later)

    keep_count(now=later)

    counted = count_visits(since=None, until=later)
    assert sum(counted.values()) == VisitCount.objects.get().visits == 1


def test_what_fails_stays_there(monkeypatch):
    wait(make_advocate())

    def fail(*words, **named):
        raise DatabaseError("gone")

    monkeypatch.setattr("referrals.waiting_visits.record_visits", fail)
    with pytest.raises(DatabaseError):
        judge_waiting(now=NOW)

    assert WaitingVisit.objects.count() == 1


def test_a_friend_who_names_a_click_at_once_is_credited():
    advocate, friend = make_advocate(), make_contact()
    wait(advocate, click="c" * 22)
    make_event(friend, name="signed_up", at=NOW + MINUTE)
    leave_clues([Trail(friend.pk, "click", "c" * 22, NOW + MINUTE)], now=NOW + MINUTE)

    while credit_next(now=NOW + MINUTE):
        pass

    referral = Referral.objects.get()
    assert referral.advocate_contact_id == advocate.contact_id
    assert not WaitingVisit.objects.exists()


def test_of_an_advocate_who_has_gone_nothing_is_left():
    advocate = make_advocate()
    wait(advocate)
    advocate.delete()

    assert judge_waiting(now=NOW) == 1
    assert not Visit.objects.exists()
    assert not WaitingVisit.objects.exists()


def led_on(links, advocate):
    answer = ask(links, f"/r/{advocate.code}?c=copy&gclid=1")
    return answer != "django" and answer["status"] == "302 Found"


def test_a_friend_is_led_on_with_the_visit_recorded():
    advocate = make_advocate()

    answer = ask(QuickLinks(django_answers), f"/r/{advocate.code}?c=copy&gclid=1")

    waiting = WaitingVisit.objects.get()
    assert answer["headers"]["Location"].endswith(f"gl_click={waiting.click_id}")
    assert (waiting.contact, waiting.program) == (advocate.contact, advocate.program)
    assert (waiting.arrival["channel"], waiting.arrival["ad"]) == ("copy", "gclid")
    assert "192.0.2.9" not in str(waiting.arrival)


@pytest.mark.parametrize("what", ["pause", "move", "expire", "block", "forget"])
def test_a_change_counts_at_once(what):
    advocate = make_advocate()
    links = QuickLinks(django_answers)
    assert led_on(links, advocate)
    program, contact = advocate.program, advocate.contact
    if what == "pause":
        program.paused_at = NOW
    elif what == "move":
        program.destination_url = "https://shop.example.com/other"
    elif what == "expire":
        program.expires_at = NOW
    elif what == "block":
        advocate.blocked_at = NOW
    else:
        contact.erased_at = NOW
    for row in (program, advocate, contact):
        row.save()

    assert ask(links, f"/r/{advocate.code}?c=copy") == "django"
    assert WaitingVisit.objects.count() == 1
    # What only leads elsewhere is looked up anew.
    assert led_on(links, advocate) == (what == "move")


def test_a_database_that_is_away_leaves_it_to_django(monkeypatch):
    advocate = make_advocate(make_program())
    links = QuickLinks(django_answers)

    def fail(*words, **named):
        raise DatabaseError("gone")

    monkeypatch.setattr("referrals.views.quick.let_wait", fail)
    monkeypatch.setattr("referrals.views.quick.connection.close", lambda: None)

    assert ask(links, f"/r/{advocate.code}") == "django"
