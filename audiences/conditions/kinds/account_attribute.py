"""An account to which the contact belongs compares with a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from audiences.conditions.comparisons import (
    compare_inside,
    describe_comparison,
    describe_path,
    dump_comparison,
    is_relative,
    parse_comparison,
    parse_path,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.kept import Kept, in_text, inside, kept_name, turns
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.operators import OPERATORS
from audiences.conditions.sql import Fragment, combine, exists
from audiences.conditions.subjects import column_subject
from audiences.conditions.words import readable

NAME = "name"


@dataclass(frozen=True)
class AccountIs:
    """The name or an attribute of an account of the contact compares with a value."""

    name: str
    operator: str
    value: object = None
    path: tuple[str, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> AccountIs:
    """Read a comparison with the name or an attribute of an account."""
    name, operator, value = parse_comparison(document, path, "Choose an attribute.")
    steps = parse_path(document, path)
    if steps and name == NAME:
        raise ConditionError(
            (*path, "path"), f"“{name}” is one value, there is nothing inside it."
        )
    return AccountIs(name, operator, value, steps)


def compile_node(node: AccountIs, setting: Setting, holds: bool) -> Fragment:
    """
    Look for an account of the contact that compares so.

    A comparison that is the opposite of another asks that no account satisfies that one.
    Leans on account_member_once.
    """
    operator = OPERATORS[node.operator]
    positive = replace(node, operator=operator.opposite_of or operator.name)
    if positive.name == NAME:
        entry = OPERATORS[positive.operator]
        subject = column_subject("account.name")
        compared = entry.sql(subject, positive.value, setting.as_of)
    else:
        compared = compare_inside("account.attributes", positive, setting.as_of)
    rows = combine(
        "FROM contacts_accountmember AS belongs"
        " JOIN contacts_account AS account ON account.id = belongs.account_id"
        " WHERE belongs.contact_id = contact.id AND ({})",
        compared,
    )
    return exists(rows, holds=holds != bool(operator.opposite_of))


def say(node: AccountIs, names: Names) -> str:
    """Say the name and the comparison."""
    label = f"account’s {readable(node.name)}"
    return f"whose {label}{describe_path(node)} {describe_comparison(node)}"


def waits_for(node: AccountIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact: those of his accounts are told as such."""
    return (CONTACT_CHANGED,)


def flips(node: AccountIs, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as a moment that an account holds comes and goes by."""
    return turns(_kept_name(node), node.operator, node.value)


def moments(node: AccountIs, traits: Mapping[int, Any]) -> Iterable[Kept]:
    """Keep the moments that the accounts of the contact hold."""
    if is_relative(node.operator):
        yield Kept(_kept_name(node), lambda setting: _moments(node))


def _kept_name(node: AccountIs) -> str:
    """Name the moments that accounts hold."""
    return kept_name("account", node.name, node.path)


def _moments(node: AccountIs) -> Fragment:
    """Select the moments that the accounts of the contact hold. Leans on account_member_once."""
    held = (
        in_text(Fragment("account.name"))
        if node.name == NAME
        else inside("account.attributes", node.name, node.path)
    )
    return held.format(
        "SELECT held.at FROM contacts_accountmember AS belongs"
        " JOIN contacts_account AS account ON account.id = belongs.account_id"
        " CROSS JOIN LATERAL ({}) AS held WHERE belongs.contact_id = contact.id"
    )


def found(node: AccountIs, setting: Setting) -> Fragment:
    """Tell what the accounts of the contact have."""
    content = (
        Fragment("to_jsonb(account.name)")
        if node.name == NAME
        else Fragment("account.attributes -> %s", (node.name,))
    )
    return content.format(
        "jsonb_build_object('value', (SELECT jsonb_agg({} ORDER BY account.id)"
        " FROM contacts_account AS account WHERE account.id IN ("
        "SELECT belongs.account_id FROM contacts_accountmember AS belongs"
        " WHERE belongs.contact_id = contact.id)))"
    )


KIND = Kind(
    name="account_attribute",
    node=AccountIs,
    parse=parse,
    dump=dump_comparison,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments,
)
