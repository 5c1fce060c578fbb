"""Repairs: which one might help, what it would do to messages that were kept, and keeping it."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from msgspec.structs import replace

from contacts.models import PlannedEvent, PlannedProperty, Receipt, Repair
from contacts.plans.check import (
    ACCEPTED,
    CompiledPlan,
    Repairs,
    body_of,
    plans_of,
    put_right,
    put_right_in_turn,
    repairs_of,
    review_one,
)
from contacts.plans.rules import (
    MISSING,
    NOT_PERMITTED,
    UNPLANNED,
    UNPLANNED_EVENT,
    WRONG_TYPE,
    Breach,
)
from contacts.plans.steps import check_steps
from contacts.shapes import walk
from contacts.tracking.envelopes import Envelope
from contacts.tracking.messages import Message, read_message
from contacts.tracking.reasons import REQUEST_REASONS, MessageRefused

# How alike two names have to be for one to be a slip of the other.
ALIKE = 0.6
# The newest messages that a preview tries, and those that it shows.
TRIED = 200
SHOWN = 5
NO_ID = (UUID(int=0), 0)
# Of these, only a part is kept, or nothing that a source has sent as a message.
CUT_SHORT = ("too_large", "too_deep", "too_many", *REQUEST_REASONS)
NUMBERS = {"number", "integer"}


@dataclass(frozen=True)
class Target:
    """Messages of one kind and name, from one source or from all."""

    kind: str
    name: str
    source_id: int | None = None
    state: str = Receipt.State.BLOCKED
    reason: str = ""


@dataclass(frozen=True)
class Example:
    """A message before and after a repair, and what would become of it."""

    receipt_id: int
    name_before: str
    name_after: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    done: Sequence[str]
    is_passing: bool
    breaches: Sequence[Breach]


@dataclass(frozen=True)
class Preview:
    """What a repair would do to the newest messages that were kept."""

    examples: Sequence[Example]
    tried: int
    passing: int
    changed: int


def kept(target: Target) -> QuerySet[Receipt]:
    """Find the receipts of a target whose message is still kept, the newest first."""
    found = Receipt.objects.filter(
        state=target.state, kind=target.kind, name=target.name, payload__isnull=False
    )
    if target.source_id is not None:
        found = found.filter(source=target.source_id)
    if target.reason:
        found = found.filter(reason=target.reason)
    return found.exclude(reason__in=CUT_SHORT).order_by("-pk")


def message_of(receipt: Receipt) -> Message:
    """
    Read the message of a receipt again.

    :raises MessageRefused: if it can't be understood
    """
    message = read_message(
        receipt.payload,
        envelope=Envelope(route="batch"),
        source_id=receipt.source_id or 0,
        received_at=receipt.received_at,
        made_id=NO_ID,
    )
    return replace(message, message_id=receipt.message_id)


def preview(target: Target, steps: Sequence[Mapping[str, Any]]) -> Preview:
    """
    Try steps on the newest messages of a target.

    :raises StepRefused: if a step can't be used
    """
    check_steps(steps)
    receipts = list(kept(target)[:TRIED])
    if not receipts:
        # Nothing was refused; what was let in may still be put right.
        accepted = Target(
            target.kind, target.name, target.source_id, Receipt.State.ACCEPTED
        )
        receipts = list(kept(accepted)[:TRIED])
    source_ids = {receipt.source_id or 0 for receipt in receipts}
    plans, repairs = plans_of(source_ids), repairs_of(source_ids)
    examples = []
    for receipt in receipts:
        try:
            message = message_of(receipt)
        except MessageRefused:
            continue
        examples.append(
            try_on(
                receipt,
                message,
                steps,
                plan=plans.get(message.source_id),
                repairs=repairs.get(message.source_id, {}),
            )
        )
    return Preview(
        examples=different(examples)[:SHOWN],
        tried=len(receipts),
        passing=sum(each.is_passing for each in examples),
        changed=sum(bool(each.done) for each in examples),
    )


def different(examples: Sequence[Example]) -> list[Example]:
    """Put those first that show something new."""
    seen: list[Mapping[str, Any]] = []
    again = []
    first = []
    for each in examples:
        if each.before in seen:
            again.append(each)
        else:
            first.append(each)
            seen.append(each.before)
    return first + again


def try_on(
    receipt: Receipt,
    message: Message,
    steps: Sequence[Mapping[str, Any]],
    *,
    plan: CompiledPlan | None,
    repairs: Repairs,
) -> Example:
    """Put a message beside what the repairs so far and the new steps make of it."""
    known, _ = put_right_in_turn(message, repairs)
    repaired, done = put_right(known, steps)
    reviewed = review_one(repaired, plan=plan, repairs=None)
    return Example(
        receipt_id=receipt.pk,
        name_before=message.name,
        name_after=repaired.name,
        before=body_of(message),
        after=body_of(repaired),
        done=done,
        is_passing=reviewed.state == ACCEPTED,
        breaches=reviewed.violations,
    )


def propose(target: Target, *, problem: str, path: str) -> list[dict[str, Any]]:
    """
    Propose the step that most likely puts a violation right; three small queries.

    It compares with the names in the plan, and with what the newest message carries.
    """
    planned = PlannedEvent.objects.filter(kind=target.kind, plan__sources__isnull=False)
    if target.source_id is not None:
        planned = planned.filter(plan__sources=target.source_id)
    if problem == UNPLANNED_EVENT:
        names = planned.values_list("name", flat=True).distinct()
        return [{"do": "rename_event", "to": nearest(target.name, list(names))}]
    rows = {
        row.path: row
        for row in PlannedProperty.objects.filter(
            event__in=planned.filter(name=target.name)
        )
    }
    if problem == MISSING:
        free = set(carried(target)) - set(rows)
        other = nearest(path, sorted(free))
        if other:
            return [{"do": "rename", "path": other, "to": path}]
        return [{"do": "set", "path": path, "value": ""}]
    if problem == UNPLANNED:
        other = nearest(path, sorted(set(rows) - set(carried(target))))
        if other:
            return [{"do": "rename", "path": path, "to": other}]
        return [{"do": "drop", "path": path}]
    return [mend(problem, path, rows.get(path))]


def mend(problem: str, path: str, row: PlannedProperty | None) -> dict[str, Any]:
    """Propose a step for a value that is not as planned."""
    types = set(row.types) if row else set()
    if problem == WRONG_TYPE and types & NUMBERS:
        return {"do": "to_number", "path": path}
    if problem == WRONG_TYPE and "text" in types:
        return {"do": "to_text", "path": path}
    if problem == NOT_PERMITTED and row and len(row.permitted) == 1:
        return {"do": "set", "path": path, "value": row.permitted[0]}
    return {"do": "drop", "path": path}


def carried(target: Target) -> list[str]:
    """List the paths that the newest refused message carries."""
    receipt = kept(target).first()
    if receipt is None:
        return []
    try:
        return [path for path, _ in walk(body_of(message_of(receipt)))]
    except MessageRefused:
        return []


def nearest(name: str, names: Sequence[str]) -> str:
    """Find the name that is most like another; blank if none is."""
    plain = {simple(other): other for other in names}
    found = difflib.get_close_matches(simple(name), list(plain), n=1, cutoff=ALIKE)
    return plain[found[0]] if found else ""


def simple(name: str) -> str:
    """Take away what people write differently: case, and what stands between words."""
    return "".join(
        letter for letter in name.casefold() if letter.isalnum() or letter in ".$"
    )


def create_repair(
    *,
    target: Target,
    steps: Sequence[Mapping[str, Any]],
    user: AbstractBaseUser | None,
    now: datetime,
) -> Repair:
    """
    Keep a repair; from now on the drain does it.

    :raises StepRefused: if a step can't be used
    """
    check_steps(steps)
    return Repair.objects.create(
        source_id=target.source_id,
        kind=target.kind,
        name=target.name,
        steps=[dict(step) for step in steps],
        created_at=now,
        created_by_id=user.pk if user else None,
    )


def disable_repair(*, repair: Repair, now: datetime) -> None:
    """Stop a repair; what it has put right stays so."""
    Repair.objects.filter(pk=repair.pk, disabled_at=None).update(disabled_at=now)


def enable_repair(*, repair: Repair) -> None:
    """Let a repair work again, from now on."""
    Repair.objects.filter(pk=repair.pk).update(disabled_at=None)
