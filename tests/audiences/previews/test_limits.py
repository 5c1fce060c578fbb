"""Counting that ends in time."""

import threading
import time

import pytest
from django.db import OperationalError, connection

from audiences.previews import limits
from audiences.previews.limits import Superseded, TookTooLong, limited


def sleep(seconds):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def setting(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_what_takes_too_long_is_stopped_and_the_limit_goes_with_it(monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 0.05)

    with pytest.raises(TookTooLong), limited():
        sleep(5)

    assert setting("statement_timeout") == "0"


@pytest.mark.django_db(transaction=True)
def test_a_later_count_of_the_same_panel_stops_the_earlier_one():
    ended = []

    def count():
        try:
            with limited("panel-123"):
                sleep(20)
        except Superseded as error:
            ended.append(error)
        finally:
            connection.close()

    earlier = threading.Thread(target=count)
    earlier.start()
    began = time.monotonic()
    while earlier.is_alive() and time.monotonic() - began < 15:
        with limited("another-1"):
            sleep(0.05)
        with limited("panel-123"):
            assert setting("application_name") == "preview panel-123"
    earlier.join()

    assert len(ended) == 1


@pytest.mark.django_db
def test_other_errors_are_not_hidden_and_odd_tokens_name_nothing():
    with limited("a b'c"):
        assert "preview" not in setting("application_name")

    def fail():
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError, match="disk"), limited("panel-123"):
        fail()
