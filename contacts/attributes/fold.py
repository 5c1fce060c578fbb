"""
What statements about a contact amount to; plain Python.

A *statement* names values, at a time. Of each name the newest counts, by time and then by
the key of the statement. None takes a value away.

What a source says that anybody can speak for is a *claim*: it counts only where nobody else
has ever stated the name. A value that was taken away was stated too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contacts.cells import split_name

# What a client noticed and nobody stated begins with this.
NOTICED = "noticed:"
# What was claimed, and may be stated by somebody else, begins with this.
CLAIMED = "claimed:"
# A full name, which fills the names that were never given.
FULL_NAME = "name"
EMAIL = "email"
# The fields of a contact that hold texts, and how long these may be.
TEXT_LIMITS = {
    EMAIL: 254,
    "first_name": 200,
    "last_name": 200,
    FULL_NAME: 400,
    "locale": 35,
    "time_zone": 64,
}
FIELDS = (EMAIL, "first_name", "last_name", "locale", "time_zone")
PARTS = ("first_name", "last_name")
MAY_BE_NOTICED = ("locale", "time_zone")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Settled:
    """What a contact shows."""

    fields: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    attributes: dict[str, Any] = field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        """All values that there are, fields first."""
        given = {name: value for name, value in self.fields.items() if value}
        return given | self.attributes


def newest(statements: Iterable[Values]) -> dict[str, Any]:
    """Take the newest value of each name from statements in their order."""
    values: dict[str, Any] = {}
    for statement in statements:
        values.update(statement)
    return values


def as_claims(values: Values) -> dict[str, Any]:
    """Mark values as claimed; what was noticed gives way to everything anyhow."""
    return {
        name if name.startswith(NOTICED) else CLAIMED + name: value
        for name, value in values.items()
    }


def effective(values: Values) -> dict[str, Any]:
    """Let claims fill in what nobody has stated."""
    stated = {
        name: value for name, value in values.items() if not name.startswith(CLAIMED)
    }
    claims = {
        name.removeprefix(CLAIMED): value
        for name, value in values.items()
        if name.startswith(CLAIMED)
    }
    return {
        name: value for name, value in claims.items() if not is_stated(name, stated)
    } | stated


def is_stated(name: str, stated: Values) -> bool:
    """Whether a claim of a name comes too late; a full name states both of its parts."""
    if name in PARTS and stated.get(FULL_NAME):
        return True
    return name in stated


def settled(values: Values) -> Settled:
    """Say what a contact shows of whom these are the newest values of all names."""
    values = effective(values)
    first, last = split_name(values.get(FULL_NAME) or "")
    told = {
        "first_name": first[: TEXT_LIMITS["first_name"]],
        "last_name": last[: TEXT_LIMITS["last_name"]],
    }
    fields = {
        name: (values[name] if name in values else told.get(name)) or ""
        for name in FIELDS
    }
    for name in MAY_BE_NOTICED:
        fields[name] = fields[name] or values.get(NOTICED + name) or ""
    return Settled(
        fields,
        {
            name: value
            for name, value in values.items()
            if value is not None and is_attribute(name)
        },
    )


def is_attribute(name: str) -> bool:
    """Whether a name is no field, and nothing that only helps to find one."""
    return name not in TEXT_LIMITS and not name.startswith(NOTICED)


def overlay(before: Settled, values: Values) -> Settled | None:
    """
    Say what a contact shows after newer values of some names.

    None if that depends on what was said before, which only all values can tell.
    """
    claims = {name: one for name, one in values.items() if name.startswith(CLAIMED)}
    if claims:
        stated = {name: one for name, one in values.items() if name not in claims}
        after = overlay(before, stated)
        return after if after and _changes_nothing(claims, stated, after) else None
    fields = dict(before.fields)
    for name in FIELDS:
        if values.get(name):
            fields[name] = values[name]
        elif name in values and name not in MAY_BE_NOTICED:
            fields[name] = ""
    if not (_takes_noticed(fields, values) and _takes_full_name(fields, values)):
        return None
    attributes = dict(before.attributes)
    for name, value in values.items():
        if not is_attribute(name):
            continue
        if value is None:
            attributes.pop(name, None)
        else:
            attributes[name] = value
    return Settled(fields, attributes)


def _changes_nothing(claims: Values, stated: Values, after: Settled) -> bool:
    """Whether a contact shows what is claimed, or it was stated in the same breath."""
    shown = after.known()
    wanted = {name.removeprefix(CLAIMED): value for name, value in claims.items()}
    wanted = {name: one for name, one in wanted.items() if not is_stated(name, stated)}
    if FULL_NAME in wanted:
        whole = settled({FULL_NAME: wanted.pop(FULL_NAME)}).fields
        wanted = {name: whole[name] for name in PARTS} | wanted
    return all(
        (shown.get(name) or "") == (value or "")
        if name in FIELDS
        else shown.get(name) == value
        for name, value in wanted.items()
    )


def _takes_noticed(fields: dict[str, str], values: Values) -> bool:
    """Fill in what was noticed; False if it may be that something was stated."""
    for name in MAY_BE_NOTICED:
        noticed = values.get(NOTICED + name)
        if name in values:
            if values[name]:
                continue
            if NOTICED + name not in values:
                return False
            fields[name] = noticed or ""
        elif NOTICED + name in values and fields[name] != (noticed or ""):
            if fields[name]:
                return False
            fields[name] = noticed or ""
    return True


def _takes_full_name(fields: dict[str, str], values: Values) -> bool:
    """Whether a full name changes nothing; else it matters what was given before."""
    if FULL_NAME not in values:
        return True
    whole = settled({FULL_NAME: values[FULL_NAME]}).fields
    return all(
        name in values or fields[name] == whole[name]
        for name in ("first_name", "last_name")
    )
