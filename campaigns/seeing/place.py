"""Where a contact stood in each campaign at a moment, from the journal of his passes."""

from datetime import datetime

from django.db.models import Q

from campaigns.models import Enrollment, Hold, StepRun, VersionMove


def put_back(contact_id: int, *, at: datetime, keeping: int = 0) -> None:
    """
    Let his passes stand where they stood then; only inside ``scratch``.

    Passes that began later vanish, those that ended later are on again. The journal says how
    many steps had been taken, and the next entry before which step he stood. The pass to keep
    is there in any case.
    """
    passes = Enrollment.objects.filter(contact_id=contact_id)
    passes.filter(enrolled_at__gt=at).exclude(pk=keeping).delete()
    runs = StepRun.objects.filter(contact_id=contact_id).order_by("visit")
    # Ended ones first, for only one pass of a campaign may be on at a time.
    over = passes.filter(ended_at__lte=at)
    for one in passes.exclude(pk__in=over.values("pk")).order_by("pk"):
        own = list(runs.filter(enrollment_id=one.pk))
        moves = VersionMove.objects.filter(
            contact_id=contact_id, enrollment_id=one.pk, moved_at__gt=at
        )
        _stand(one, own, moves.order_by("moved_at", "pk").first(), at)
    StepRun.objects.filter(contact_id=contact_id, ran_at__gt=at).delete()
    over.filter(goal_met_at__gt=at).update(goal_met_at=None)


def _stand(
    one: Enrollment, runs: list[StepRun], move: VersionMove | None, at: datetime
) -> None:
    """
    Put one pass back before the step that it had not taken yet.

    ``move`` is the first one to another version that was still to come.
    """
    taken = [run for run in runs if run.ran_at <= at]
    ahead = [run for run in runs if run.ran_at > at]
    if ahead:
        one.step_key = ahead[0].step_key
    if move is not None:
        one.version_id = move.from_version_id
        if not ahead or ahead[0].visit >= move.visit:
            one.step_key = move.old_step_key
    one.visit = ahead[0].visit if ahead else one.visit
    one.state = Enrollment.State.ACTIVE
    one.ended_at = one.goal_met_at = None
    one.end_reason = one.error = ""
    one.due_at = due_then(one, taken, at)
    came = arrived(one, taken)
    one.began_at = came if came <= at else None
    one.save()


def arrived(one: Enrollment, taken: list[StepRun]) -> datetime:
    """Say when a pass came to the step before which it stood: behind the wait before it."""
    if not taken:
        return one.enrolled_at
    said = taken[-1].details
    until = said.get("until") or said.get("since")
    return datetime.fromisoformat(until) if until else taken[-1].ran_at


def due_then(one: Enrollment, taken: list[StepRun], at: datetime) -> datetime:
    """Say until when a pass waited: for a guardrail, for a delay, or not at all."""
    held = Hold.objects.filter(
        Q(held_at__lte=at) & Q(until__isnull=False),
        contact_id=one.contact_id,
        enrollment_id=one.pk,
        visit=one.visit,
    )
    last = held.order_by("held_at", "pk").last()
    if last is not None and last.until is not None:
        return last.until
    return arrived(one, taken)
