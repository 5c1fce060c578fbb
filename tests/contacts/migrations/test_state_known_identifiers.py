"""Who was known before claims were told from what is stated."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from contacts.models import Identifier
from tests.factories.contacts import make_contact
from tests.factories.drain import take_in
from tests.factories.tracking import make_source

NAME = "contacts.migrations.0009_state_known_identifiers"


@pytest.mark.django_db
def test_all_but_what_only_public_sources_named_is_stated(monkeypatch):
    module = import_module(NAME)
    monkeypatch.setattr(module, "BATCH", 2)
    make_contact(email="typed@example.com", user_id="typed")
    # As all sources were then.
    browser, server = make_source(kind="browser", recognizes=False), make_source()
    identify = {"type": "identify", "userId": "u1", "anonymousId": "v1"}
    take_in(
        browser, {**identify, "messageId": "m1", "traits": {"email": "a@example.com"}}
    )
    track = {"type": "track", "event": "x"}
    take_in(server, {**track, "messageId": "m2", "userId": "u2"})
    take_in(browser, {**track, "messageId": "m3", "userId": "u2"})
    Identifier.objects.update(stated_at=None)

    with connection.schema_editor() as editor:
        module.state_known(apps, editor)

    stated = Identifier.objects.filter(stated_at__isnull=False)
    assert sorted(stated.values_list("value", flat=True)) == [
        "typed",
        "typed@example.com",
        "u2",
    ]
