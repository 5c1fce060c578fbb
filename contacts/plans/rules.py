"""A planned event as a tree of rules, and what of a message breaks them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contacts.plans.patterns import LONGEST_TEXT, Pattern, compile_pattern
from contacts.shapes import ELEMENT, TYPE_LABELS, is_date, type_of

UNPLANNED_EVENT = "unplanned_event"
UNPLANNED = "unplanned"
MISSING = "missing"
WRONG_TYPE = "wrong_type"
NOT_PERMITTED = "not_permitted"

ALLOW = "allow"
OMIT = "omit"
BLOCK = "block"

# A message that breaks more than this says nothing new.
MOST_BREACHES = 20
LONGEST_DETAILS = 300
LONGEST_VALUE = 60
LONGEST_PATH = 250
CLASSES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "flag": (bool,),
    "list": (list,),
    "object": (dict,),
    "empty": (type(None),),
}


class Breach(NamedTuple):
    """Where a message breaks the plan, how, and what is done about it."""

    problem: str
    path: str
    details: str
    reaction: str


@dataclass(frozen=True)
class Reactions:
    """What a plan does about each kind of breach: allow, omit or block."""

    unplanned_event: str = ALLOW
    unplanned: str = ALLOW
    missing: str = ALLOW
    wrong: str = ALLOW


@dataclass(frozen=True)
class PropertyRule:
    """What a plan says about a property."""

    path: str
    is_required: bool = False
    types: tuple[str, ...] = ()
    permitted: tuple[Any, ...] = ()
    pattern: str = ""


class Node:
    """A property in the tree: its rule, and what is planned inside of it."""

    __slots__ = (
        "children",
        "classes",
        "is_required",
        "may_be_date",
        "may_be_whole",
        "pattern",
        "permitted",
        "required",
        "rule",
    )

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        # The names of the children that must be there.
        self.required: tuple[str, ...] = ()
        self.rule: PropertyRule | None = None
        self.is_required = False
        self.classes: frozenset[type] = frozenset()
        self.may_be_date = False
        self.may_be_whole = False
        self.permitted: frozenset[str] = frozenset()
        self.pattern: Pattern | None = None

    def take(self, rule: PropertyRule) -> None:
        """Hold what the rule says in the form that is fastest to check."""
        self.rule = rule
        self.is_required = rule.is_required
        names = (name for kind in rule.types for name in CLASSES.get(kind, ()))
        self.classes = frozenset(names)
        self.may_be_date = "date" in rule.types
        self.may_be_whole = "integer" in rule.types
        self.permitted = frozenset(map(plain_text, rule.permitted))
        self.pattern = compile_pattern(rule.pattern) if rule.pattern else None

    def find(self, path: str) -> "Node | None":
        """Follow a path with dots, for properties whose own name has a dot."""
        node: Node | None = self
        for name in path.split("."):
            node = node.children.get(name) if node else None
        return node


def plant(rules: Iterable[PropertyRule]) -> Node:
    """
    Build the tree of a planned event.

    :raises PatternRefused: if a pattern can't be used
    """
    root = Node()
    for rule in rules:
        node = root
        for name in rule.path.split("."):
            node = node.children.setdefault(name, Node())
        node.take(rule)
    settle(root)
    return root


def settle(node: Node) -> None:
    """Note what must be there; what is only a way to something required is so itself."""
    for child in node.children.values():
        settle(child)
    node.required = tuple(
        name
        for name, child in node.children.items()
        if name != ELEMENT
        and (child.is_required or (child.rule is None and child.required))
    )


@dataclass
class Findings:
    """What was found in a message so far."""

    reactions: Reactions
    breaches: list[Breach] = field(default_factory=list)
    omitted: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, problem: str, path: str, reaction: str, details: str = "") -> bool:
        """Note a breach, once for each place; returns whether the value is left out."""
        is_omitted = reaction == OMIT and problem != MISSING
        if (problem, path) not in self.seen and len(self.seen) < MOST_BREACHES:
            self.seen.add((problem, path))
            done = ALLOW if problem == MISSING and reaction == OMIT else reaction
            self.breaches.append(
                Breach(problem, path[:LONGEST_PATH], details[:LONGEST_DETAILS], done)
            )
            if is_omitted:
                self.omitted.append(path[:LONGEST_PATH])
        return is_omitted


def check_object(
    node: Node, values: dict[str, Any], prefix: str, findings: Findings
) -> dict[str, Any]:
    """Check what an object holds; returns it, or a copy without what is left out."""
    kept = values
    for name, value in values.items():
        child = node.children.get(name)
        if child is None and "." in name:
            child = node.find(name)
        if child is None:
            if node.children or not prefix:
                is_omitted = findings.add(
                    UNPLANNED, prefix + name, findings.reactions.unplanned, came(value)
                )
                if is_omitted:
                    kept = without(kept, values, name)
            continue
        checked, is_omitted = check_value(child, value, prefix + name, findings)
        if is_omitted:
            kept = without(kept, values, name)
        elif checked is not value:
            kept = dict(kept) if kept is values else kept
            kept[name] = checked
    for name in node.required:
        if values.get(name) is None:
            miss(node.children[name], name, values, prefix + name, findings)
    return kept


def without(kept: dict[str, Any], values: dict[str, Any], name: str) -> dict[str, Any]:
    """Leave a name out, of a copy."""
    kept = dict(kept) if kept is values else kept
    del kept[name]
    return kept


def miss(
    node: Node, name: str, values: dict[str, Any], path: str, findings: Findings
) -> None:
    """Note what is missing: the property, or what is required below where nothing is."""
    if name in values and type(None) in node.classes:
        return
    if node.rule is None:
        for below in node.required:
            if values.get(f"{name}.{below}") is None:
                miss(node.children[below], below, {}, f"{path}.{below}", findings)
        return
    if name in values or values.get(path) is None:
        details = "It came empty." if name in values else ""
        findings.add(MISSING, path, findings.reactions.missing, details)


def check_value(
    node: Node, value: Any, path: str, findings: Findings
) -> tuple[Any, bool]:
    """
    Check a value and what is in it.

    :returns: the value, or a copy without what is left out, and whether all of it is
    """
    if value is None:
        # Nothing is never wrong; where something is required, it is missing.
        return value, False
    if node.rule is not None:
        problem = fault(node, value)
        if problem:
            details = f"Expected {expected(node.rule, problem)}; got {came(value)}."
            if findings.add(problem, path, findings.reactions.wrong, details):
                return value, True
            return value, False
    if not node.children:
        return value, False
    if isinstance(value, dict):
        return check_object(node, value, f"{path}.", findings), False
    if isinstance(value, list) and ELEMENT in node.children:
        return check_list(node.children[ELEMENT], value, path, findings), False
    return value, False


def check_list(
    node: Node, values: list[Any], path: str, findings: Findings
) -> list[Any]:
    """Check each element; returns the list, or a copy without what is left out."""
    pairs = [check_value(node, value, f"{path}.$", findings) for value in values]
    kept = [checked for checked, is_omitted in pairs if not is_omitted]
    is_same = len(kept) == len(values) and all(
        checked is value for checked, value in zip(kept, values, strict=True)
    )
    return values if is_same else kept


def fault(node: Node, value: Any) -> str:
    """Say how a value breaks the rule of its property; blank if it does not."""
    if node.rule and node.rule.types and not has_type(node, value):
        return WRONG_TYPE
    if node.permitted and plain_text(value) not in node.permitted:
        return NOT_PERMITTED
    if node.pattern is not None and not node.pattern.search(
        plain_text(value)[:LONGEST_TEXT]
    ):
        return NOT_PERMITTED
    return ""


def has_type(node: Node, value: Any) -> bool:
    """Whether the value is of one of the types; a whole number is a number too."""
    if type(value) in node.classes:
        return True
    if node.may_be_date and isinstance(value, str):
        return is_date(value)
    return node.may_be_whole and isinstance(value, float) and value.is_integer()


def plain_text(value: Any) -> str:
    """Write a value as it stands in a list of permitted ones."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def expected(rule: PropertyRule, problem: str) -> str:
    """Say what the rule wants."""
    if problem == WRONG_TYPE:
        return " or ".join(TYPE_LABELS.get(name, name) for name in rule.types)
    if rule.permitted:
        return "one of " + ", ".join(map(plain_text, rule.permitted))[:120]
    return f"a match of {rule.pattern}"


def came(value: Any) -> str:
    """Say what came: its type and its beginning."""
    label = TYPE_LABELS[type_of(value)]
    if isinstance(value, list | Mapping):
        return f"{label} of {len(value)}"
    text = plain_text(value)
    short = f"{text[:LONGEST_VALUE]}…" if len(text) > LONGEST_VALUE else text
    return f"{label} “{short}”"
