from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection

from contacts.models import InboxBody
from contacts.tracking import dispatcher, inbox, take
from contacts.tracking.limits import Backlog, Limiter
from tests.contacts.tracking.client import ask, kept
from tests.factories.contacts import NOW
from tests.factories.tracking import batch, make_key, track

pytestmark = pytest.mark.django_db


def test_a_key_that_sends_too_much_is_asked_to_wait(settings):
    settings.TRACKING_REQUESTS_PER_SECOND = 1
    busy, other = make_key(), make_key()

    replies = [ask("/v1/batch", batch(track()), key=busy) for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].json["code"] == "rate_limited"
    assert replies[2].headers["Retry-After"] == "1"
    assert replies[2].headers["X-RateLimit-Reset"] == "1"
    assert ask("/v1/batch", batch(track()), key=other).status == 200
    assert len(kept()) == 3


def test_a_limit_refills_with_time(settings, monkeypatch):
    settings.TRACKING_REQUESTS_PER_SECOND = 2
    moments = iter([0, 0, 0, 0, 0, 0.25, 0.5, 100, 100, 100, 100, 100])
    monkeypatch.setattr("contacts.tracking.limits.monotonic", lambda: next(moments))
    limiter = Limiter()

    assert [limiter.wait_for(1) for _ in range(12)] == [0] * 4 + [1, 1, 0] + [
        0,
        0,
        0,
        0,
        1,
    ]


def test_a_limit_of_zero_is_none(settings):
    settings.TRACKING_REQUESTS_PER_SECOND = 0
    limiter = Limiter()

    assert {limiter.wait_for(1) for _ in range(5_000)} == {0}


def test_a_late_drain_makes_clients_wait(settings):
    settings.TRACKING_INBOX_MINUTES = 1
    key = make_key()
    ask("/v1/batch", batch(track()), key=key)
    row = InboxBody.objects.get()
    InboxBody.objects.update(received_at=row.received_at - timedelta(minutes=2))
    take.backlog = Backlog()

    reply = ask("/v1/batch", batch(track()), key=key)

    assert (reply.status, reply.json["code"]) == (429, "busy")
    assert reply.headers["Retry-After"] == "30"


def test_a_body_that_was_set_aside_makes_nobody_wait(settings):
    settings.TRACKING_INBOX_MINUTES = 1
    key = make_key()
    ask("/v1/batch", batch(track()), key=key)
    InboxBody.objects.update(received_at=NOW - timedelta(days=9), retry_at=NOW)
    take.backlog = Backlog()

    assert ask("/v1/batch", batch(track()), key=key).status == 200


def test_a_broken_connection_is_made_anew_once(transactional_db, monkeypatch):
    key = make_key()
    ask("/v1/batch", batch(track()), key=key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in {"dbname", "user", "password", "host", "port"}
    }
    with psycopg.connect(**parameters, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    reply = ask("/v1/batch", batch(track()), key=key)

    assert (reply.status, len(kept())) == (200, 2)


@pytest.mark.parametrize(
    "error", [OperationalError("down"), psycopg.OperationalError("disk full")]
)
def test_without_a_database_clients_come_again(transactional_db, monkeypatch, error):
    key = make_key()
    tries = []

    def fail(*args, **kwargs):
        tries.append(kwargs["uid"])
        raise error

    monkeypatch.setattr(inbox, "keep", fail)

    reply = ask("/v1/batch", batch(track()), key=key)

    assert (reply.status, reply.json["code"]) == (503, "unavailable")
    assert reply.headers["Retry-After"] == "5"
    # The same id twice, so that what was kept after all counts once.
    assert (len(tries), len(set(tries))) == (2, 1)


def test_settings_without_a_database_clients_come_again(monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("down")

    monkeypatch.setattr(dispatcher.sources, "find_source", fail)
    monkeypatch.setattr(connection, "close", lambda: None)

    reply = ask("/v1/projects/x/settings", method="GET")

    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
