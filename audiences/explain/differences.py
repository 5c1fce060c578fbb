"""What changed between two rules, condition by condition."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.describe import describe_node
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Names
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.explain.card import GROUPS, WORDS, singular

# What tells one condition from another of its kind; all else of it may have changed.
SUBJECTS = ("name", "trait", "list", "audience", "state", "of")


@dataclass(frozen=True)
class Line:
    """A condition of the one rule, the other, or both: "same", "changed", "added", "removed"."""

    change: str
    before: str = ""
    after: str = ""
    # Within which groups it was and is, the outermost first.
    groups_before: tuple[str, ...] = ()
    groups_after: tuple[str, ...] = ()

    @property
    def is_moved(self) -> bool:
        """Whether it stands in other groups."""
        return bool(self.before and self.after) and (
            self.groups_before != self.groups_after
        )


@dataclass(frozen=True)
class _Condition:
    """A condition with the groups around it."""

    sentence: str
    subject: str
    groups: tuple[str, ...]


def compare_rules(before: object, after: object) -> list[Line]:
    """
    List the conditions of two rules: those of the newer one in order, then what is gone.

    :raises ConditionError: if one of them can't be read any more
    """
    names = selection.all_names()
    old = list(_conditions(parse_condition(before), names))
    new = list(_conditions(parse_condition(after), names))
    matched: dict[int, int] = {}
    for fits in (_is_same, _is_moved, _is_about_the_same):
        for place, condition in enumerate(new):
            if place in matched:
                continue
            free = (
                at
                for at, other in enumerate(old)
                if at not in matched.values() and fits(condition, other)
            )
            found = next(free, None)
            if found is not None:
                matched[place] = found
    lines = [
        _line(old[matched[place]] if place in matched else None, condition)
        for place, condition in enumerate(new)
    ]
    gone = [one for at, one in enumerate(old) if at not in matched.values()]
    return [*lines, *(_line(one, None) for one in gone)]


def compare_or_say_why(before: object, after: object) -> tuple[list[Line], str]:
    """Compare two saved rules, or say why an old one can't be read any more."""
    try:
        return compare_rules(before, after), ""
    except ConditionError as error:
        return [], error.message


def _conditions(
    node: nodes.Node, names: Names, groups: tuple[str, ...] = ()
) -> Iterator[_Condition]:
    """List the conditions of a tree with the groups around each."""
    word = WORDS.get(type(node))
    if word is None:
        document = dump_condition(node)
        subject = [document["kind"], *(document.get(key) for key in SUBJECTS)]
        yield _Condition(singular(describe_node(node, names)), repr(subject), groups)
        return
    group: Any = node
    inside = [group.condition] if word == "not" else group.conditions
    # A group of one is no group, whatever it is called; nor is "all" around everything.
    is_plain = (word == "all" and not groups) or (word != "not" and len(inside) == 1)
    around = groups if is_plain else (*groups, GROUPS[word])
    for child in inside:
        yield from _conditions(child, names, around)


def _is_same(one: _Condition, other: _Condition) -> bool:
    """Whether nothing is changed."""
    return one == other


def _is_moved(one: _Condition, other: _Condition) -> bool:
    """Whether only the groups are others."""
    return one.sentence == other.sentence


def _is_about_the_same(one: _Condition, other: _Condition) -> bool:
    """Whether both ask about the same thing."""
    return one.subject == other.subject


def _line(before: _Condition | None, after: _Condition | None) -> Line:
    """Put a condition of the one and of the other side by side."""
    nothing = _Condition("", "", ())
    old, new = before or nothing, after or nothing
    change = "changed"
    if before is None:
        change = "added"
    elif after is None:
        change = "removed"
    elif before == after:
        change = "same"
    return Line(change, old.sentence, new.sentence, old.groups, new.groups)
