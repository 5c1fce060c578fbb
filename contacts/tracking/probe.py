"""A test event, which takes the way of every other one from the inbox on."""

import json
from datetime import datetime
from uuid import uuid4

from contacts.models import Source
from contacts.tracking import inbox

NAME = "Test Event"
# One visitor for all tests, so that testing makes no crowd.
VISITOR = "greenlight-test"


class SourceIsOff(ValueError):
    """What a source that is off sends is refused, tests too."""


def send_test_event(*, source: Source, sender: str, now: datetime) -> str:
    """
    Put a test event of the source into the inbox.

    :returns: its message id, by which its receipt is found
    :raises SourceIsOff: if the source may not send
    """
    if source.disabled_at:
        raise SourceIsOff(source.name)
    uid = uuid4()
    message_id = f"greenlight-test-{uid}"
    message = {
        "type": "track",
        "event": NAME,
        "anonymousId": VISITOR,
        "messageId": message_id,
        "properties": {"sent_by": sender},
        "timestamp": now.isoformat(),
    }
    inbox.keep(
        json.dumps(message).encode(),
        source_id=source.pk,
        uid=uid,
        route="track",
        encoding="",
        ip_address=None,
        received_at=now,
    )
    return message_id
