import threading
from datetime import timedelta

import pytest
from django.db import connection

from contacts.models import Event
from referrals.arrivals import Arrival
from referrals.models import ClickId, Visit
from referrals.traps import walk_in
from referrals.visits import Arrived, record_visit, record_visits
from tests.factories.referrals import BROWSER, NOW, make_advocate, make_visit

HOUR = timedelta(hours=1)


def kinds_of(advocate):
    rows = Visit.objects.filter(contact=advocate.contact).order_by("pk")
    return list(rows.values_list("kind", flat=True))


@pytest.mark.django_db
def test_record_visit_keeps_what_was_seen():
    advocate = make_advocate()
    arrival = Arrival(
        address="192.0.2.1",
        headers={"User-Agent": BROWSER, "Referer": "https://chat.example/room?x=1"},
        channel="WhatsApp",
    )

    visit = record_visit(advocate=advocate, arrival=arrival, now=NOW)

    visit.refresh_from_db()
    assert (visit.contact, visit.program) == (advocate.contact, advocate.program)
    assert (visit.advocate_id, visit.visited_at) == (advocate.pk, NOW)
    assert (visit.kind, visit.reason, visit.channel) == ("human", "", "whatsapp")
    assert (visit.user_agent, visit.referrer_host) == (BROWSER, "chat.example")
    assert len(visit.address_hash) == len(visit.visitor_key) == 32
    assert "192.0.2.1" not in f"{visit.address_hash}{visit.visitor_key}"
    assert (
        ClickId.objects.get(click_id=visit.click_id).contact_id == advocate.contact_id
    )
    event = Event.objects.get(contact=advocate.contact)
    assert (event.name, event.occurred_at) == ("link_visited", NOW)
    assert event.properties == {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "channel": "whatsapp",
    }


@pytest.mark.django_db
def test_record_visit_counts_a_browser_once_within_the_hour():
    advocate = make_advocate()
    for now in (NOW, NOW + HOUR / 2, NOW + HOUR - timedelta(seconds=1), NOW + HOUR):
        make_visit(advocate, now=now, address="192.0.2.1")
    make_visit(advocate, now=NOW, address="192.0.2.2")

    assert kinds_of(advocate) == ["human", "duplicate", "duplicate", "human", "human"]
    assert Event.objects.filter(name="link_visited").count() == 3


@pytest.mark.django_db
def test_record_visit_counts_a_browser_for_each_link():
    first, second = make_advocate(), make_advocate()

    make_visit(first, address="192.0.2.1")
    make_visit(second, address="192.0.2.1")

    assert kinds_of(first) == kinds_of(second) == ["human"]


@pytest.mark.django_db
def test_record_visit_records_no_event_for_machines_and_the_advocate():
    advocate = make_advocate()

    make_visit(advocate, is_own_browser=True)
    make_visit(advocate, method="HEAD")

    assert kinds_of(advocate) == ["self", "bot"]
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "agent", "host"),
    [
        ({"User-Agent": "a\x00b\nc" + "d" * 900}, "abc" + "d" * 397, ""),
        ({"User-Agent": "x", "Referer": "https://[broken"}, "x", ""),
        ({"User-Agent": "x", "Referer": "not an address"}, "x", ""),
        ({"User-Agent": "x", "Referer": "https://a\x01b.example/"}, "x", ""),
        ({}, "", ""),
    ],
)
def test_record_visit_survives_strange_headers(headers, agent, host):
    advocate = make_advocate()

    visit = record_visit(advocate=advocate, arrival=Arrival(headers=headers), now=NOW)

    visit.refresh_from_db()
    assert (visit.user_agent, visit.referrer_host) == (agent, host)
    assert visit.address_hash == ""


@pytest.mark.django_db(transaction=True)
def test_record_visit_at_the_same_time_counts_a_browser_once():
    advocate = make_advocate()
    barrier = threading.Barrier(2)

    def visit():
        barrier.wait()
        make_visit(advocate, address="192.0.2.1")
        connection.close()

    workers = [threading.Thread(target=visit) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(kinds_of(advocate)) == ["duplicate", "human"]
    assert Event.objects.filter(name="link_visited").count() == 1


@pytest.mark.django_db
def test_who_asks_for_heads_is_no_person_before_and_after():
    advocate = make_advocate()
    where = {"address": "192.0.2.50"}
    make_visit(advocate, **where)
    make_visit(advocate, method="HEAD", now=NOW + timedelta(seconds=1), **where)
    make_visit(advocate, now=NOW + timedelta(seconds=2), **where)
    make_visit(advocate, now=NOW + timedelta(hours=2), **where)

    assert kinds_of(advocate) == ["scanner", "bot", "scanner", "human"]


@pytest.mark.django_db
def test_a_trap_takes_visits_of_the_same_place_back():
    advocate, other = make_advocate(), make_advocate()
    arrival = Arrival(address="192.0.2.60", headers={"User-Agent": "Other"})
    make_visit(advocate, address="192.0.2.60", now=NOW - timedelta(minutes=9))
    make_visit(advocate, address="192.0.2.61", now=NOW)
    make_visit(other, address="192.0.2.60", now=NOW)

    assert walk_in(contact_id=advocate.contact_id, arrival=arrival, now=NOW) == 1
    make_visit(advocate, address="192.0.2.60", now=NOW + timedelta(minutes=9))
    make_visit(advocate, address="192.0.2.60", now=NOW + timedelta(minutes=71))

    assert kinds_of(advocate) == ["scanner", "human", "scanner", "human"]
    assert kinds_of(other) == ["human"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (timedelta(seconds=119), "scanner"),
        (timedelta(seconds=121), "human"),
        # Nobody can make a visit uncounted by a time that is still to come.
        (-timedelta(hours=1), "human"),
    ],
)
def test_a_link_that_was_just_mailed_is_opened_by_a_scanner(after, kind):
    advocate = make_advocate()

    make_visit(advocate, now=NOW + after, mailed_at=NOW)

    assert kinds_of(advocate) == [kind]


@pytest.mark.django_db
def test_many_visits_are_judged_as_one_after_the_other():
    first, second = make_advocate(), make_advocate()
    headers = {"User-Agent": BROWSER}
    arrivals = [
        Arrived(advocate, Arrival(address=address, headers=headers), NOW + after)
        for advocate, address, after in (
            (first, "192.0.2.1", HOUR / 2),
            (first, "192.0.2.1", timedelta(0)),
            (second, "192.0.2.1", timedelta(0)),
            (first, "192.0.2.2", timedelta(0)),
            (first, "192.0.2.1", HOUR),
        )
    ]

    written = record_visits(arrivals, now=NOW + HOUR)

    assert len(written) == 5
    rows = Visit.objects.filter(
        contact=first.contact, visitor_key=written[0].visitor_key
    )
    kinds = list(rows.order_by("visited_at").values_list("kind", flat=True))
    assert kinds == ["human", "duplicate", "human"]
    assert kinds_of(second) == ["human"]
    assert record_visits(arrivals, now=NOW + HOUR) == []
    assert Visit.objects.count() == 5
    assert Event.objects.filter(name="link_visited").count() == 4
