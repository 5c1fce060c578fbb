"""The states of contacts that audiences know by themselves: permission, address, identity."""

from django.conf import settings

from audiences.conditions.kind import CONTACT_CHANGED, Setting
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.states import State, register

# Leans on consent_per_channel.
CONSENT = """FROM contacts_consent AS consent
    WHERE consent.contact_id = contact.id AND consent.channel = 'email'"""
# Where a contact stood at a past moment. Leans on consent_history.
CONSENT_THEN = """(
    SELECT change.state FROM contacts_consentchange AS change
    WHERE change.contact_id = contact.id AND change.channel = 'email'
    AND change.changed_at <= {}
    ORDER BY change.changed_at DESC, change.id DESC LIMIT 1
)"""
# Leans on the unique index of the digest.
SUPPRESSION = """FROM contacts_suppression AS suppression
    WHERE suppression.digest = sha256(convert_to({} || ':' || contact.email, 'UTF8'))"""


def is_granted(setting: Setting) -> Fragment:
    """Whether the contact allowed us to write."""
    if setting.is_past:
        return _consent_then(setting).format("{} = 'granted'")
    return exists(Fragment(f"{CONSENT} AND consent.state = 'granted'"))


def is_withdrawn(setting: Setting) -> Fragment:
    """Whether the contact has taken the permission back."""
    if setting.is_past:
        return _consent_then(setting).format("{} = 'withdrawn'")
    return exists(Fragment(f"{CONSENT} AND consent.state = 'withdrawn'"))


def is_unknown(setting: Setting) -> Fragment:
    """Whether nobody ever asked."""
    if setting.is_past:
        return _consent_then(setting).format("{} IS NULL")
    return exists(Fragment(CONSENT), holds=False)


def is_suppressed(setting: Setting) -> Fragment:
    """Whether nothing may go to the address; of the past, by what still is so today."""
    rows = combine(SUPPRESSION, value(settings.SUPPRESSION_KEY, "text"))
    if setting.is_past:
        moment = value(setting.as_of, "timestamptz")
        rows = combine("{} AND suppression.created_at <= {}", rows, moment)
    return exists(rows).format("contact.email <> '' AND {}")


def is_reachable(setting: Setting) -> Fragment:
    """Whether there is an address to which we may write, as law and person have it."""
    return combine(
        "contact.email <> '' AND {} AND ({}) IS NOT TRUE",
        is_granted(setting),
        is_suppressed(setting),
    )


def is_anonymous(setting: Setting) -> Fragment:
    """Whether the contact never said who he is."""
    return Fragment("contact.is_anonymous")


def _consent_then(setting: Setting) -> Fragment:
    """Find where the contact stood at the moment of the evaluation."""
    return value(setting.as_of, "timestamptz").format(CONSENT_THEN)


STATES = (
    State(
        "reachable_by_email",
        "Reachable by email",
        "who can be reached by email",
        "who can’t be reached by email",
        is_reachable,
    ),
    State(
        "email_granted",
        "Email allowed",
        "who have allowed email",
        "who have not allowed email",
        is_granted,
    ),
    State(
        "email_withdrawn",
        "Unsubscribed from email",
        "who have unsubscribed from email",
        "who have not unsubscribed from email",
        is_withdrawn,
    ),
    State(
        "email_unknown",
        "Never asked for permission",
        "who were never asked for permission to email",
        "who were asked for permission to email",
        is_unknown,
    ),
    State(
        "suppressed",
        "Address suppressed",
        "whose address is suppressed",
        "whose address is not suppressed",
        is_suppressed,
    ),
    State(
        "anonymous",
        "Anonymous visitor",
        "who are anonymous visitors",
        "who are known by name or address",
        is_anonymous,
        (CONTACT_CHANGED,),
    ),
)


def register_states() -> None:
    """Make the states known to rules."""
    for state in STATES:
        register(state)
