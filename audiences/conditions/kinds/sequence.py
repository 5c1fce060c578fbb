"""The contact did one thing, then another, and perhaps not a third."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.evidence import evidence
from audiences.conditions.happenings import (
    dump_event,
    events,
    flips_of,
    moments_of,
    of_contact,
    parse_event,
    say_event,
    say_filters,
    there_is,
)
from audiences.conditions.kind import Flip, Kind, Names, Setting
from audiences.conditions.operands import (
    dump_duration,
    dump_window,
    parse_duration,
    parse_text,
    parse_window,
)
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.subjects import property_subject
from audiences.conditions.windows import Bounds, Duration, Ever, Window
from audiences.conditions.words import describe_duration, describe_window, readable

MOST_STEPS = 4


@dataclass(frozen=True)
class Step:
    """
    An event that follows within so long on the event before it, or does not.

    ``same`` names a property that is the same of both events.
    """

    name: str
    within: Duration
    did: bool = True
    same: str = ""
    filters: tuple[PropertyIs, ...] = ()


@dataclass(frozen=True)
class Sequence:
    """An event within the window, and after it one step after the other."""

    name: str
    then: tuple[Step, ...]
    window: Window = Ever()
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> Sequence:
    """Read "did this, then did that, then did not"."""
    name, filters = parse_event(document, path)
    window = parse_window(document.get("window", {"kind": "ever"}), (*path, "window"))
    steps = document.get("then")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise ConditionError(
            (*path, "then"), f"Say what came then, in 1 to {MOST_STEPS} steps."
        )
    then = tuple(
        _parse_step(inner, (*path, "then", index)) for index, inner in enumerate(steps)
    )
    for index, step in enumerate(then[:-1]):
        if not step.did:
            raise ConditionError(
                (*path, "then", index, "did"),
                "Only the last step can be something that they did not do.",
            )
    return Sequence(name, then, window, filters)


def _parse_step(document: object, path: Path) -> Step:
    """Read a step."""
    if not isinstance(document, Mapping):
        raise ConditionError(path, "Choose an event.")
    name, filters = parse_event(document, path)
    did = document.get("did", True)
    if not isinstance(did, bool):
        raise ConditionError((*path, "did"), f"Expected true or false; got {did!r}.")
    same = document.get("same")
    return Step(
        name=name,
        within=parse_duration(document.get("within"), (*path, "within")),
        did=did,
        same=parse_text(same, (*path, "same")) if same not in (None, "") else "",
        filters=filters,
    )


def dump(node: Sequence) -> dict[str, Any]:
    """Write all that there is to say."""
    return {
        **dump_event(node),
        "window": dump_window(node.window),
        "then": [_dump_step(step) for step in node.then],
    }


def _dump_step(step: Step) -> dict[str, Any]:
    """Write a step."""
    return {
        "did": step.did,
        **dump_event(step),
        "within": dump_duration(step.within),
        **({"same": step.same} if step.same else {}),
    }


def compile_node(node: Sequence, setting: Setting, holds: bool) -> Fragment:
    """
    Look for an event within the window that is followed by the steps.

    Leans on event_by_name for the windows of the events, and on event_of_contact for what
    follows on each.
    """
    bounds = node.window.bounds(setting.as_of)
    tests = _followed("event", node.then, bounds, setting)
    rows = events(node, setting, *tests, bounds=bounds)
    return there_is(rows, setting, holds=holds)


def _followed(
    before: str, steps: tuple[Step, ...], bounds: Bounds, setting: Setting
) -> list[Fragment]:
    """Ask whether the steps follow on the event of that alias, which is within the bounds."""
    if not steps:
        return []
    step = steps[0]
    rows = _following(before, steps, bounds, setting)
    if step.did:
        return [exists(rows)]
    passed = value(setting.as_of - step.within.delta, "timestamptz")
    return [
        combine(f"{before}.occurred_at <= {{}}", passed),
        exists(rows, holds=False),
    ]


def _following(
    before: str, steps: tuple[Step, ...], bounds: Bounds, setting: Setting
) -> Fragment:
    """Select the events that are the next step, and are followed by the other steps."""
    step, alias = steps[0], f"{before}_then"
    reach = _reach(bounds, step.within.delta, setting)
    tests = [
        Fragment(f"{alias}.contact_id = {before}.contact_id"),
        Fragment(f"{alias}.occurred_at > {before}.occurred_at"),
        combine(
            f"{alias}.occurred_at < {before}.occurred_at + {{}}",
            value(step.within.delta, "interval"),
        ),
    ]
    if step.same:
        ends = (property_subject(step.same, one).text for one in (alias, before))
        tests.append(combine("{} = {}", *ends))
    tests += _followed(alias, steps[1:], reach, setting)
    return events(step, setting, *tests, bounds=reach, alias=alias)


def _reach(bounds: Bounds, within: timedelta, setting: Setting) -> Bounds:
    """Narrow down when a step can be: so that an index finds it by its time, too."""
    end = bounds.before or bounds.until or setting.as_of
    return Bounds(
        after=bounds.after or bounds.since, before=end + within, until=setting.as_of
    )


def say(node: Sequence, names: Names) -> str:
    """Say one thing after the other."""
    first = f"who did {say_event(node, names)}{describe_window(node.window)}"
    steps = "".join(f", {_say_step(step, names)}" for step in node.then)
    return first + say_filters(node.filters) + steps


def _say_step(step: Step, names: Names) -> str:
    """Say what came then, within how long."""
    verb = "then did" if step.did else "then did not do"
    same = f" with the same {readable(step.same)}" if step.same else ""
    within = describe_duration(step.within)
    return f"{verb} {say_event(step, names)}{same} within {within}{say_filters(step.filters)}"


def waits_for(node: Sequence, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for each of the events."""
    return dict.fromkeys([node.name, *(step.name for step in node.then)])


