"""Connections to other systems, and webhooks that are due."""

from typing import Any

from campaigns.channels.connections import create_connection
from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import Connection, Message
from contacts.models import Contact
from tests.factories.campaigns import NOW, make_contact
from tests.factories.flows import enroll_in


def make_connection(**changes: Any) -> Connection:
    """Make a connection."""
    values = {"name": "Our CRM", "purpose": "webhook", "url": "https://crm.example/in"}
    connection, _ = create_connection(**values | changes, user=None, now=NOW)
    return connection


def webhook_step(connection: Connection, **changes: Any) -> dict[str, Any]:
    """Make a step that tells a connection."""
    return new_step("webhook", **{"key": "tell", "connection": connection.pk} | changes)


def make_webhook(
    connection: Connection | None = None,
    contact: Contact | None = None,
    *,
    name: str = "Told",
    **changes: Any,
) -> Message:
    """Let somebody come to a step that tells a connection; it has not left yet."""
    connection = connection or make_connection()
    contact = contact or make_contact()
    enroll_in([webhook_step(connection, **changes)], contact, name=name)
    while advance_round(now=NOW):
        pass
    return Message.objects.get(contact=contact, channel="webhook")
