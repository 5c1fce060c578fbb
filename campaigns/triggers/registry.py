"""The kinds of triggers by name, with what the page shows of them."""

from dataclasses import dataclass

from campaigns.flows import triggers
from campaigns.flows.triggers import Trigger
from campaigns.triggers.answer import ANSWER
from campaigns.triggers.audience import ENTERED, LEFT
from campaigns.triggers.base import TriggerKind
from campaigns.triggers.date import DATE
from campaigns.triggers.event import EVENT
from campaigns.triggers.manual import MANUAL


@dataclass(frozen=True)
class Entry:
    """A kind, and how the page offers it."""

    kind: TriggerKind
    label: str
    about: str
    icon: str


REGISTRY: dict[str, Entry] = {
    triggers.EVENT: Entry(
        EVENT,
        "Something happens",
        "An event, such as a sign-up or an order, with filters",
        "bolt",
    ),
    triggers.AUDIENCE: Entry(
        ENTERED,
        "Enters an audience",
        "Somebody begins to fit the rule, like “promoters”",
        "login",
    ),
    triggers.LEFT: Entry(
        LEFT,
        "Leaves an audience",
        "Somebody stops fitting the rule, like “active”",
        "logout",
    ),
    triggers.DATE: Entry(
        DATE,
        "A date comes",
        "Before, on or after a renewal, a birthday, the end of a trial",
        "event",
    ),
    triggers.ANSWER: Entry(
        ANSWER,
        "An answer to an ask",
        "Said not now, never answered, or has rested long enough",
        "forum",
    ),
    triggers.MANUAL: Entry(
        MANUAL,
        "By hand or by a program",
        "You choose people, from a list or an import, or call our address",
        "touch_app",
    ),
}


def trigger_kind(trigger: Trigger) -> TriggerKind:
    """Find the kind of a trigger."""
    return REGISTRY[trigger["kind"]].kind


def describe_trigger(trigger: Trigger) -> str:
    """Say when somebody enters, as it stands after "It starts"."""
    whole = triggers.fill_trigger(trigger)
    return trigger_kind(whole).describe(whole)
