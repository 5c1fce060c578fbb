"""Understand a file, or say what is wrong with it, where, and what to do."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import find_errors
from audiences.conditions.traits import parse_trait
from campaigns.files.document_shapes import find_misfits
from campaigns.files.format import (
    PARTS,
    TITLES,
    CampaignFile,
    Thing,
    named_by,
)
from campaigns.files.parse import FileRefused, Problem, check_version, parse
from campaigns.files.shapes import (
    Misfit,
    anything,
    flag,
    line,
    many,
    record,
    say_place,
    text,
    whole,
)
from campaigns.files.write import settled_condition
from campaigns.flows.definition import Document, Step, fill_in, walk_steps
from campaigns.flows.findings import named
from campaigns.flows.references import (
    AUDIENCE,
    CAMPAIGN,
    CONNECTION,
    LIST,
    TRAIT,
    USER,
    exchange_in_condition,
    exchange_in_trait,
)
from campaigns.flows.triggers import fill_trigger
from campaigns.guardrails.reasons import MAY_BE_OFF
from campaigns.triggers.event import event_condition

MOST_THINGS = 200


NEED_SHAPES = {
    AUDIENCE: record(
        {"description": text(), "rule": anything, "counts_from": anything},
        needed=("rule",),
    ),
    TRAIT: record(
        {"description": text(), "definition": anything}, needed=("definition",)
    ),
    LIST: record({"description": text(), "everybody": flag}),
}


def read_campaign(raw: bytes) -> CampaignFile:
    """
    Read a file.

    :raises FileRefused: if it can't be understood
    """
    whole_file = parse(raw)
    check_version(whole_file)
    campaign, needs = whole_file.get("campaign"), whole_file.get("needs", {})
    misfits = [*_misfits_of_campaign(campaign), *_misfits_of_needs(needs)]
    problems, notes = _sorted_out(misfits)
    if problems:
        raise FileRefused(*problems)
    _leave_out(whole_file, misfits)
    assert isinstance(campaign, dict)  # noqa: S101 - it was just checked
    document = fill_in(
        {part: campaign[part] for part in PARTS if part in campaign}
        | {"trigger": fill_trigger(campaign["trigger"])}
    )
    names = Numbers()
    definitions = dict(_definitions(needs))
    problems = [
        *_settle_conditions(document, names, notes),
        *_check_event(document),
        *(
            problem
            for thing, definition in definitions.items()
            for problem in _check_definition(thing, definition, names)
        ),
    ]
    if not problems:
        problems = [
            *_find_circles(definitions),
        ]
    if problems:
        raise FileRefused(*problems)
    _keep_law(document, notes)
    return CampaignFile(
        name=campaign["name"].strip(),
        program=campaign.get("program", ""),
        priority=campaign.get("priority", 50),
        document=document,
        definitions=definitions,
        notes=notes,
    )


class Numbers:
    """Gives each name a number for a while, so that what wants numbers can be asked."""

    def __init__(self) -> None:
        self.things: list[Thing] = []

    def number(self, kind: str, name: Any, _place: str) -> Any:
        """Give the number of a name; what is no name is left for others to refuse."""
        if not isinstance(name, str) or not name.strip():
            return None
        thing = (kind, name)
        if thing not in self.things:
            self.things.append(thing)
        return self.things.index(thing) + 1

    def name(self, _kind: str, number: Any, _place: str) -> Any:
        """Give the name of a number."""
        return self.things[int(number) - 1][1]

    def names(self, kind: str) -> dict[int, str]:
        """Map the numbers of one kind to their names."""
        return {
            index: name for index, (of, name) in enumerate(self.things, 1) if of == kind
        }


def _misfits_of_campaign(campaign: Any) -> Iterator[Misfit]:
    """Look at the shape of the campaign."""
    place = ("campaign",)
    own = {"name": line(120), "program": line(120), "priority": whole(0, 100)}
    shapes = own | dict.fromkeys(PARTS, anything)
    yield from record(shapes, needed=("name", "trigger", "steps"))(campaign, place)
    if not isinstance(campaign, dict):
        return
    if isinstance(campaign.get("name"), str) and not campaign["name"].strip():
        yield Misfit((*place, "name"), "The campaign has no name.")
    parts = {part: campaign[part] for part in PARTS if part in campaign}
    if {"trigger", "steps"} <= parts.keys():
        for misfit in find_misfits(parts):
            yield Misfit((*place, *misfit.place), misfit.message, misfit.is_extra)


def _misfits_of_needs(needs: Any) -> Iterator[Misfit]:
    """Look at the shape of what is explained."""
    kinds = {title: kind for kind, title in TITLES.items()}
    place = ("needs",)
    yield from record(dict.fromkeys(kinds, anything))(needs, place)
    for title, things in needs.items() if isinstance(needs, dict) else ():
        kind = kinds.get(title)
        if kind in (CAMPAIGN, USER, CONNECTION):
            yield from many(line(200), MOST_THINGS)(things, (*place, title))
        elif kind and not isinstance(things, dict):
            yield Misfit((*place, title), "Expected an object of names.")
        elif kind and len(things) > MOST_THINGS:
            yield Misfit((*place, title), f"More than {MOST_THINGS}.")
        elif kind:
            for name, definition in things.items():
                inner = (*place, title, name[:60])
                yield from line(120)(name, inner)
                yield from NEED_SHAPES[kind](definition, inner)


def _sorted_out(misfits: list[Misfit]) -> tuple[list[Problem], list[str]]:
    """Divide what does not fit into what is wrong and what is merely left out."""
    problems = [
        Problem(say_place(one.place), one.message)
        for one in misfits
        if not one.is_extra
    ]
    extra = [say_place(one.place) for one in misfits if one.is_extra]
    notes = [f"“{place}” is not known here and is left out." for place in extra[:20]]
    if len(extra) > len(notes):
        notes.append(f"{len(extra) - len(notes):,} more are not known and left out.")
    return problems, notes


def _leave_out(found: dict[str, Any], misfits: list[Misfit]) -> None:
    """Take out what nobody here knows."""
    for misfit in misfits:
        holder: Any = found
        for part in misfit.place[:-1]:
            holder = holder[part]
        del holder[misfit.place[-1]]


def _definitions(needs: Mapping[str, Any]) -> Iterator[tuple[Thing, dict[str, Any]]]:
    """Yield what the file explains."""
    for kind, title in TITLES.items():
        things = needs.get(title, {})
        if isinstance(things, list):
            yield from (((kind, name), {}) for name in things)
        else:
            yield from (((kind, name), said) for name, said in things.items())


def _settle_conditions(
    document: Document, numbers: Numbers, notes: list[str]
) -> Iterator[Problem]:
    """Bring each condition into its one form; drop those of steps that can't be understood."""
    for place, holder in (
        ("campaign › trigger", document["trigger"]),
        ("campaign › goal", document["goal"]),
        *(
            (say_place(("campaign", "goals", index)), tracked)
            for index, tracked in enumerate(document["goals"])
        ),
        ("campaign › exit", document["exit"]),
    ):
        errors = _settle(holder, numbers)
        yield from (Problem(f"{place} › {one.place}", one.message) for one in errors)
    for step in walk_steps(document["steps"]):
        for holder in (step, *step.get("branches", ())):
            for one in _settle(holder, numbers)[:1]:
                notes.append(_left_open(step, one))
                holder["condition"] = None


