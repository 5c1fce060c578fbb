import json

import pytest

from contacts.models import InboxBody
from contacts.sources import disable_source
from contacts.tracking.probe import SourceIsOff, send_test_event
from tests.factories.contacts import NOW
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


def test_test_event_waits_in_the_inbox_like_any_other():
    source = make_source()

    message_id = send_test_event(source=source, sender="mia", now=NOW)

    body = InboxBody.objects.get()
    assert (body.source, body.route, body.received_at) == (source, "track", NOW)
    assert json.loads(bytes(body.body)) == {
        "type": "track",
        "event": "Test Event",
        "anonymousId": "greenlight-test",
        "messageId": message_id,
        "properties": {"sent_by": "mia"},
        "timestamp": NOW.isoformat(),
    }


def test_source_that_is_off_sends_no_test():
    source = make_source()
    disable_source(source=source, user=None, now=NOW)
    source.refresh_from_db()

    with pytest.raises(SourceIsOff):
        send_test_event(source=source, sender="mia", now=NOW)

    assert not InboxBody.objects.exists()
