"""Set an attribute of the contact, or take it away."""

from datetime import datetime
from typing import Any, ClassVar

from campaigns.flows.definition import Step
from campaigns.local_time import choose_zone, local_day
from campaigns.steps.base import Batch, Outcome
from campaigns.steps.zones import by_zone
from contacts.attributes import Assertion, assert_attributes
from contacts.attributes.earlier import identifiers_of

CAUSE = "campaign"


class AttributeStep:
    """
    A value that is said of the contact, as if a source had said it.

    It stands in the contact's history with the campaign as its cause, once for each run.
    """

    kind: ClassVar[str] = "attribute"
    label: ClassVar[str] = "Set an attribute"

    def run(self, batch: Batch) -> list[Outcome]:
        """Write a statement about each, and bring the contacts up to date."""
        step = batch.step
        names = identifiers_of([one.contact_id for one in batch.candidates])
        fallback = batch.version.definition["settings"]["time_zone"]
        assertions = [
            Assertion(
                contact_id=one.contact_id,
                at=batch.now,
                # Sorts behind what messages of the instant say.
                order_key=f"~{CAUSE}:{one.enrollment_id}:{one.visit:06}",
                values={step["attribute"]: _value(step, batch.now, zone, fallback)},
                cause=CAUSE,
                identifier_id=names.get(one.contact_id),
            )
            for (zone, _), candidates in by_zone(batch).items()
            for one in candidates
        ]
        assert_attributes(assertions, now=batch.now)
        return [Outcome("done", batch.candidates)]

    def describe(self, step: Step) -> str:
        """Say what is set to what."""
        if not step["attribute"]:
            return "Nothing to set yet"
        name = step["attribute"]
        if step["type"] == "nothing":
            return f"Take “{name}” away"
        if step["type"] == "today":
            return f"Set “{name}” to the day"
        value = step["value"]
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        return f"Set “{name}” to “{shown}”"


def _value(step: Step, now: datetime, zone: str, fallback: str) -> Any:
    """Work out the value for those of one zone; None takes the attribute away."""
    if step["type"] == "nothing":
        return None
    if step["type"] == "today":
        return local_day(now, choose_zone(zone, fallback)).isoformat()
    return step["value"]