def flips(node: Sequence, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """
    Change as the first event leaves the window, and as the time has passed within which the
    last step would have followed on the one before.
    """
    before: Sequence | Step = node
    found = dict.fromkeys(flips_of(node, node.window))
    for step in node.then:
        found |= dict.fromkeys(flips_of(step))
        if not step.did:
            found |= dict.fromkeys(flips_of(before, after=[step.within.delta]))
        before = step
    return found


def found(node: Sequence, setting: Setting) -> Fragment:
    """Tell how many steps there are of the newest sequence that goes furthest, and its events."""
    furthest = [
        _chain(node, node.then[:length], setting)
        for length in range(len(node.then), -1, -1)
    ]
    nothing = _told(node, 0, [])
    template = ", ".join("{}" for _ in [*furthest, nothing])
    return combine(f"coalesce({template})", *furthest, nothing)


def _chain(node: Sequence, steps: tuple[Step, ...], setting: Setting) -> Fragment:
    """Find the newest first event on which the steps follow, and for each the earliest."""
    alias, bounds = "event", node.window.bounds(setting.as_of)
    tests = _followed(alias, steps, bounds, setting)
    rows = of_contact(events(node, setting, *tests, bounds=bounds))
    links, aliases = [_one(rows, alias, "DESC")], [alias]
    for index, step in enumerate(steps):
        if not step.did:
            break
        following = _following(alias, steps[index:], bounds, setting)
        bounds = _reach(bounds, step.within.delta, setting)
        alias = f"{alias}_then"
        links.append(_one(following, alias, "ASC"))
        aliases.append(alias)
    chain = combine(", ".join("LATERAL {}" for _ in links), *links)
    told = _told(node, len(steps) + 1, [f"{one}.id" for one in reversed(aliases)])
    return combine("(SELECT {} FROM {})", told, chain)


def _one(rows: Fragment, alias: str, order: str) -> Fragment:
    """Take the first of some events by time."""
    return rows.format(
        f"(SELECT {alias}.* {{}} ORDER BY {alias}.occurred_at {order}, {alias}.id {order}"
        f" LIMIT 1) AS {alias}"
    )


def _told(node: Sequence, steps: int, ids: list[str]) -> Fragment:
    """Give so many steps beside how many it takes."""
    return evidence(
        "steps",
        value(steps, "bigint"),
        needed=value(len(node.then) + 1, "bigint"),
        events=Fragment(f"jsonb_build_array({', '.join(ids)})"),
    )


KIND = Kind(
    name="sequence",
    node=Sequence,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
