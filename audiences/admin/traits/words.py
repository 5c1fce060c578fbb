"""Traits in words: what they compute, how they stand, and what is odd about their values."""

from collections.abc import Iterator, Mapping
from typing import Any

from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Names
from audiences.conditions.traits import describe_trait, parse_trait
from audiences.conditions.words import quoted
from audiences.models import Trait
from contacts.observed import share

MEASURING, LIVE, FAILED = ("Measuring…", "info"), ("Live", "good"), ("Failed", "bad")


def sentence_of(definition: Mapping[str, Any], names: Names) -> str:
    """Say what a saved definition computes, or why it can't be read any more; never raises."""
    try:
        words = describe_trait(parse_trait(definition), names)
    except ConditionError as error:
        return f"This trait can't be read any more: {error.message}"
    return f"{words[:1].upper()}{words[1:]}"


def state_of(trait: Trait) -> tuple[str, str]:
    """Say how a trait stands, with the color of the badge."""
    if trait.measure_error:
        return FAILED
    return LIVE if trait.measured else MEASURING


def remarks_on(
    definition: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[str]:
    """Say what of the events is left out."""
    events = found.get("events", 0)
    name = quoted(str(definition.get("property", "")))
    if events and found.get("unreadable"):
        part = share(found["unreadable"], events)
        yield f"{part} of {name} is no number and is left out."
    if events and found.get("missing"):
        yield f"{share(found['missing'], events)} of the events have no {name}."
