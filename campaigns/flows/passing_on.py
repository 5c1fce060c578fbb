"""
What a webhook step tells another system.

::

    "connection": its id | null,
    "fields": of ``FIELDS``, "attributes": [name, …],
    "with_event": whether the event that let the person in is told, too,
    "wait": null | {"amount", "unit" minutes | hours | days}
"""

from typing import Any

LINK = "referral_link"
FIELDS = {
    "email": "Email address",
    "first_name": "First name",
    "last_name": "Last name",
    "locale": "Language",
    "time_zone": "Time zone",
    LINK: "Referral link",
}
MOST_ATTRIBUTES = 50

WEBHOOK: dict[str, Any] = {
    "name": "Webhook",
    "connection": None,
    "fields": ["email", "first_name", "last_name"],
    "attributes": [],
    "with_event": True,
    "wait": None,
}
