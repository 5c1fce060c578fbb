import threading
from datetime import timedelta

import pytest
from django.db import connection

from contacts.models import Event
from referrals.models import ClickId, Visit
from referrals.visits import Arrival, record_visit
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
