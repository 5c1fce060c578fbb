import os
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from contacts.models import Event
from referrals import visit_buffer
from referrals.arrivals import Arrival
from referrals.models import Visit
from referrals.views.quick import QuickLinks
from referrals.visit_buffer import Buffer, buffered, files, line_of, write_buffered
from tests.factories.referrals import BROWSER, NOW, make_advocate, make_program


@pytest.fixture(autouse=True)
def var_dir(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    settings.BUFFER_VISITS = True
    return tmp_path


def keep(buffer, advocate, *, click="a" * 22, at=NOW, address="192.0.2.1", **changes):
    arrival = Arrival(address=address, headers={"User-Agent": BROWSER}, **changes)
    buffer.append(
        line_of(
            contact_id=advocate.contact_id,
            advocate_id=advocate.pk,
            arrival=arrival,
            click_id=click,
            at=at,
        )
    )


def ask(application, path, **environ):
    told = {}

    def start_response(status, headers):
        told.update(status=status, headers=dict(headers))

    path, _, query = path.partition("?")
    body = application(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "192.0.2.9",
            "HTTP_USER_AGENT": BROWSER,
            **environ,
        },
        start_response,
    )
    return told or body


def django_answers(environ, start_response):
    return "django"


@pytest.mark.django_db
def test_what_is_kept_is_written_once():
    advocate = make_advocate()
    keep(Buffer(), advocate, channel="whatsapp", asset="poster-1")
    keep(Buffer(), advocate, click="b" * 22, at=NOW + timedelta(minutes=1))
    copies = [path.read_bytes() for path in files()]
    assert buffered(timezone.now()).count == 2

    assert write_buffered(now=NOW) == 2

    assert files() == []
    assert buffered(NOW).count == 0
    [first, second] = Visit.objects.order_by("visited_at")
    assert (first.kind, first.channel, first.asset) == ("human", "whatsapp", "poster-1")
    assert (first.click_id, first.visited_at, first.user_agent) == (
        "a" * 22,
        NOW,
        BROWSER,
    )
    assert second.kind == "duplicate"
    assert Event.objects.filter(name="link_visited").count() == 1
    # The worker died after it committed, and before the files were gone.
    for number, text in enumerate(copies):
        (visit_buffer.folder() / f"again-{number}.visits").write_bytes(text)
    assert write_buffered(now=NOW) == 2
    assert Visit.objects.count() == 2
    assert Event.objects.filter(name="link_visited").count() == 1


@pytest.mark.django_db
def test_the_address_is_in_no_file():
    keep(Buffer(), make_advocate(), address="198.51.100.77")

    assert "198.51.100.77" not in files()[0].read_text()


@pytest.mark.django_db
def test_a_file_stays_if_its_visits_can_not_be_written(monkeypatch):
    keep(Buffer(), make_advocate())

    def fail(*words, **named):
        raise DatabaseError("gone")

    monkeypatch.setattr(visit_buffer, "record_visits", fail)
    with pytest.raises(DatabaseError):
        write_buffered(now=NOW)
    monkeypatch.undo()

    assert len(files()) == 1
    assert write_buffered(now=NOW) == 1


@pytest.mark.django_db
def test_a_line_that_was_cut_off_is_left_out():
    keep(Buffer(), make_advocate())
    with files()[0].open("ab") as file:
        file.write(b'{"contact": 1, "adv')

    assert write_buffered(now=NOW) == 1
    assert Visit.objects.count() == 1


@pytest.mark.django_db
def test_who_writes_goes_on_in_another_file():
    advocate = make_advocate()
    buffer = Buffer()
    keep(buffer, advocate)
    write_buffered(now=NOW)

    keep(buffer, advocate, click="b" * 22, at=NOW + timedelta(hours=2))

    assert write_buffered(now=NOW) == 1
    assert Visit.objects.filter(kind="human").count() == 2


