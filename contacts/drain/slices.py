"""The background work of the drain, made known to the sweep."""

from contacts.background import Slice, register_slice
from contacts.drain.inbox import inbox_backlog
from contacts.drain.retention import payload_backlog

# While messages come, a worker stays at it, so that they are understood within a second.
LINGER_SECONDS = 2.0

register_slice(
    Slice(
        name="contacts.drain",
        label="Understand events",
        task="contacts.tasks.drain_events",
        due=inbox_backlog,
        places=1,
        linger=LINGER_SECONDS,
    )
)
register_slice(
    Slice(
        name="contacts.payloads",
        label="Empty old payloads",
        task="contacts.tasks.forget_payloads",
        due=payload_backlog,
        places=1,
    )
)
