"""What becomes of passes through campaigns when a person is forgotten."""

from datetime import datetime

from campaigns.engine.ending import FORGOTTEN, cancel_messages, end_enrollments
from campaigns.models import Enrollment, Message, Task
from contacts.erasure.forgetting import register_stop


def stop_passes(contact_id: int, now: datetime) -> None:
    """End every pass and task, and call back what has not left yet."""
    active = Enrollment.objects.filter(
        contact_id=contact_id, state=Enrollment.State.ACTIVE
    )
    ids = list(active.values_list("pk", flat=True))
    end_enrollments(
        enrollment_ids=ids,
        contact_ids=[contact_id],
        state=Enrollment.State.EXITED,
        reason=FORGOTTEN,
        cause=FORGOTTEN,
        now=now,
    )
    # Of passes that have come to the end of the flow.
    left = Message.objects.filter(
        contact_id=contact_id, state__in=[Message.State.QUEUED, Message.State.WAITING]
    )
    passes = left.order_by("enrollment_id").distinct()
    cancel_messages(
        list(passes.values_list("enrollment_id", "contact_id")),
        cause=FORGOTTEN,
        now=now,
    )
    Task.objects.filter(contact_id=contact_id, state=Task.State.OPEN).update(
        state=Task.State.WITHDRAWN, closed_at=now
    )


def register() -> None:
    """Make it known; called in ``AppConfig.ready``."""
    register_stop(stop_passes)
