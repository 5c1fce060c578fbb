"""What the queue may call; each drains one slice of work for at most twenty seconds."""

from django.utils import timezone

from campaigns import pictures, scheduling
from campaigns.asks.credit import credit_asks
from campaigns.changing.carry_on import carry_on
from campaigns.engine import advance, braking, closing, enroll, lifecycle, notice
from campaigns.messaging import outbox, send
from campaigns.models import PublishPlan, StartRun
from contacts import work
from contacts.background import run_slice


def start_scheduled() -> None:
    """Start the campaigns whose time has come."""
    run_slice("campaigns.schedule", lambda: scheduling.start_next(now=timezone.now()))


def start_campaigns() -> None:
    """Let in who is there when a campaign starts, or is let in by hand."""
    run_slice(
        "campaigns.start",
        lambda: work.advance_one(StartRun, enroll.enroll_members, now=timezone.now()),
    )


def carry_out_plans() -> None:
    """Do with who is inside what was chosen with a new version."""
    run_slice(
        "campaigns.plans",
        lambda: work.advance_one(PublishPlan, carry_on, now=timezone.now()),
    )


def enroll_moments() -> None:
    """Let in those for whom the moment of a running campaign has come."""
    run_slice("campaigns.moments", lambda: enroll.enroll_moments(now=timezone.now()))


def advance_due() -> None:
    """Move the enrollments that are due."""
    run_slice("campaigns.advance", lambda: advance.advance_round(now=timezone.now()))


def react() -> None:
    """Credit asks with what came of them, notice goals and exits, end what was stopped."""
    run_slice(
        "campaigns.reactions",
        lambda: (
            credit_asks()
            + notice.notice_changes(now=timezone.now())
            + notice.notice_everybody(now=timezone.now())
            + lifecycle.end_stopped(now=timezone.now())
            + closing.finish_empty(now=timezone.now())
            + braking.brake_ramps(now=timezone.now())
        ),
    )


def drop_unused_pictures() -> None:
    """Throw away pictures that no mail shows any more."""
    run_slice("campaigns.pictures", lambda: pictures.drop_unused(now=timezone.now()))


def send_due() -> None:
    """Hand over the messages that are due."""
    owner = work.worker_name()
    run_slice("campaigns.send", lambda: send.send_due(owner=owner, clock=timezone.now))


def pass_on_due() -> None:
    """Hand over to other systems what is due."""
    owner = work.worker_name()
    run_slice(
        "campaigns.pass_on",
        lambda: send.send_due(owner=owner, clock=timezone.now, lane=outbox.ELSEWHERE),
    )


def recover_sends() -> None:
    """Settle the messages whose sender has died."""
    run_slice(
        "campaigns.recover_sends",
        lambda: outbox.recover_deserted(now=timezone.now()),
    )
