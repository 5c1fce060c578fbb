"""What a file explains of audiences and traits, in words and to compare."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from audiences.catalog import event_labels
from audiences.conditions.describe import describe_condition
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Names
from audiences.conditions.parse import parse_condition
from audiences.conditions.traits import describe_trait, parse_trait
from campaigns.files.format import Thing
from campaigns.files.read import Numbers
from campaigns.flows.references import (
    AUDIENCE,
    LIST,
    TRAIT,
    exchange_in_condition,
    exchange_in_trait,
)


def say_definition(thing: Thing, definition: Mapping[str, Any]) -> str:
    """Say what a thing is, as the file explains it; "" if there is nothing to say."""
    kind, _ = thing
    if kind not in (AUDIENCE, TRAIT):
        return str(definition.get("description") or "")
    numbers = Numbers()
    try:
        if kind == AUDIENCE:
            rule = deepcopy(definition["rule"])
            exchange_in_condition(rule, numbers.number, "")
            return describe_condition(parse_condition(rule), _names(numbers))
        trait = deepcopy(definition["definition"])
        exchange_in_trait(trait, numbers.number, "")
        return describe_trait(parse_trait(trait), _names(numbers)).capitalize()
    except ConditionError as error:
        return f"This can't be read: {error.message}"


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two explanations come to the same; what is written about them counts for nothing."""
    told = {"rule", "counts_from", "definition", "everybody"}
    return all(one.get(key) == other.get(key) for key in told)


def _names(numbers: Numbers) -> Names:
    """Name what was numbered."""
    return Names(
        lists=numbers.names(LIST),
        audiences=numbers.names(AUDIENCE),
        traits=numbers.names(TRAIT),
        events=event_labels(),
    )
