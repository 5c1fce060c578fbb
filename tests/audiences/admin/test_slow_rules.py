"""A rule that takes too long keeps no page, and no connection, waiting."""

import pytest
from django.db import connection
from django.utils import timezone

from audiences.admin import nearly, past
from audiences.previews import limits
from tests.factories.audiences import make_audience


def is_slow(*given, **named):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


@pytest.mark.parametrize(
    ("module", "name", "part"),
    [
        (nearly, "parts_of", "almost/"),
        (nearly, "parts_of", "almost/results/"),
        (nearly, "forecast", "forecast/"),
        (past, "count_then", "time/?as_of=2026-01-01T00:00"),
        (past, "size_then", "time/curve/"),
    ],
)
def test_a_slow_rule_is_given_up(admin_client, monkeypatch, module, name, part):
    audience = make_audience(now=timezone.now())
    monkeypatch.setattr(limits, "SECONDS", 0.5)
    monkeypatch.setattr(module, name, is_slow)

    answer = admin_client.get(f"/audiences/audience/{audience.pk}/{part}")

    assert answer.status_code == 200
    assert "This takes longer than a page waits." in answer.content.decode()


def test_what_was_counted_in_time_is_shown(admin_client, monkeypatch):
    audience = make_audience(now=timezone.now())
    monkeypatch.setattr(limits, "SECONDS", 0.5)
    real, asked = past.size_then, []

    def is_slow_at_the_third(*given):
        asked.append(given)
        return is_slow() if len(asked) == 3 else real(*given)

    monkeypatch.setattr(past, "size_then", is_slow_at_the_third)

    part = admin_client.get(f"/audiences/audience/{audience.pk}/time/curve/")

    assert "This takes longer" not in part.content.decode()
    assert (part.context["is_cut"], len(part.context["points"])) == (True, 2)
