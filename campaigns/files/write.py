"""Write a campaign as a file."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.contrib.auth import get_user_model

from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.models import Audience, Trait
from campaigns.files.format import FORMAT, PARTS, TITLES, VERSION, Thing, named_by
from campaigns.flows.blanks import BLANK_GOAL, BLANKS, KEYED_SIDES
from campaigns.flows.definition import empty_document, walk_steps
from campaigns.flows.references import (
    AUDIENCE,
    CAMPAIGN,
    CONNECTION,
    LIST,
    TRAIT,
    USER,
    Convert,
    exchange_in_condition,
    exchange_in_trait,
    exchange_references,
)
from campaigns.models import Campaign
from campaigns.models.connection import Connection
from contacts.models import ContactList

MODELS: dict[str, Any] = {
    AUDIENCE: Audience,
    LIST: ContactList,
    TRAIT: Trait,
    CONNECTION: Connection,
    CAMPAIGN: Campaign,
}


class Namer:
    """Finds the names of what is named by numbers; each is looked up once."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int], Any] = {}
        self.met: dict[Thing, Any] = {}

    def __call__(self, kind: str, number: Any, _place: str) -> str | None:
        """Give the name of a thing; None for what is gone, which nothing can bring back."""
        row = self._find(kind, number)
        if row is None:
            return None
        name = row.get_username() if kind == USER else row.name
        self.met.setdefault((kind, name), row)
        return str(name)

    def _find(self, kind: str, number: Any) -> Any:
        """Fetch the row."""
        wanted = (kind, int(number))
        if wanted not in self.rows:
            model = get_user_model() if kind == USER else MODELS[kind]
            self.rows[wanted] = model.objects.filter(pk=wanted[1]).first()
        return self.rows[wanted]


def write_campaign(campaign: Campaign) -> dict[str, Any]:
    """
    Make the file of a campaign's draft.

    A query for each thing that it names, and for each that those name in turn.
    """
    namer = Namer()
    document = exchange_references(settled(campaign.draft), namer)
    definitions: dict[Thing, dict[str, Any]] = {}
    waiting = list(namer.met)
    while waiting:
        thing = waiting.pop()
        if thing not in definitions:
            definitions[thing] = define(thing, namer.met[thing], namer)
            waiting += named_by(thing, definitions[thing])
    return {
        "format": FORMAT,
        "version": VERSION,
        "campaign": {
            "name": campaign.name,
            "program": campaign.program.name,
            "priority": campaign.priority,
            **arrange(document),
        },
        "needs": {
            title: _listed(kind, definitions)
            for kind, title in TITLES.items()
            if any(thing[0] == kind for thing in definitions)
        },
    }


def _listed(kind: str, definitions: Mapping[Thing, dict[str, Any]]) -> Any:
    """List the things of one kind by name, with what there is to say about them."""
    own = {name: said for (of, name), said in sorted(definitions.items()) if of == kind}
    return own if any(own.values()) else list(own)


def define(thing: Thing, row: Any, convert: Convert) -> dict[str, Any]:
    """Say what a thing is, with names; of campaigns, users and connections only the name is told."""
    kind, name = thing
    if kind == AUDIENCE:
        rule = settled_condition(deepcopy(row.rule))
        return {
            "description": row.description,
            "rule": exchange_in_condition(rule, convert, name),
            "counts_from": row.counts_from.isoformat() if row.counts_from else None,
        }
    if kind == TRAIT:
        definition = exchange_in_trait(deepcopy(row.definition), convert, name)
        return {"description": row.description, "definition": definition}
    if kind == LIST:
        everybody = row.kind == ContactList.Kind.EVERYONE
        return {"description": row.description, "everybody": everybody}
    return {}


def settled(document: dict[str, Any]) -> dict[str, Any]:
    """Copy a document with its conditions in the form in which they are saved today."""
    result = deepcopy(document)
    steps = list(walk_steps(result["steps"]))
    sides = [
        side
        for step in steps
        for side in step.get(KEYED_SIDES.get(step["kind"], ""), ())
    ]
    for holder in (
        result["trigger"],
        result["goal"],
        *result["goals"],
        result["exit"],
        *steps,
        *sides,
    ):
        if holder.get("condition"):
            holder["condition"] = settled_condition(holder["condition"])
    return result


def settled_condition(condition: dict[str, Any]) -> dict[str, Any]:
    """Write a condition in its one form; one that can't be read stays as it is."""
    try:
        return dump_condition(parse_condition(condition))
    except ConditionError:
        return condition


def arrange(document: dict[str, Any]) -> dict[str, Any]:
    """Bring what the database has sorted back into the order of reading."""
    blank = empty_document()
    return {part: _ordered(document[part], blank[part]) for part in PARTS} | {
        "steps": [_arranged_step(step) for step in document["steps"]],
        "goals": [_ordered(goal, BLANK_GOAL) for goal in document["goals"]],
    }


def _arranged_step(step: dict[str, Any]) -> dict[str, Any]:
    """Begin a step with its key, its kind and its name; end it with its sides."""
    blank = BLANKS[step["kind"]]
    ordered = _ordered(step, {"key": "", "kind": "", **blank})
    keyed = KEYED_SIDES.get(step["kind"], "")
    for name, value in ordered.items():
        if name == keyed:
            ordered[name] = [_arranged_side(side) for side in value]
        elif isinstance(value, list) and value and _is_step(value[0]):
            ordered[name] = [_arranged_step(inner) for inner in value]
    return ordered


def _arranged_side(side: dict[str, Any]) -> dict[str, Any]:
    """Begin a side with its key and its name; end it with its steps."""
    ordered = _ordered(side, {"key": "", "name": ""})
    ordered["steps"] = [_arranged_step(inner) for inner in ordered.pop("steps")]
    return ordered


def _is_step(value: Any) -> bool:
    """Whether something is a step."""
    return isinstance(value, dict) and "key" in value and value.get("kind") in BLANKS


def _ordered(given: Any, pattern: Any) -> Any:
    """Order the keys of an object like those of another one; what that lacks comes last."""
    if not isinstance(given, dict) or not isinstance(pattern, dict):
        return given
    keys = [key for key in pattern if key in given]
    keys += sorted(key for key in given if key not in pattern)
    return {key: _ordered(given[key], pattern.get(key)) for key in keys}


def to_text(file: Mapping[str, Any]) -> str:
    """Print a file, for people and for version control."""
    return json.dumps(file, ensure_ascii=False, indent=2) + "\n"
