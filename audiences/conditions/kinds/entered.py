"""The contact entered an audience, or left it, within a window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from audiences.conditions.comparisons import parse_choice, parse_reference
from audiences.conditions.errors import Path
from audiences.conditions.happenings import within
from audiences.conditions.kind import Clock, Flip, Kind, Names, Setting
from audiences.conditions.operands import dump_window, parse_window
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.windows import Ever, Window
from audiences.conditions.words import describe_window, quoted

CHANGES = ("entered", "left")


@dataclass(frozen=True)
class EnteredAudience:
    """An entry into an audience, or an exit from it, happened within a window."""

    audience_id: int
    change: str = "entered"
    window: Window = Ever()


def parse(document: Mapping[str, Any], path: Path) -> EnteredAudience:
    """Read "entered an audience within a window"."""
    return EnteredAudience(
        audience_id=parse_reference(document, path, "audience"),
        change=parse_choice(document, path, "change", CHANGES),
        window=parse_window(
            document.get("window", {"kind": "ever"}), (*path, "window")
        ),
    )


def dump(node: EnteredAudience) -> dict[str, Any]:
    """Write the audience, the change and the window."""
    return {
        "audience": node.audience_id,
        "change": node.change,
        "window": dump_window(node.window),
    }


def compile_node(node: EnteredAudience, setting: Setting, holds: bool) -> Fragment:
    """Look in the ledger. Leans on membership_changes_once, and on the newest ones."""
    rows = _changes(node, setting).format("{} AND change.contact_id = contact.id")
    return exists(rows, holds=holds)


def _changes(node: EnteredAudience, setting: Setting) -> Fragment:
    """Select such changes, of whomever."""
    since = Fragment(f"change.changed_at > {setting.since}")
    tests = [
        combine("change.audience_id = {}", value(node.audience_id)),
        combine("change.change = {}", value(node.change)),
        *within(node.window.bounds(setting.as_of), column="change.changed_at"),
        *([since] if setting.since else []),
    ]
    template = " AND ".join("{}" for _ in tests)
    return combine(
        f"FROM audiences_membershipchange AS change WHERE {template}", *tests
    )


def say(node: EnteredAudience, names: Names) -> str:
    """Say what they did with which audience, and when."""
    name = quoted(names.audiences.get(node.audience_id, "a deleted audience"))
    return f"who {node.change} the audience {name}{describe_window(node.window)}"


def flips(node: EnteredAudience, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change when the entry leaves the window."""
    for after in node.window.edges():
        yield Flip(Clock.CHANGE, str(node.audience_id), after)


def found(node: EnteredAudience, setting: Setting) -> Fragment:
    """Tell when it last happened within the window, or else at all."""
    newest = "(SELECT max(change.changed_at) {} AND change.contact_id = contact.id)"
    return combine(
        "jsonb_build_object('value', coalesce({}, {}))",
        _changes(node, setting).format(newest),
        _changes(replace(node, window=Ever()), setting).format(newest),
    )


# Who enters and leaves the named audience is looked at again with it: nothing to wait for.
KIND = Kind(
    name="entered",
    node=EnteredAudience,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    flips=flips,
    found=found,
)