def _left_open(step: Step, problem: Problem) -> str:
    """Say that the condition of a step is dropped, and why."""
    return (
        f"{named(step)}: its condition can't be understood ({problem.place}:"
        f" {problem.message}). It is left open; choose it before you start."
    )


def _settle(holder: dict[str, Any], numbers: Numbers) -> list[Problem]:
    """Bring one condition into its one form, in place; list what is wrong with it."""
    if not holder.get("condition"):
        return []
    errors = _find_errors(holder["condition"], numbers)
    if not errors:
        condition = settled_condition(holder["condition"])
        holder["condition"] = exchange_in_condition(condition, numbers.name, "")
    return errors


def _find_errors(condition: dict[str, Any], numbers: Numbers) -> list[Problem]:
    """Put numbers for names into a condition, and list what is wrong with it."""
    exchange_in_condition(condition, numbers.number, "")
    return [
        Problem(say_place(("condition", *error.path)), error.message)
        for error in find_errors(condition)
    ]


def _check_event(document: Document) -> Iterator[Problem]:
    """The filters of the event that lets people in must be understood."""
    event = {"name": "", "filters": [], **document["trigger"]["event"]}
    document["trigger"]["event"] = event
    # One that is not chosen yet has filters, too.
    named_event = {**event, "name": event["name"].strip() or "event"}
    for error in find_errors(event_condition({"event": named_event})):
        place = say_place(("campaign", "trigger", "event", *error.path))
        yield Problem(place, error.message)


