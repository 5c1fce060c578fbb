import json
from io import BytesIO
from zipfile import ZipFile

import pytest

from contacts.erasure.handover import write_everything
from contacts.models import Contact
from tests.factories.contacts import NOW
from tests.factories.drain import take_in
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


def test_all_that_a_person_sent_is_in_the_file():
    ada = {"userId": "ada"}
    take_in(
        make_source(),
        {"type": "identify", "messageId": "m1", "traits": {"plan": "pro"}, **ada},
        {"type": "identify", "messageId": "m2", "traits": {"plan": "pro"}, **ada},
        {"type": "identify", "messageId": "m3", **ada},
        {"type": "group", "messageId": "m4", "groupId": "acme", **ada},
        {"type": "track", "messageId": "m5", **ada},
        {"type": "track", "messageId": "m6", "event": "x", "userId": "ben"},
    )
    file = BytesIO()

    write_everything(file, Contact.objects.get(identifiers__value="ada"), now=NOW)

    receipts = json.loads(ZipFile(file).read("receipts.json"))
    assert [(one["message_id"], one["state"]) for one in receipts] == [
        ("m1", "accepted"),
        ("m2", "accepted"),
        ("m3", "accepted"),
        ("m4", "accepted"),
        ("m5", "rejected"),
    ]
