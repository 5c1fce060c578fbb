"""
What a kind of condition is: how it is read, written, compiled, said and kept up to date.

Each kind is one file of ``kinds/``; nothing else knows how many there are. Groups and negations
are no kinds: they join conditions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from audiences.conditions.errors import Path
from audiences.conditions.sql import Fragment

# Among the names of the events for which a condition waits, what is no event: an attribute, a
# list or a permission of the contact has changed.
CONTACT_CHANGED = "contact_changed"


@dataclass(frozen=True)
class Setting:
    """
    Under what a tree is compiled.

    ``few`` says that the statement names the contacts; ``everyone`` holds the lists that
    have every contact on them and no rows. ``since`` is a column of the statement, such as
    ``enrollment.moment_at``: only events and entries into audiences after it count.
    ``counts_from`` leaves earlier events out of account in conditions about events.
    ``traits`` holds the definitions of the traits that the tree names. ``is_past`` says that
    ``as_of`` is a moment of the past, so that what contacts show today is no answer.
    ``trait_columns`` names, for traits that the statement has computed already, the
    expression of the value: a numeric, a text, or a jsonb for a list.
    """

    as_of: datetime
    few: bool = False
    everyone: frozenset[int] = frozenset()
    since: str = ""
    traits: Mapping[int, Any] = field(default_factory=dict)
    is_past: bool = False
    counts_from: datetime | None = None
    trait_columns: Mapping[int, Fragment] = field(default_factory=dict)


@dataclass(frozen=True)
class Names:
    """What lists, audiences and traits are called, and the labels of events that have one."""

    lists: Mapping[int, str] = field(default_factory=dict)
    audiences: Mapping[int, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    traits: Mapping[int, str] = field(default_factory=dict)


class Clock(StrEnum):
    """What the passing of time is counted from."""

    EVENT = "event"  # the time of an event of this name
    DATE = "date"  # the moment that an attribute of this name holds, or that is kept under it
    ANNIVERSARY = "anniversary"  # the same, each year, by days
    CHANGE = "change"  # an entry into, or exit from, the audience of this id
    STATE = "state"  # the end of a state of this name
    LOCAL = "local"  # this time of the day ("09:00") where the contact lives
    POLL = "poll"  # nothing that can be told: everybody is looked at again and again


@dataclass(frozen=True)
class Flip:
    """
    A moment at which time alone may change the answer: so long after what it is counted from.

    ``after`` is negative where the answer changes before, as with "in the next 7 days". With
    ``of_account`` it changes for everybody in the accounts of whom it is counted from.
    """

    clock: Clock
    name: str = ""
    after: timedelta = timedelta()
    of_account: bool = False


def no_names(node: Any, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for nothing."""
    return ()


def no_flips(node: Any, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Never change by time alone."""
    return ()


def no_moments(node: Any, traits: Mapping[int, Any]) -> Iterable[Any]:
    """Have nothing kept."""
    return ()


@dataclass(frozen=True)
class Kind:
    """
    A kind of condition.

    - ``parse`` reads a document (``ConditionError``), ``dump`` writes it without its kind.
    - ``compile`` gives the SQL of the node, or of its opposite, over the alias ``contact``.
    - ``say`` gives a clause about contacts, in the plural.
    - ``waits_for`` gives the names of events (or ``CONTACT_CHANGED``) that may change the
      answer for the contact to whom they happen, ``waits_for_colleagues`` those that may for
      everybody in his accounts, ``flips`` the moments at which time may.
    - ``moments`` gives what must be kept of each contact so that the clock finds it
      (``kept.Kept``), where a flip is counted from that.
    - ``found`` gives, for an explanation, what the condition looked at, as jsonb: an object
      whose ``value`` is the value found, in a statement that names one contact.
    """

    name: str
    node: type
    parse: Callable[[Mapping[str, Any], Path], Any]
    dump: Callable[[Any], dict[str, Any]]
    compile: Callable[[Any, Setting, bool], Fragment]
    say: Callable[[Any, Names], str]
    waits_for: Callable[[Any, Mapping[int, Any]], Iterable[str]] = no_names
    flips: Callable[[Any, Mapping[int, Any]], Iterable[Flip]] = no_flips
    found: Callable[[Any, Setting], Fragment] | None = None
    waits_for_colleagues: Callable[[Any, Mapping[int, Any]], Iterable[str]] = no_names
    moments: Callable[[Any, Mapping[int, Any]], Iterable[Any]] = no_moments
