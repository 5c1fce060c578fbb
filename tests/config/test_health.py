from datetime import timedelta

import pytest
from django.db import Error, connection
from django.utils import timezone

from config.views import health
from contacts import background


def test_livez_asks_nothing_of_the_database(client):
    response = client.get("/livez")

    assert (response.status_code, response.content) == (200, b"alive\n")


def test_readyz_before_a_worker_was_seen(client, db):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "problems": [],
        "worker": {"alive": False, "last_seen_seconds": None},
    }


@pytest.mark.parametrize(("seconds", "is_alive"), [(3, True), (300, False)])
def test_readyz_tells_when_a_worker_was_seen(client, db, seconds, is_alive):
    seen = timezone.now() - timedelta(seconds=seconds)
    background.answer("worker", now=seen)

    worker = client.get("/readyz").json()["worker"]

    assert worker["alive"] is is_alive
    assert seconds <= worker["last_seen_seconds"] < seconds + 2


def test_readyz_reads_the_migrations_once(client, db, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(4):
        client.get("/readyz")


def test_readyz_tells_that_migrations_are_missing(client, db, monkeypatch):
    known = health.known_migrations()
    more = {("contacts", "9998_more"), ("contacts", "9999_most")}
    monkeypatch.setattr(health, "known_migrations", lambda: known | more)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["problems"] == [
        "2 migrations are not applied: manage.py migrate"
    ]


def test_readyz_tells_that_the_database_takes_no_writes(client, transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        response = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert response.status_code == 503
    assert response.json()["problems"] == ["The database takes no writes."]


def test_readyz_tells_that_the_database_does_not_answer(client, db, monkeypatch):
    def fail():
        raise Error('connection to "10.0.0.5" refused for user "greenlight"')

    monkeypatch.setattr(health, "find_problems", fail)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "ready": False,
        "problems": ["The database does not answer."],
        "worker": None,
    }


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_health_takes_no_posts(client, address):
    assert client.post(address).status_code == 405
