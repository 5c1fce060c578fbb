"""
What a comparison looks at: one stored value, read as a text, a number or a moment.

Each reading gives NULL where there is no such value, and never an error:

- text: the text itself; of anything else its JSON, so 5 is "5" and a flag is "true"
- number: a JSON number, exactly; a text of digits, at most 60 characters with its sign, its
  point and the spaces around it
- moment: a text such as "2026-05-01" or "2026-05-01T09:30:00+02:00" that names a real day of
  the years 1000 to 2999; UTC where it names no zone. Sessions run in UTC.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from audiences.conditions.sql import Fragment, combine

# What the elements of lists are called in SQL.
ELEMENT = "element"

# Columns of a contact that a condition may name; any other name is a key of the attributes.
TEXT_FIELDS = ("email", "first_name", "last_name", "locale", "time_zone")
DATE_FIELDS = ("created_at",)

# No counted repeats and no captures, which PostgreSQL matches slowly; the length is compared
# beside it.
NUMBER_PATTERN = r"^ *[+-]?[0-9]+(?:[.][0-9]+)? *$"
LONGEST_NUMBER = 60

# Days that exist, leap years included; so the cast that follows can't fail.
DAY_PATTERN = (
    r"(?:[12][0-9][0-9][0-9]-(?:"
    r"(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"|(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)-02-29)"
)
MOMENT_PATTERN = (
    rf"^{DAY_PATTERN}"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?$"
)


@dataclass(frozen=True)
class Place:
    """Where a value lies in a jsonb column, and the value itself taken out of it."""

    source: str
    steps: tuple[str, ...]
    content: Fragment

    def holds(self, test: str) -> Fragment:
        """
        Test the value where it lies, in half the time that taking it out costs.

        Nothing that is missing or of another type is an error. This is what the operator @?
        calls; of the operator itself the planner expects that it selects next to nothing.
        """
        keys = "".join(f".{json.dumps(step)}" for step in self.steps)
        path = Fragment("%s", (f"strict ${keys} ? ({test})",))
        return combine(f"jsonb_path_exists_opr({self.source}, {{}}::jsonpath)", path)


@dataclass(frozen=True)
class Subject:
    """A stored value in its three readings, and its place if it has one."""

    text: Fragment
    number: Fragment
    moment: Fragment
    place: Place | None = None

    def test_number(
        self, test: str, compare: Callable[[Fragment], Fragment]
    ) -> Fragment:
        """
        Compare the number: with a ``test`` where it lies, in which @ is a JSON number, and by
        SQL where it is a text.
        """
        if self.place is None:
            return compare(self.number)
        return combine(
            "({} OR (jsonb_typeof({}) = 'string' AND {}))",
            self.place.holds(test),
            self.place.content,
            compare(read_number(self.text)),
        )


def read_number(text: Fragment) -> Fragment:
    """Read a text as a number, where it is one."""
    pattern = Fragment("%s", (NUMBER_PATTERN,))
    return combine(
        "CASE WHEN length({}) <= {} AND {} ~ {} THEN {}::numeric END",
        text,
        Fragment("%s", (LONGEST_NUMBER,)),
        text,
        pattern,
        text,
    )


def read_moment(text: Fragment) -> Fragment:
    """Read a text as a moment, where it is one."""
    pattern = Fragment("%s", (MOMENT_PATTERN,))
    return combine("CASE WHEN {} ~ {} THEN {}::timestamptz END", text, pattern, text)


def step_into(content: Fragment, steps: Sequence[str]) -> Fragment:
    """Follow keys into a jsonb value; a key into a list or a text leads nowhere."""
    arrows = "".join(" -> %s" for _ in steps)
    return Fragment(f"{content.text}{arrows}", (*content.params, *steps))


def elements(content: Fragment, alias: str) -> Fragment:
    """Give the elements of a list as rows with a column ``content``; else none."""
    return combine(
        "jsonb_array_elements(CASE jsonb_typeof({}) WHEN 'array' THEN {} END)"
        f" AS {alias} (content)",
        content,
        content,
    )


def content_subject(content: Fragment, text: Fragment | None = None) -> Subject:
    """Read a jsonb value; the text may be given where there is a shorter way to it."""
    content = content.format("({})")
    text = text or content.format("({} #>> '{{}}')")
    number = combine(
        "CASE jsonb_typeof({}) WHEN 'number' THEN {}::numeric WHEN 'string' THEN {} END",
        content,
        content,
        read_number(text),
    )
    return Subject(text=text, number=number, moment=read_moment(text))


def json_subject(source: str, name: str, path: Sequence[str] = ()) -> Subject:
    """Read a key of a jsonb column of ours, or what a path without "*" leads to in it."""
    *above, last = (name, *path)
    outer = step_into(Fragment(source), above)
    text = Fragment(f"({outer.text} ->> %s)", (*outer.params, last))
    content = step_into(outer, (last,)).format("({})")
    place = Place(source, (name, *path), content)
    return replace(content_subject(content, text), place=place)


def column_subject(name: str) -> Subject:
    """Read a column of ours that holds a text."""
    column = Fragment(name)
    return Subject(column, read_number(column), read_moment(column))


def contact_subject(name: str) -> Subject:
    """Read a column of the contact, or a key of its attributes."""
    if name in TEXT_FIELDS:
        return column_subject(f"contact.{name}")
    if name in DATE_FIELDS:
        column = Fragment(f"contact.{name}")
        return Subject(column.format("{}::text"), Fragment("NULL::numeric"), column)
    return json_subject("contact.attributes", name)


def property_subject(name: str, alias: str = "event") -> Subject:
    """Read a property of the event."""
    return json_subject(f"{alias}.properties", name)
