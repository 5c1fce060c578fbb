"""What a mail may mention of a person, as plain dicts; templates never see a model."""

from dataclasses import dataclass


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
    Known("program.friend_offer", "What the friend gets", "$20 off the first order"),
    Known("advocate.link", "The person's own referral link", "https://example.com/r/k7m2pq"),
    Known("advocate.share_url", "The person's share page", "https://example.com/a/sample"),
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
