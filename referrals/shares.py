"""What advocates do with their link: each act of sharing, and how sure we are of it."""

from datetime import datetime

from contacts.events import Fact, record
from referrals.event_names import LINK_SHARED
from referrals.models import Advocate

# A share sheet says whether something was sent. Of the others we know only that they were
# opened, or that the link was copied.
GRADES = {
    "native": "confirmed",
    "copy": "probable",
    "email": "probable",
    "sms": "probable",
    "whatsapp": "probable",
    "x": "probable",
    "linkedin": "probable",
    "facebook": "probable",
    "telegram": "probable",
    "bluesky": "probable",
    "threads": "probable",
    "other": "probable",
}


class UnknownShareChannel(ValueError):
    """There is no such way to share."""


def record_share(*, advocate: Advocate, channel: str, now: datetime) -> bool:
    """
    Record that a person shared the link; twice within a minute is a double press.

    :returns: whether it was new
    :raises UnknownShareChannel: if the channel is none of ours
    """
    if channel not in GRADES:
        raise UnknownShareChannel(f"expected one of {', '.join(GRADES)}")
    properties = {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "channel": channel,
        "grade": GRADES[channel],
    }
    key = f"{advocate.pk}:{channel}:{now:%Y-%m-%dT%H:%M}"
    return record(Fact(advocate.contact_id, LINK_SHARED, now, key, properties), now=now)
