"""The columns of the file of members: fields, and the attributes and traits that are chosen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import QueryDict

from audiences.conditions.words import readable
from audiences.explain.computed import trait_values
from audiences.models import Membership, Trait
from contacts.sentences import show_value

CHUNK = 2_000
MOST_COLUMNS = 50
FIELDS: Mapping[str, str] = {
    "email": "Email",
    "first_name": "First name",
    "last_name": "Last name",
    "locale": "Language",
    "entered_at": "Entered",
}


@dataclass(frozen=True)
class Columns:
    """What is told of each member beside the fields."""

    attributes: tuple[str, ...] = ()
    traits: Sequence[Trait] = field(default_factory=tuple)

    def headers(self) -> dict[str, str]:
        """Title the columns."""
        return {
            **FIELDS,
            **{
                f"attribute {name}": readable(name, capital=True)
                for name in self.attributes
            },
            **{f"trait {trait.pk}": trait.name for trait in self.traits},
        }


def read_columns(values: QueryDict) -> Columns:
    """Read which attributes and traits are chosen; at most one query."""
    names = [
        name.replace("\0", "")[:200] for name in values.getlist("attribute") if name
    ]
    ids = [pk for pk in values.getlist("trait") if pk.isdecimal() and len(pk) < 18]
    return Columns(
        attributes=tuple(dict.fromkeys(names))[:MOST_COLUMNS],
        traits=list(Trait.objects.filter(pk__in=ids).order_by("name"))[:MOST_COLUMNS]
        if ids
        else (),
    )


def member_rows(
    members: Iterable[Membership], columns: Columns, *, as_of: datetime
) -> Iterator[dict[str, Any]]:
    """Tell each member's values; one query for each trait and some thousand members."""
    waiting = iter(members)
    while chunk := list(islice(waiting, CHUNK)):
        ids = [member.contact_id for member in chunk]
        computed = {
            trait.pk: trait_values(trait.pk, as_of=as_of, contact_ids=ids)
            for trait in columns.traits
        }
        for member in chunk:
            yield _row(member, columns, computed)


def _row(
    member: Membership, columns: Columns, computed: Mapping[int, Mapping[int, Any]]
) -> dict[str, Any]:
    """Tell the values of a member."""
    contact = member.contact
    return {
        **{name: getattr(contact, name) for name in FIELDS if name != "entered_at"},
        "entered_at": member.entered_at,
        **{
            f"attribute {name}": _cell(contact.attributes.get(name))
            for name in columns.attributes
        },
        **{
            f"trait {pk}": _cell(values.get(contact.pk))
            for pk, values in computed.items()
        },
    }


def _cell(content: Any) -> Any:
    """Write lists and objects as words; leave numbers, flags and texts as they are."""
    return show_value(content) if isinstance(content, list | dict) else content
