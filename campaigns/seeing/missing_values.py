"""How many of the people whom a step will reach lack a value that it writes without a default."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from audiences import selection
from audiences.conditions.errors import ConditionError
from audiences.conditions.sql import TRUE, Fragment, combine, value
from audiences.previews.limits import TookTooLong, limited
from campaigns.emails.defaults import bare_in, without_default
from campaigns.emails.locales import choose_locale
from campaigns.flows.definition import Document, Step
from campaigns.flows.ladder import EMAIL, IN_APP, needs_mail, rungs_of
from campaigns.flows.triggers import trigger_of
from campaigns.seeing.never_taken import had_moment

SECONDS = 4
# When a value is missing; all others are attributes.
MISSING = {
    "contact.first_name": "contact.first_name = ''",
    "contact.last_name": "contact.last_name = ''",
    "contact.name": "contact.first_name = '' AND contact.last_name = ''",
    "contact.email": "contact.email = ''",
}
ATTRIBUTE = "contact.attributes."
OF_ATTRIBUTES = "COALESCE(contact.attributes #>> {}, '') = ''"
LABELS = {
    "contact.first_name": "first name",
    "contact.last_name": "last name",
    "contact.name": "name",
    "contact.email": "email address",
}

# Counts people by their language, and who of them lacks what.
COUNT = """
SELECT contact.locale, count(*), {}
FROM (SELECT DISTINCT contact_id FROM ({}) AS had) AS people
JOIN contacts_contact AS contact ON contact.id = people.contact_id
WHERE contact.erased_at IS NULL AND ({})
GROUP BY contact.locale
"""


@dataclass(frozen=True)
class Lack:
    """
    A value that a variant writes: how many of its readers do not have it.

    ``channel`` says by which of the step's ways it is written; the words of a task are in no
    language, so its ``locale`` is blank.
    """

    name: str
    locale: str
    missing: int
    readers: int
    channel: str = EMAIL

    @property
    def label(self) -> str:
        """Name the value in words."""
        return LABELS.get(self.name) or f"“{self.name.removeprefix(ATTRIBUTE)}”"


@dataclass(frozen=True)
class Words:
    """What a step writes on one way: for each language, the values without a default."""

    channel: str
    # The language of who reads none of them.
    main: str
    bare: dict[str, list[str]]

    @property
    def names(self) -> set[str]:
        """Name the values of all languages."""
        return {name for names in self.bare.values() for name in names}


@dataclass(frozen=True)
class Report:
    """What is missing, the most first; ``problem`` says why nothing could be counted."""

    lacks: tuple[Lack, ...] = ()
    problem: str = ""


def who_lacks_what(document: Document, step: Step, *, now: datetime) -> Report:
    """
    Count for each way and language of a step who lacks what it writes; one query, ended in time.

    Of the people who had the moment of the trigger in the last 90 days, or are in its audience.
    """
    wanted = [words for words in words_of(document, step) if any(words.bare.values())]
    names = sorted({name for words in wanted for name in words.names})
    if not names:
        return Report()
    trigger = trigger_of(document)
    try:
        people = had_moment(trigger, now=now)
        if people is None:
            return Report(
                problem="Nobody can say whom the trigger lets in, so what these people lack"
                " is not known."
            )
        condition = (
            selection.predicate(trigger["condition"], as_of=now)
            if trigger["condition"]
            else TRUE
        )
        with limited(seconds=SECONDS):
            rows = _count(names, people, condition)
    except ConditionError:
        return Report(problem="Mend the trigger first.")
    except TookTooLong:
        return Report(problem=f"Counting takes longer than {SECONDS} seconds here.")
    lacks = [lack for words in wanted for lack in _lacks(words, names, rows)]
    return Report(
        tuple(sorted(lacks, key=lambda one: (-one.missing, one.locale, one.name)))
    )


def words_of(document: Document, step: Step) -> Iterator[Words]:
    """List what a step writes to people, way by way."""
    main = document["settings"]["locale"]
    content = step["content"]
    if content and needs_mail(step):
        variants = content.get("variants", {})
        yield Words(
            EMAIL,
            content["default_locale"],
            {locale: without_default(variant) for locale, variant in variants.items()},
        )
    channels = {rung.channel for rung in rungs_of(step)}
    for way in (step.get("in_app"), step.get("passed_on")):
        channel = way.get("channel", IN_APP) if way else ""
        if way and channel in channels and way["variants"]:
            bare = {
                locale: bare_in(str(text) for text in texts.values())
                for locale, texts in way["variants"].items()
            }
            yield Words(channel, choose_locale(main, bare, min(bare)), bare)
    task = step.get("task")
    if task and task["channel"] in channels:
        yield Words(task["channel"], "", {"": bare_in([task["title"], task["text"]])})


def _count(
    names: list[str], people: Fragment, condition: Fragment
) -> list[tuple[str, int, list[int]]]:
    """Count by language."""
    counts = [
        combine("count(*) FILTER (WHERE {})", _is_missing(name)) for name in names
    ]
    listed = combine(", ".join(["{}"] * len(counts)), *counts)
    statement = combine(COUNT, listed, people, condition)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [(row[0], row[1], list(row[2:])) for row in cursor.fetchall()]


def _is_missing(name: str) -> Fragment:
    """Say when a contact lacks a value."""
    if name in MISSING:
        return Fragment(MISSING[name])
    path = name.removeprefix(ATTRIBUTE).split(".")
    return combine(OF_ATTRIBUTES, value(path, "text[]"))


def _lacks(
    words: Words, names: list[str], rows: Iterable[tuple[str, int, list[int]]]
) -> list[Lack]:
    """Add up by the variant that people of a language read."""
    readers: dict[str, int] = {}
    missing: dict[tuple[str, str], int] = {}
    for locale, count, counts in rows:
        read = choose_locale(locale, words.bare, words.main)
        readers[read] = readers.get(read, 0) + count
        for name, lacking in zip(names, counts, strict=True):
            missing[read, name] = missing.get((read, name), 0) + lacking
    return [
        Lack(name, locale, missing[locale, name], readers[locale], words.channel)
        for locale, own in words.bare.items()
        for name in own
        if missing.get((locale, name))
    ]