def _check_definition(
    thing: Thing, definition: dict[str, Any], numbers: Numbers
) -> Iterator[Problem]:
    """See that what is explained can be made."""
    kind, name = thing
    place = f"needs › {TITLES[kind]} › {name}"
    if kind == AUDIENCE:
        holder = {"condition": definition["rule"]}
        if not isinstance(definition["rule"], dict) or not definition["rule"]:
            yield Problem(f"{place} › rule", "Expected a condition.")
            return
        for one in _settle(holder, numbers):
            inside = one.place.replace("condition", "rule", 1)
            yield Problem(f"{place} › {inside}", one.message)
        definition["rule"] = holder["condition"]
        yield from _check_moment(definition, place)
    elif kind == TRAIT:
        yield from _check_trait(definition, numbers, place)


def _check_trait(
    definition: dict[str, Any], numbers: Numbers, place: str
) -> Iterator[Problem]:
    """See that a trait can be computed."""
    inner = definition["definition"]
    if not isinstance(inner, dict):
        yield Problem(f"{place} › definition", "Expected what is computed.")
        return
    numbered = exchange_in_trait(dict(inner), numbers.number, "")
    try:
        parse_trait(numbered)
    except ConditionError as error:
        inside = say_place(("definition", *error.path))
        yield Problem(f"{place} › {inside}", error.message)


def _check_moment(definition: dict[str, Any], place: str) -> Iterator[Problem]:
    """See that the moment from which events count is one."""
    found = definition.get("counts_from")
    if found is None:
        return
    try:
        is_moment = datetime.fromisoformat(found).tzinfo is not None
    except (TypeError, ValueError):
        is_moment = False
    if not is_moment:
        message = "Expected a moment such as 2026-05-01T00:00:00+00:00, or null."
        yield Problem(f"{place} › counts_from", message)


def _find_circles(definitions: Mapping[Thing, dict[str, Any]]) -> Iterator[Problem]:
    """Nothing may name itself, not by way of others either."""
    above: dict[Thing, set[Thing]] = {
        thing: {other for other in named_by(thing, said) if other in definitions}
        for thing, said in definitions.items()
        if said
    }
    while True:
        free = {thing for thing, others in above.items() if not others & above.keys()}
        if not free:
            break
        above = {thing: others for thing, others in above.items() if thing not in free}
    for kind, name in sorted(above):
        message = "It names itself, by way of others. Take one of them out."
        yield Problem(f"needs › {TITLES[kind]} › {name}", message)


def _keep_law(document: Document, notes: list[str]) -> None:
    """Leave out guardrails that no campaign may do without."""
    off = document["guardrails"]["off"]
    kept = [code for code in off if code in MAY_BE_OFF]
    if len(kept) < len(off):
        gone = ", ".join(f"“{code}”" for code in off if code not in MAY_BE_OFF)
        notes.append(f"Guardrails that can't be switched off stay on: {gone}.")
    document["guardrails"]["off"] = kept
