"""Messages that are ready to be sent: a running campaign with a compiled mail."""

from datetime import UTC, datetime
from typing import Any

from campaigns.emails.blocks.registry import new_block
from campaigns.emails.document import Content
from campaigns.emails.starters import starter_content
from campaigns.messaging.compile import compile_content
from campaigns.models import Campaign, Message
from contacts import consents
from contacts.models import Contact
from tests.factories.campaigns import make_ask, make_campaign, make_message
from tests.factories.contacts import make_contact

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_content(**changes: Any) -> dict[str, Any]:
    """Make the content of an ask in one language, compiled."""
    variant = {
        "subject": 'Hi {{ contact.first_name | default: "friend" }}',
        "preheader": "A word",
        "mode": "blocks",
        "blocks": [
            new_block("text") | {"text": "Your link: {{ advocate.link }}"},
            new_block("answers"),
        ],
        "mjml": "",
    }
    content = {"default_locale": "en", "variants": {"en": variant | changes}}
    return compile_content(content)


def make_mail_campaign(**changes: Any) -> Campaign:
    """Make a running campaign with one ask by email."""
    step = {
        "key": "ask",
        "kind": "email",
        "name": "Ask",
        "ask": True,
        "if_held": changes.pop("if_held", "wait"),
        "content": changes.pop("content", None) or make_content(),
    }
    return make_campaign(
        **{"steps": [step], "state": Campaign.State.RUNNING, **changes}
    )


def make_reachable_contact(**changes: Any) -> Contact:
    """Make a contact who has agreed to get email."""
    contact = make_contact(**changes)
    consents.grant([contact.pk], source="test", statement="Agreed", now=NOW)
    return contact


def make_due_message(campaign: Campaign | None = None, **changes: Any) -> Message:
    """Make an ask and its mail, due now, to somebody who may get it."""
    contact = changes.pop("contact", None) or make_reachable_contact()
    ask = make_ask(campaign or make_mail_campaign(), contact=contact)
    return make_message(ask, **{"created_at": NOW, **changes})


def four_blocks() -> Content:
    """A mail in two languages with a heading, columns, a text and the answers."""
    content = starter_content("both_sides")
    for variant in content["variants"].values():
        variant["blocks"] = [
            block for block in variant["blocks"] if block["kind"] != "note"
        ]
    return content
