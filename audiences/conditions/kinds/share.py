"""The contact is among a share of all contacts that chance has picked, for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.kind import Kind, Names, Setting
from audiences.conditions.operands import dump_number, parse_number, parse_text
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.words import quoted


@dataclass(frozen=True)
class RandomShare:
    """A share in percent; another ``salt`` picks other contacts."""

    percent: Decimal
    salt: str


def parse(document: Mapping[str, Any], path: Path) -> RandomShare:
    """Read a share of 0.01 to 100 percent, and the salt."""
    percent = parse_number(document.get("percent"), (*path, "percent"))
    if not Decimal("0.01") <= percent <= 100:
        raise ConditionError((*path, "percent"), "Enter a number from 0.01 to 100.")
    return RandomShare(percent, parse_text(document.get("salt"), (*path, "salt")))


def dump(node: RandomShare) -> dict[str, Any]:
    """Write the share and the salt."""
    return {"percent": dump_number(node.percent), "salt": node.salt}


def compile_node(node: RandomShare, setting: Setting, holds: bool) -> Fragment:
    """Compare the number that a hash gives the contact."""
    return combine(
        f"{{}} {'<' if holds else '>='} {{}}",
        _number(node),
        value(node.percent * 100, "numeric"),
    )


def _number(node: RandomShare) -> Fragment:
    """Compute the number of the contact, from 0 to 9,999."""
    return combine(
        "mod(('x' || left(md5({} || ':' || contact.id::text), 8))::bit(32)::bigint, 10000)",
        value(node.salt, "text"),
    )


def say(node: RandomShare, names: Names) -> str:
    """Say how large the share is."""
    return (
        f"who are among the random {node.percent.normalize():f} % {quoted(node.salt)}"
    )


def found(node: RandomShare, setting: Setting) -> Fragment:
    """Tell the number of the contact in percent: who is below the share is in."""
    return _number(node).format("jsonb_build_object('value', {} / 100.0)")


KIND = Kind("random", RandomShare, parse, dump, compile_node, say, found=found)
