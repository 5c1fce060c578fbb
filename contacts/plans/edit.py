"""Make, change and delete tracking plans; each change is a new revision."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F

from contacts.models import PlannedEvent, PlannedProperty, Source, TrackingPlan
from contacts.plans.rows import Row, targets

REACTIONS = (
    "unplanned_events",
    "unplanned_properties",
    "wrong_properties",
    "missing_properties",
)


class PlanNameTaken(ValueError):
    """Another plan has this name."""


class PlanChanged(ValueError):
    """Somebody else has changed the plan since it was read; ``plan`` is as it is now."""

    def __init__(self, plan: TrackingPlan) -> None:
        super().__init__(f"The plan {plan.pk} has revision {plan.revision}.")
        self.plan = plan


@transaction.atomic
def create_plan(
    *,
    name: str,
    user: AbstractBaseUser | None,
    now: datetime,
    rows: Sequence[Row] = (),
    description: str = "",
    reactions: Mapping[str, str] | None = None,
) -> TrackingPlan:
    """
    Create a plan with rows.

    :raises PlanNameTaken: if another plan has the name, whatever its case
    """
    refuse_taken(name)
    plan = TrackingPlan.objects.create(
        name=name.strip(),
        description=description,
        created_at=now,
        updated_at=now,
        updated_by_id=user.pk if user else None,
        **(reactions or {}),
    )
    write_rows(plan, rows)
    return plan


@transaction.atomic
def save_rows(
    *,
    plan: TrackingPlan,
    rows: Sequence[Row],
    revision: int,
    user: AbstractBaseUser | None,
    now: datetime,
) -> int:
    """
    Put other rows in the place of those that the user has seen.

    :returns: the new revision
    :raises PlanChanged: if the plan is no longer the one that was seen
    """
    plan = locked(plan, revision)
    plan.events.all().delete()
    write_rows(plan, rows)
    return touch(plan, user=user, now=now)


@transaction.atomic
def change_plan(
    *,
    plan: TrackingPlan,
    name: str,
    description: str,
    reactions: Mapping[str, str],
    source_ids: Iterable[int],
    revision: int,
    user: AbstractBaseUser | None,
    now: datetime,
) -> int:
    """
    Change the name of a plan, what happens to what breaks it, and who follows it.

    :returns: the new revision
    :raises PlanChanged: if the plan is no longer the one that was seen
    :raises PlanNameTaken: if another plan has the name
    """
    plan = locked(plan, revision)
    refuse_taken(name, but=plan)
    ids = list(source_ids)
    TrackingPlan.objects.filter(pk=plan.pk).update(
        name=name.strip(), description=description, **reactions
    )
    Source.objects.filter(plan=plan).exclude(pk__in=ids).update(plan=None)
    Source.objects.filter(pk__in=ids).update(plan=plan)
    return touch(plan, user=user, now=now)


@transaction.atomic
def delete_plan(*, plan: TrackingPlan) -> None:
    """Delete a plan; its sources go on without one."""
    Source.objects.filter(plan=plan).update(plan=None)
    plan.delete()


def locked(plan: TrackingPlan, revision: int) -> TrackingPlan:
    """
    Lock a plan that is to be changed.

    :raises PlanChanged: if it has another revision
    """
    plan = (
        TrackingPlan.objects.select_for_update(of=("self",))
        .select_related("updated_by")
        .get(pk=plan.pk)
    )
    if plan.revision != revision:
        raise PlanChanged(plan)
    return plan


def touch(plan: TrackingPlan, *, user: AbstractBaseUser | None, now: datetime) -> int:
    """Count up the revision, by which everybody knows that the plan is another."""
    TrackingPlan.objects.filter(pk=plan.pk).update(
        revision=F("revision") + 1,
        updated_at=now,
        updated_by_id=user.pk if user else None,
    )
    return plan.revision + 1


def refuse_taken(name: str, but: TrackingPlan | None = None) -> None:
    """Refuse a name that another plan has."""
    others = TrackingPlan.objects.filter(name__iexact=name.strip())
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise PlanNameTaken(name)


def write_rows(plan: TrackingPlan, rows: Sequence[Row]) -> None:
    """Write events and properties, in two statements."""
    grouped = targets(rows)
    events = PlannedEvent.objects.bulk_create(
        PlannedEvent(
            plan=plan,
            kind=kind,
            name=name,
            description=next((row.description for row in own if not row.path), ""),
        )
        for (kind, name), own in grouped.items()
    )
    PlannedProperty.objects.bulk_create(
        PlannedProperty(
            event=event,
            path=row.path,
            description=row.description,
            is_required=row.is_required,
            types=list(row.types),
            permitted=list(row.permitted),
            pattern=row.pattern,
        )
        for event, own in zip(events, grouped.values(), strict=True)
        for row in own
        if row.path
    )
