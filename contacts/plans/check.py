"""
Put messages right and hold them against the plan of their source; the drain calls it.

Two small queries for each batch; what a plan says is compiled once for each revision.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q
from msgspec.structs import replace

from contacts.models import PlannedProperty, Repair, Source, TrackingPlan
from contacts.plans.rules import (
    BLOCK,
    UNPLANNED_EVENT,
    Breach,
    Findings,
    Node,
    PropertyRule,
    Reactions,
    check_object,
    plant,
)
from contacts.plans.steps import repair
from contacts.tracking.messages import Message

ACCEPTED = "accepted"
BLOCKED = "blocked"
# What these carry is about a person or an account, not about something that happened.
WITH_TRAITS = frozenset({"identify", "group"})
# Only these are unplanned if the plan doesn't name them: a plan of events that leaves page
# views out does not mean that there should be none.
MUST_BE_PLANNED = frozenset({"track"})
MOST_PLANS = 50
# Of a repair: the kind and the name of the event.
Target = tuple[str, str]
Repairs = Mapping[Target, Sequence[Mapping[str, Any]]]
# Repairs may rename what others have renamed, and should not do so in a circle.
MOST_RENAMES = 3


class Reviewed(NamedTuple):
    """A message as it goes on, with what was found and done."""

    message: Message
    state: str = ACCEPTED
    # The first problem for which it is blocked; blank unless it is.
    reason: str = ""
    violations: tuple[Breach, ...] = ()
    # The paths of the properties that were left out.
    omitted: tuple[str, ...] = ()
    # What repairs have done, in sentences.
    repaired: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompiledPlan:
    """A revision of a plan, ready to check messages."""

    revision: int
    reactions: Reactions
    events: Mapping[Target, Node]

    def check(self, message: Message) -> Reviewed:
        """Hold one message against the plan."""
        node = self.events.get((message.kind, message.name))
        if node is None:
            if message.kind not in MUST_BE_PLANNED:
                return Reviewed(message)
            reaction = self.reactions.unplanned_event
            breach = Breach(UNPLANNED_EVENT, "", "", reaction)
            if reaction == BLOCK:
                return Reviewed(message, BLOCKED, UNPLANNED_EVENT, (breach,))
            return Reviewed(message, violations=(breach,))
        return self.check_body(message, node)

    def check_body(self, message: Message, node: Node) -> Reviewed:
        """Check the properties of a planned event."""
        findings = Findings(self.reactions)
        body = body_of(message)
        kept = check_object(node, body, "", findings)
        if not findings.breaches:
            return Reviewed(message)
        blocking = (each for each in findings.breaches if each.reaction == BLOCK)
        breach = next(blocking, None)
        if breach is not None:
            # It is stored as it came, so that it can be repaired.
            return Reviewed(message, BLOCKED, breach.problem, tuple(findings.breaches))
        if kept is not body:
            message = with_body(message, kept)
        return Reviewed(
            message,
            violations=tuple(findings.breaches),
            omitted=tuple(findings.omitted),
        )


# By the id of the plan; a plan of another revision is compiled anew.
PLANS: dict[int, CompiledPlan] = {}


def review(messages: Sequence[Message]) -> list[Reviewed]:
    """
    Repair each message of a batch, then check it; one answer for each, in the same order.

    A message that is blocked keeps all it came with.
    """
    source_ids = {message.source_id for message in messages}
    plans = plans_of(source_ids)
    repairs = repairs_of(source_ids)
    return [
        review_one(
            message,
            plan=plans.get(message.source_id),
            repairs=repairs.get(message.source_id),
        )
        for message in messages
    ]


def review_one(
    message: Message, *, plan: CompiledPlan | None, repairs: Repairs | None
) -> Reviewed:
    """Repair one message, if there are repairs, then check it, if there is a plan."""
    done: tuple[str, ...] = ()
    if repairs:
        message, done = put_right_in_turn(message, repairs)
    reviewed = plan.check(message) if plan else Reviewed(message)
    return reviewed._replace(repaired=done) if done else reviewed


def put_right_in_turn(
    message: Message, repairs: Repairs
) -> tuple[Message, tuple[str, ...]]:
    """Do the repairs of an event, and if that renames it, those of its new name."""
    done: tuple[str, ...] = ()
    for _ in range(MOST_RENAMES):
        name = message.name
        steps = repairs.get((message.kind, name))
        if not steps:
            break
        message, now_done = put_right(message, steps)
        done += now_done
        if message.name == name:
            break
    return message, done


def put_right(
    message: Message, steps: Sequence[Mapping[str, Any]]
) -> tuple[Message, tuple[str, ...]]:
    """Do the steps of repairs to a message; returns it and what was done."""
    repaired = repair(message.name, body_of(message), steps)
    if not repaired.done:
        return message, ()
    if repaired.name != message.name:
        message = replace(message, name=repaired.name)
    return with_body(message, repaired.body), repaired.done


def body_of(message: Message) -> dict[str, Any]:
    """Find what the plan of a message speaks of: its traits or its properties."""
    return message.traits if message.kind in WITH_TRAITS else message.properties


def with_body(message: Message, body: dict[str, Any]) -> Message:
    """Give a message other traits or properties."""
    if message.kind in WITH_TRAITS:
        return replace(message, traits=body)
    return replace(message, properties=body)


def plans_of(source_ids: Iterable[int]) -> dict[int, CompiledPlan]:
    """Find the plan of each source that has one, compiled."""
    rows = Source.objects.filter(pk__in=source_ids, plan__isnull=False).values_list(
        "pk", "plan_id", "plan__revision"
    )
    return {
        source_id: compiled(plan_id, revision) for source_id, plan_id, revision in rows
    }


def compiled(plan_id: int, revision: int) -> CompiledPlan:
    """Take a plan from the cache, or compile it."""
    known = PLANS.get(plan_id)
    if known is None or known.revision != revision:
        if len(PLANS) >= MOST_PLANS:
            PLANS.clear()
        known = PLANS[plan_id] = compile_plan(TrackingPlan.objects.get(pk=plan_id))
    return known


def compile_plan(plan: TrackingPlan) -> CompiledPlan:
    """Compile a plan as it stands; two queries."""
    rules: dict[int, list[PropertyRule]] = defaultdict(list)
    for row in PlannedProperty.objects.filter(event__plan=plan):
        rules[row.event_id].append(rule_of(row))
    return CompiledPlan(
        revision=plan.revision,
        reactions=Reactions(
            unplanned_event=plan.unplanned_events,
            unplanned=plan.unplanned_properties,
            missing=plan.missing_properties,
            wrong=plan.wrong_properties,
        ),
        events={
            (event.kind, event.name): plant(rules[event.pk])
            for event in plan.events.all()
        },
    )


def rule_of(row: PlannedProperty) -> PropertyRule:
    """Take what a row of a plan says."""
    return PropertyRule(
        path=row.path,
        is_required=row.is_required,
        types=tuple(row.types),
        permitted=tuple(row.permitted),
        pattern=row.pattern,
    )


def repairs_of(
    source_ids: Iterable[int],
) -> dict[int, dict[Target, list[dict[str, Any]]]]:
    """Find the steps for each source and event, the oldest repair first; one query."""
    ids = list(source_ids)
    rows = Repair.objects.filter(
        Q(source=None) | Q(source__in=ids), disabled_at=None
    ).order_by("pk")
    steps: dict[int, dict[Target, list[dict[str, Any]]]] = {}
    for row in rows:
        for source_id in ids if row.source_id is None else [row.source_id]:
            of_source = steps.setdefault(source_id, {})
            of_source.setdefault((row.kind, row.name), []).extend(row.steps)
    return steps
