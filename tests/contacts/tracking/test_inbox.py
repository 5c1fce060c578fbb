from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, transaction

from contacts.models import InboxBody
from contacts.tracking import inbox

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)


def keep(body):
    inbox.keep(
        body,
        source_id=1,
        uid=uuid4(),
        route="batch",
        encoding="",
        ip_address="10.0.0.1",
        received_at=NOW,
    )


def kept():
    return [bytes(one.body) for one in InboxBody.objects.order_by("pk")]


@pytest.mark.django_db(transaction=True)
def test_bodies_are_kept_when_what_was_planned_is_forgotten():
    keep(b"first")
    keep(b"second")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    keep(b"third")
    keep(b"fourth")

    assert kept() == [b"first", b"second", b"third", b"fourth"]


@pytest.mark.django_db(transaction=True)
def test_bodies_are_kept_where_the_statement_can_not_be_planned():
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE {inbox.NAME.decode()} AS SELECT 1")
    try:
        keep(b"\x00\xff")
    finally:
        connection.close()

    assert kept() == [b"\x00\xff"]


@pytest.mark.django_db(transaction=True)
def test_a_body_is_kept_on_a_new_connection():
    keep(b"first")
    connection.close()

    keep(b"second")

    assert kept() == [b"first", b"second"]


@pytest.mark.django_db(transaction=True)
def test_a_body_goes_with_the_transaction_in_which_it_was_kept():
    keep(b"first")
    with transaction.atomic():
        assert kept() == [b"first"]
        keep(b"second")
        transaction.set_rollback(True)

    assert kept() == [b"first"]


@pytest.mark.django_db(transaction=True)
def test_a_body_that_can_not_be_kept_says_so():
    keep(b"first")

    with pytest.raises(inbox.AWAY):
        inbox.keep(
            b"second",
            source_id=1,
            uid=uuid4(),
            route="longer than the column takes",
            encoding="",
            ip_address=None,
            received_at=NOW,
        )

    assert kept() == [b"first"]
