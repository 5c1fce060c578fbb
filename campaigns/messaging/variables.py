"""What a mail may mention of a person, as plain dicts; templates never see a model."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from campaigns.messaging.links import Links
from campaigns.messaging.news import NOTHING, News
from contacts.models import Contact
from referrals.models import Program
from referrals.wording import localized


@dataclass(frozen=True)
class Known:
    """A variable that mails may use, in words for the editor's menu."""

    name: str
    label: str
    sample: str


KNOWN = (
    Known("contact.first_name", "First name", "Ada"),
    Known("contact.last_name", "Last name", "Lovelace"),
    Known("contact.name", "Full name", "Ada Lovelace"),
    Known("contact.email", "Email address", "ada@example.com"),
    Known("contact.attributes.*", "An attribute, such as contact.attributes.plan", "pro"),
    Known("program.name", "Name of the program", "Friends of the shop"),
    Known("program.offer", "What the advocate gets", "$20 for you"),
    Known("program.offer_text", "More about it", "Yours after your friend's first order."),
    Known("program.friend_offer", "What the friend gets", "$20 off the first order"),
    Known("program.friend_text", "More about that", "Valid for the first order."),
    Known("program.disclosure", "The sentence to stand next to a link", "I get $20 too."),
    Known("advocate.link", "The person's own referral link", "https://example.com/r/k7m2pq"),
    Known("advocate.share_url", "The person's share page", "https://example.com/a/sample"),
    Known("reward.name", "What was earned, in news of a reward", "$20.00"),
    Known("reward.amount", "What it is worth, in news of a reward", "$20.00"),
    Known("reward.url", "The page of that reward", "https://example.com/reward/sample"),
    Known("friend.first_name", "The friend of whom the news tells, who agreed to be named", "Cleo"),
    Known("ask.url", "The page to answer on", "https://example.com/ask/sample"),
    Known("ask.yes_url", "The page to answer on: yes", "https://example.com/ask/sample?answer=yes"),
    Known("ask.not_now_url", "The page to answer on: not now", "https://example.com/ask/sample?answer=not_now"),
    Known("ask.never_url", "The page to answer on: never", "https://example.com/ask/sample?answer=never"),
    Known("links.unsubscribe", "Unsubscribe", "https://example.com/unsubscribe/sample"),
    Known("sender.name", "Name of the sender", "The Shop"),
    Known("sender.postal_address", "Postal address of the sender", "1 Main Street, Springfield"),
    Known("locale", "Language of the mail", "en"),
)  # fmt: skip


def known_variables() -> list[str]:
    """List the names that a template may use."""
    return [known.name for known in KNOWN]


def variables_for(
    *,
    contact: Contact,
    program: Program,
    links: Links,
    locale: str,
    from_name: str,
    news: News = NOTHING,
) -> dict[str, Any]:
    """
    Collect what a mail in this language may mention of a contact.

    No query, but for the first mail after a translation of the program was written.
    """
    program = localized(program, locale)
    return {
        "contact": {
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "name": f"{contact.first_name} {contact.last_name}".strip(),
            "email": contact.email,
            "attributes": contact.attributes,
        },
        "program": {
            "name": program.name,
            "offer": program.offer_headline,
            "offer_text": program.offer_text,
            "friend_offer": program.friend_headline,
            "friend_text": program.friend_text,
            "disclosure": program.disclosure,
        },
        "advocate": {"link": links.link, "share_url": links.share_page},
        "ask": {
            "url": links.ask,
            "yes_url": links.answer("yes"),
            "not_now_url": links.answer("not_now"),
            "never_url": links.answer("never"),
        },
        "links": {"unsubscribe": links.unsubscribe, "trap": links.trap},
        "sender": {
            "name": from_name,
            "postal_address": ", ".join(settings.POSTAL_ADDRESS.split("\n")),
        },
        "locale": locale,
        **news.variables(locale),
    }


def value_of(variables: dict[str, Any], name: str) -> Any:
    """Look up a dotted name; None if there is nothing there."""
    value: Any = variables
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