@pytest.mark.django_db(transaction=True)
def test_writing_beside_the_reader_loses_nothing():
    advocate = make_advocate()
    buffer = Buffer()

    def write():
        for number in range(200):
            keep(buffer, advocate, click=f"{threading.get_ident()}-{number}"[-22:])

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    found = 0
    while any(writer.is_alive() for writer in writers):
        found += write_buffered(now=NOW)
    for writer in writers:
        writer.join()
    found += write_buffered(now=NOW)

    assert found == Visit.objects.count() == 400


@pytest.mark.django_db
def test_a_friend_is_led_on_without_django():
    program = make_program(name="Coffee")
    advocate = make_advocate(program)
    links = QuickLinks(django_answers)

    told = ask(links, f"/r/{advocate.code.upper()}?c=whatsapp&a=card")
    again = ask(links, f"/r/{advocate.code}?c=whatsapp&a=card")

    write_buffered(now=timezone.now())
    first, second = Visit.objects.order_by("visited_at")
    assert told["status"] == "302 Found"
    assert told["headers"]["Location"] == (
        "https://shop.example.com/welcome?utm_source=referral&utm_medium=whatsapp"
        f"&utm_campaign=coffee&gl_click={first.click_id}"
    )
    assert told["headers"]["Cache-Control"] == "no-store"
    assert again["headers"]["Location"].endswith(second.click_id)
    assert (first.kind, second.kind) == ("human", "duplicate")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "environ"),
    [
        ("?p=espresso", {}),
        ("", {"REQUEST_METHOD": "HEAD"}),
        ("", {"REQUEST_METHOD": "POST"}),
        ("", {"HTTP_COOKIE": "gl_own=1:x"}),
        ("", {"HTTP_USER_AGENT": "WhatsApp/2.25"}),
        ("/mail", {}),
    ],
)
def test_what_is_not_plain_is_left_to_django(query, environ):
    advocate = make_advocate()

    answer = ask(QuickLinks(django_answers), f"/r/{advocate.code}{query}", **environ)

    assert answer == "django"
    assert files() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"landing": "offer"},
        {"ended_at": NOW},
        {"paused_at": NOW},
        {"expires_at": NOW},
        {"tag_template": "l={language}"},
        {"destination_url": "https://elsewhere.example/"},
    ],
)
def test_what_needs_a_page_is_left_to_django(changes):
    advocate = make_advocate(make_program(**changes))

    assert ask(QuickLinks(django_answers), f"/r/{advocate.code}") == "django"
    assert ask(QuickLinks(django_answers), "/r/zzzzzzzz") == "django"


@pytest.mark.django_db
def test_a_disk_that_is_full_leaves_it_to_django(monkeypatch):
    advocate = make_advocate()
    monkeypatch.setattr(os, "write", lambda *words: 0)

    assert ask(QuickLinks(django_answers), f"/r/{advocate.code}") == "django"


@pytest.mark.django_db
def test_an_unencrypted_request_is_left_to_django(settings):
    settings.SECURE_SSL_REDIRECT = True
    links = QuickLinks(django_answers)
    path = f"/r/{make_advocate().code}"

    assert ask(links, path) == "django"
    assert ask(links, path, HTTP_X_FORWARDED_PROTO="https")["status"] == "302 Found"


@pytest.mark.django_db
def test_a_pause_counts_after_a_few_seconds(monkeypatch):
    program = make_program()
    advocate = make_advocate(program)
    links = QuickLinks(django_answers)
    path = f"/r/{advocate.code}"
    assert ask(links, path)["status"] == "302 Found"
    type(program).objects.update(paused_at=NOW)

    assert ask(links, path)["status"] == "302 Found"
    monkeypatch.setattr("referrals.views.quick.monotonic", lambda: 10.0**12)
    assert ask(links, path) == "django"
    page = Client(headers={"User-Agent": BROWSER}).get(path)
    assert "taking a break" in page.text
