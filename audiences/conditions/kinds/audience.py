"""The contact is a member of a saved audience, or is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import parse_reference, parse_word
from audiences.conditions.errors import Path
from audiences.conditions.kind import Kind, Names, Setting
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.words import quoted


@dataclass(frozen=True)
class InAudience:
    """The contact is a member of a saved audience, or is not."""

    audience_id: int
    holds: bool = True


def parse(document: Mapping[str, Any], path: Path) -> InAudience:
    """Read "is in an audience"."""
    holds = parse_word(document, path, "in", "not_in")
    return InAudience(parse_reference(document, path, "audience"), holds)


def dump(node: InAudience) -> dict[str, Any]:
    """Write the audience and the word."""
    return {"audience": node.audience_id, "operator": "in" if node.holds else "not_in"}


# What the ledger last said of the contact. Leans on membership_changes_once.
LAST_CHANGE = """(
    SELECT change.change FROM audiences_membershipchange AS change
    WHERE change.contact_id = contact.id AND change.audience_id = {}
    AND change.changed_at <= {}
    ORDER BY change.changed_at DESC, change.episode DESC, change.id DESC LIMIT 1
)"""


def compile_node(node: InAudience, setting: Setting, holds: bool) -> Fragment:
    """Look for the contact among the members; of the past, in the ledger."""
    if setting.is_past:
        last = combine(
            LAST_CHANGE, value(node.audience_id), value(setting.as_of, "timestamptz")
        )
        sign = "IS NOT DISTINCT FROM" if node.holds == holds else "IS DISTINCT FROM"
        return last.format(f"{{}} {sign} 'entered'")
    rows = combine(
        "FROM audiences_membership AS member WHERE member.audience_id = {}"
        " AND member.contact_id = contact.id",
        value(node.audience_id),
    )
    if setting.since and node.holds:
        rows = rows.format(f"{{}} AND member.entered_at > {setting.since}")
    return exists(rows, holds=node.holds == holds)


def say(node: InAudience, names: Names) -> str:
    """Say the name of the audience."""
    name = quoted(names.audiences.get(node.audience_id, "a deleted audience"))
    return f"who are {'' if node.holds else 'not '}in the audience {name}"


def found(node: InAudience, setting: Setting) -> Fragment:
    """Tell whether the contact is a member."""
    is_in = compile_node(InAudience(node.audience_id), setting, True)
    return is_in.format("jsonb_build_object('value', {})")


# Who enters and leaves the named audience is looked at again with it: nothing to wait for.
KIND = Kind("audience", InAudience, parse, dump, compile_node, say, found=found)
