"""
Look at contacts: which conditions hold for each, and which audiences each is in.

One statement computes every distinct condition once, however many rules have it, and for a
contact only those that what happened may have changed. The answers come as numbers whose bits
are the contacts, so that a rule over thousands of them is a few operations.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection

from audiences.conditions import nodes
from audiences.conditions.compiler import compile_node
from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.values import value_of_one

# Who takes what happened, and who takes what is told after the fact.
LIVE = "audiences"
HISTORY = "audiences.history"

# Reads of each contact what holds, as a text of flags that begins with whether he is there;
# the audiences he is in, of those in question; and what of his still waits to be looked at
# (1: something new, 2: something told after the fact). Leans on the primary key of contacts,
# and on indexes that begin with the contact; the sum keeps those of the audience out, which
# look better while an audience is filled, until the tables are analyzed.
LOOK = """
SELECT looked.place,
    ARRAY[(contact.id IS NOT NULL AND contact.erased_at IS NULL){}]::text,
    ARRAY(
        SELECT member.audience_id FROM audiences_membership AS member
        WHERE member.contact_id = looked.contact_id AND member.audience_id + 0 = ANY ({})
    ),
    (
        SELECT bit_or(CASE waiting.consumer WHEN {} THEN 1 WHEN {} THEN 2 ELSE 0 END)
        FROM contacts_reaction AS waiting
        WHERE waiting.contact_id = looked.contact_id AND waiting.occurred_at <= {}
    )
FROM unnest({}, {}) WITH ORDINALITY AS looked (contact_id, mask, place)
LEFT JOIN contacts_contact AS contact ON contact.id = looked.contact_id
{}
"""
# Traits are computed once each; the fence keeps that from being undone.
TRAITS = "LEFT JOIN LATERAL (SELECT {} OFFSET 0) AS trait ON TRUE"
VALUE = "CASE WHEN looked.mask & {} <> 0 THEN {} END AS value_{}"
ASKED = ", (CASE WHEN looked.mask & {} <> 0 THEN {} END) IS TRUE"
FLAGS = str.maketrans("tf", "10")


@dataclass
class Sight:
    """What was seen: numbers with a bit for each contact, in the order of ``contacts``."""

    contacts: Sequence[int]
    present: int = 0
    holds: dict[Any, int] = field(default_factory=dict)
    members: dict[int, int] = field(default_factory=dict)
    # Of whom something new waits, and of whom something told after the fact.
    awaited: int = 0
    historical: int = 0

    def fitting(self, node: nodes.Node, counts_from: datetime | None = None) -> int:
        """Say for whom a tree holds, if only events after a moment exist."""
        match node:
            case nodes.All(conditions):
                found = self.present
                for child in conditions:
                    found &= self.fitting(child, counts_from)
                return found
            case nodes.Any(conditions):
                found = 0
                for child in conditions:
                    found |= self.fitting(child, counts_from)
                return found
            case nodes.Not(condition):
                return self.present & ~self.fitting(condition, counts_from)
            case nodes.InAudience(audience_id, holds):
                members = self.members.get(audience_id, 0)
                return self.present & (members if holds else ~members)
        return self.holds[node, counts_from] & self.present


# A condition, and from when on events count for it.
Asked = tuple[Any, datetime | None]


def look(
    contacts: Sequence[int],
    masks: Sequence[int],
    *,
    asked: Mapping[Asked, int],
    audiences: Iterable[int],
    setting: Setting,
) -> Sight:
    """
    Look at contacts.

    ``asked`` has the conditions, each with the bits that a contact's mask must share for it
    to be computed of him.
    """
    conditions = list(asked)
    traits = _traits(asked, setting)
    columns = {pk: Fragment(f"trait.value_{pk}") for pk in traits}
    computed = replace(setting, trait_columns=columns)
    statement = combine(
        LOOK,
        _columns(conditions, asked, computed),
        value(sorted(audiences), "bigint[]"),
        value(LIVE),
        value(HISTORY),
        value(setting.as_of, "timestamptz"),
        value(list(contacts), "bigint[]"),
        value(list(masks), "bigint[]"),
        combine(TRAITS, _listed(traits.values())) if traits else Fragment(""),
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jit', 'off', true)")
        cursor.execute(statement.text, statement.params)
        return _read(contacts, conditions, cursor.fetchall())


def _traits(asked: Mapping[Asked, int], setting: Setting) -> dict[int, Fragment]:
    """Compute each trait that conditions compare, of the contacts for whom one is asked."""
    masks: dict[int, int] = {}
    for (leaf, _), mask in asked.items():
        if isinstance(leaf, nodes.TraitIs):
            masks[leaf.trait_id] = masks.get(leaf.trait_id, 0) | mask
    return {
        pk: combine(
            VALUE, value(mask, "bigint"), value_of_one(pk, setting), Fragment(str(pk))
        )
        for pk, mask in sorted(masks.items())
    }


def _listed(pieces: Iterable[Fragment]) -> Fragment:
    """Put pieces into a row, with commas between."""
    gathered = list(pieces)
    return combine(", ".join("{}" for _ in gathered), *gathered)


def _columns(
    conditions: Iterable[Asked], asked: Mapping[Asked, int], setting: Setting
) -> Fragment:
    """Compute each condition where it is asked for."""
    columns = [
        combine(
            ASKED,
            value(asked[leaf, counts_from], "bigint"),
            compile_node(leaf, replace(setting, counts_from=counts_from)),
        )
        for leaf, counts_from in conditions
    ]
    return combine("{}" * len(columns), *columns)


def _read(
    contacts: Sequence[int],
    conditions: Sequence[Asked],
    rows: Sequence[tuple[Any, ...]],
) -> Sight:
    """Turn rows of contacts into numbers of conditions; the first contact has the lowest bit."""
    sight = Sight(contacts)
    ordered = sorted(rows, reverse=True)
    # "{t,f,t}" of each contact, from the last to the first.
    columns = zip(*(row[1][1::2] for row in ordered), strict=True)
    present, *answers = (int("".join(column).translate(FLAGS), 2) for column in columns)
    sight.present = present
    sight.holds = dict(zip(conditions, answers, strict=True))
    for place, _, audience_ids, waiting in rows:
        bit = 1 << (place - 1)
        for pk in audience_ids:
            sight.members[pk] = sight.members.get(pk, 0) | bit
        if waiting:
            sight.awaited |= bit if waiting & 1 else 0
            sight.historical |= bit if waiting & 2 else 0
    return sight


def in_order(bits: int) -> list[int]:
    """List the places of the bits that are set."""
    text = bin(bits)[:1:-1]
    places = []
    place = text.find("1")
    while place >= 0:
        places.append(place)
        place = text.find("1", place + 1)
    return places
