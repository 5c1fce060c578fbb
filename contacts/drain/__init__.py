"""
What was acknowledged becomes what we know: the one path of every message.

``understand`` takes messages at hand, whether they come from the inbox, a file, a replay or
an endpoint, and does everything in one transaction. Its parts, each a few statements for a
whole batch: ``entries`` (a message on its way), ``receipts`` (count it once, and say what
became of it), ``people`` (whose it is), ``happenings`` (events and who reacts),
``accounts``, ``tallies`` (schema, violations). Attributes are asserted by
``contacts.attributes``; ``copying`` writes many rows at once.

``inbox`` brings the bodies of requests to it, oldest first, and keeps one that makes it fail
from stopping the others. ``retention`` empties old payloads.

Read first: ``batch.understand``, ``inbox.drain_inbox``.
"""

from contacts.drain.batch import understand
from contacts.drain.entries import Result

__all__ = ["Result", "understand"]
