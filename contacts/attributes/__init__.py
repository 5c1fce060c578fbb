"""
What we were told about contacts, and when: the journal, and what it amounts to now.

``traits`` reads what a client says, ``fold`` says what statements amount to, both without
tables. ``journal`` writes ``statements`` down and brings the contacts (``rows``) up to date;
``history`` reads the journal for people. ``earlier`` writes the beginning of the journal of
contacts who were there before it.

What a source says that anybody can speak for is a *claim*: it shows where nobody else has ever
stated the name, and never takes the place of what was stated.

Read first: ``fold.settled``, ``journal.assert_attributes``.
"""

from contacts.attributes.earlier import begin_history
from contacts.attributes.history import Changed, as_of, history, outvoted
from contacts.attributes.journal import assert_attributes, assert_now, refold
from contacts.attributes.statements import Assertion
from contacts.attributes.traits import Told, told_by

__all__ = [
    "Assertion",
    "Changed",
    "Told",
    "as_of",
    "assert_attributes",
    "assert_now",
    "begin_history",
    "history",
    "outvoted",
    "refold",
    "told_by",
]
