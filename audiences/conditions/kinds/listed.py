"""The contact is on a list, or is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import parse_reference, parse_word
from audiences.conditions.errors import Path
from audiences.conditions.kind import CONTACT_CHANGED, Kind, Names, Setting
from audiences.conditions.sql import FALSE, TRUE, Fragment, combine, exists, value
from audiences.conditions.words import quoted


@dataclass(frozen=True)
class OnList:
    """The contact is on a list, or is not."""

    list_id: int
    holds: bool = True


def parse(document: Mapping[str, Any], path: Path) -> OnList:
    """Read "is on a list"."""
    holds = parse_word(document, path, "on", "not_on")
    return OnList(parse_reference(document, path, "list"), holds)


def dump(node: OnList) -> dict[str, Any]:
    """Write the list and the word."""
    return {"list": node.list_id, "operator": "on" if node.holds else "not_on"}


def compile_node(node: OnList, setting: Setting, holds: bool) -> Fragment:
    """Look for the contact on the list."""
    if node.list_id in setting.everyone:
        return TRUE if node.holds == holds else FALSE
    rows = combine(
        "FROM contacts_listmembership AS listed WHERE listed.contact_list_id = {}"
        " AND listed.contact_id = contact.id",
        value(node.list_id),
    )
    return exists(rows, holds=node.holds == holds)


def say(node: OnList, names: Names) -> str:
    """Say the name of the list."""
    name = quoted(names.lists.get(node.list_id, "a deleted list"))
    return f"who are {'' if node.holds else 'not '}on the list {name}"


def waits_for(node: OnList, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact."""
    return (CONTACT_CHANGED,)


def found(node: OnList, setting: Setting) -> Fragment:
    """Tell whether the contact is on the list."""
    is_on = compile_node(OnList(node.list_id), setting, True)
    return is_on.format("jsonb_build_object('value', {})")


KIND = Kind("list", OnList, parse, dump, compile_node, say, waits_for, found=found)
