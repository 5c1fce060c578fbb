"""Walk people through small flows, with the engine itself."""

from datetime import datetime
from typing import Any

from campaigns.engine.advance import advance_round
from campaigns.models import Campaign, Enrollment, StepRun
from contacts.models import Contact
from tests.factories.campaigns import NOW, make_campaign, make_enrollment


def enroll_in(
    steps: list[dict[str, Any]], *contacts: Contact, **changes: Any
) -> Campaign:
    """Make a running campaign with contacts before its first step."""
    campaign = make_campaign(steps=steps, state="running", **changes)
    for contact in contacts:
        make_enrollment(campaign, contact=contact, step_key=steps[0]["key"])
    return campaign


def walk(now: datetime = NOW) -> None:
    """Move everybody until nothing is due any more."""
    while advance_round(now=now):
        pass


def story_of(contact: Contact) -> list[tuple[str, str]]:
    """List the steps that a contact took, each with what came of it."""
    runs = StepRun.objects.filter(contact=contact).order_by("enrollment_id", "visit")
    return list(runs.values_list("step_key", "outcome"))


def place_of(contact: Contact) -> tuple[str, str, datetime | None]:
    """Say where the last pass of a contact stands: its state, step and due time."""
    last = Enrollment.objects.filter(contact=contact).latest("pk")
    return last.state, last.step_key, last.due_at
