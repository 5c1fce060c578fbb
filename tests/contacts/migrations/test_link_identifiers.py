"""Contacts from before links were kept are guarded like all others."""

from importlib import import_module

from django.db import connection

from contacts.identities.find import create_or_update_contact
from contacts.models import Identifier, IdentifierLink
from tests.factories.contacts import NOW, make_contact
from tests.factories.drain import take_in
from tests.factories.tracking import make_source

LINK = import_module("contacts.migrations.0005_link_identifiers").LINK


def test_public_key_takes_over_nobody_from_before_links(db):
    make_contact()
    ada, _ = create_or_update_contact(email="ada@example.com", user_id="ada", now=NOW)
    IdentifierLink.objects.all().delete()

    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(LINK)
    assert IdentifierLink.objects.count() == 1
    claim = {"userId": "mallory", "traits": {"email": "ada@example.com"}}
    message = {"type": "identify", "messageId": "m1", **claim}
    [result] = take_in(make_source(kind="browser"), message)

    assert result.contact_id != ada.pk
    assert sorted(
        Identifier.objects.filter(contact=ada).values_list("value", flat=True)
    ) == ["ada", "ada@example.com"]
