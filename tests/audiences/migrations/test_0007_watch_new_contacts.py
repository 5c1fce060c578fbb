"""Audiences that were made before anybody watched for new contacts."""

from importlib import import_module

import pytest
from django.apps import apps

from contacts.models import WatchedEvent
from tests.factories.audiences import make_audience

pytestmark = pytest.mark.django_db
MIGRATION = import_module("audiences.migrations.0007_watch_new_contacts")


def test_nothing_is_watched_without_audiences():
    MIGRATION.watch(apps, None)

    assert not WatchedEvent.objects.exists()


def test_new_contacts_are_watched_as_if_a_rule_were_saved_today():
    make_audience()
    rows = WatchedEvent.objects.order_by("consumer", "name")
    saved_today = list(rows.values_list("consumer", "name", "tells_history"))
    WatchedEvent.objects.filter(name="contact_remade").delete()

    MIGRATION.watch(apps, None)
    MIGRATION.watch(apps, None)

    assert list(rows.values_list("consumer", "name", "tells_history")) == saved_today
    assert ("audiences", "contact_remade", False) in saved_today
