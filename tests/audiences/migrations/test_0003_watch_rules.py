"""Audiences that were made before anybody watched."""

from importlib import import_module

import pytest
from django.apps import apps
from django.utils.timezone import now as clock

from audiences.memberships.watch import watch_rules
from audiences.models import Audience
from contacts.models import WatchedEvent
from tests.factories.audiences import make_audience

pytestmark = pytest.mark.django_db
MIGRATION = import_module("audiences.migrations.0003_watch_rules")
ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
}
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def watched():
    """What is watched by whom, in order."""
    rows = WatchedEvent.objects.order_by("consumer", "name")
    return list(rows.values_list("consumer", "name", "tells_history"))


def migrate():
    MIGRATION.watch(apps, None)


def test_nothing_is_watched_without_audiences():
    migrate()

    assert watched() == []


def test_rules_are_watched_as_if_they_were_saved_today():
    make_audience(
        rule={"kind": "any", "conditions": [{"kind": "not", "condition": PRO}]}
    )
    make_audience(rule={"kind": "all", "conditions": [ORDERED]})
    archived = make_audience(rule={**ORDERED, "name": "signed_up"})
    Audience.objects.filter(pk=archived.pk).update(archived_at=clock())
    watch_rules(now=clock())
    # Who was made anew nobody watched for then.
    saved_today = [row for row in watched() if row[1] != "contact_remade"]
    WatchedEvent.objects.all().delete()

    migrate()
    migrate()

    assert watched() == saved_today
    assert saved_today == [
        ("audiences", "contact_changed", False),
        ("audiences", "order_completed", False),
        ("audiences.history", "contact_changed", True),
        ("audiences.history", "order_completed", True),
    ]


def test_a_rule_of_another_time_stops_nothing():
    audience = make_audience()
    Audience.objects.filter(pk=audience.pk).update(rule={"conditions": [ORDERED]})
    WatchedEvent.objects.all().delete()

    migrate()

    assert ("audiences", "order_completed", False) in watched()
