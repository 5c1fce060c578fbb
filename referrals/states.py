"""States of contacts that rules may ask for: what they said about being asked, advocates."""

from audiences.conditions.kind import CONTACT_CHANGED, Setting
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.states import State, register
from audiences.conditions.subjects import read_moment
from referrals.event_names import ASK_NEVER, ASK_RESUMED, ASK_SNOOZED

# Leans on one_preference_each.
PREFERENCE = """FROM referrals_askpreference AS preference
    WHERE preference.contact_id = contact.id"""
# The last thing that the contact said about it, of some. Leans on event_of_contact.
SAID = """(
    SELECT {} FROM contacts_event AS said
    WHERE said.contact_id = contact.id AND said.name = ANY({}) AND said.occurred_at <= {}
    ORDER BY said.occurred_at DESC, said.id DESC LIMIT 1
)"""
# Leans on advocate_once_per_program.
PLACES = """FROM referrals_advocate AS advocate
    WHERE advocate.contact_id = contact.id AND advocate.joined_at <= {}"""
ENDS = """SELECT preference.contact_id, preference.snoozed_until AS at
    FROM referrals_askpreference AS preference
    WHERE preference.snoozed_until IS NOT NULL"""
SNOOZING = (ASK_SNOOZED, ASK_RESUMED)
REFUSING = (ASK_NEVER, ASK_RESUMED)


def is_snoozed(setting: Setting) -> Fragment:
    """Whether the contact said "not now", and that time is not over."""
    now = value(setting.as_of, "timestamptz")
    if setting.is_past:
        # Read like any moment: a source may send an event of this name with anything in it.
        until = read_moment(Fragment("(said.properties ->> 'until')"))
        begun = until.format("CASE said.name WHEN 'ask_snoozed' THEN {} END")
        return combine("{} > {}", _said(begun, SNOOZING, setting), now)
    return exists(
        combine("{} AND preference.snoozed_until > {}", Fragment(PREFERENCE), now)
    )


def is_never(setting: Setting) -> Fragment:
    """Whether the contact does not want to be asked any more."""
    if setting.is_past:
        return _said(Fragment("said.name"), REFUSING, setting).format(
            "{} = 'ask_never'"
        )
    return exists(Fragment(f"{PREFERENCE} AND preference.never_since IS NOT NULL"))


def is_advocate(setting: Setting) -> Fragment:
    """Whether the contact has a place in a program."""
    return exists(value(setting.as_of, "timestamptz").format(PLACES))


def _said(found: Fragment, names: tuple[str, ...], setting: Setting) -> Fragment:
    """Find something of what the contact said last."""
    return combine(
        SAID,
        found,
        value(list(names), "text[]"),
        value(setting.as_of, "timestamptz"),
    )


STATES = (
    State(
        "snoozed",
        "Said “not now”",
        "who said “not now” to being asked, for a time that is not over",
        "who may be asked again, or never said “not now”",
        is_snoozed,
        SNOOZING,
        lambda: Fragment(ENDS),
    ),
    State(
        "never_ask",
        "Said “never ask”",
        "who do not want to be asked any more",
        "who have not refused to be asked",
        is_never,
        REFUSING,
    ),
    State(
        "advocate",
        "Advocate of a program",
        "who are advocates of a program",
        "who are no advocates of a program",
        is_advocate,
        (CONTACT_CHANGED,),
    ),
)


def register_states() -> None:
    """Make the states known to rules."""
    for state in STATES:
        register(state)
