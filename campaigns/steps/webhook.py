"""Tell another system that somebody came here."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.messaging.pass_on import OVER, Run, states_of, write_webhooks
from campaigns.models import Connection, Message
from campaigns.steps.base import Batch, Outcome, Then
from campaigns.steps.waits import began, say_length, stay_or_end

# Who waits is woken; this is for a sender that died in between.
LOOK_AGAIN = timedelta(minutes=15)


class WebhookStep:
    """
    A document that is posted to a connection, once for each run of the step.

    It leaves through the outbox, and may be repeated: whoever takes it knows by ``webhook-id``
    that he has had it. The pass goes on at once; or when it is decided whether it was taken, and in
    any case when the time is over.
    """

    kind: ClassVar[str] = "webhook"
    label: ClassVar[str] = "Webhook"

    def run(self, batch: Batch) -> list[Outcome]:
        """Write what is to be posted; look after what is waited for."""
        runs = [_run_of(one) for one in batch.candidates]
        write_webhooks(
            campaign=batch.campaign,
            version=batch.version,
            step_key=batch.step["key"],
            connection_id=batch.step["connection"] or 0,
            runs=runs,
            now=batch.now,
        )
        if not batch.step["wait"]:
            return [Outcome("told", batch.candidates)]
        states = states_of(runs)
        decided: dict[str, list[Candidate]] = defaultdict(list)
        waiting = []
        for one in batch.candidates:
            # Without a message there is no connection any more.
            state = states.get(one.enrollment_id, Message.State.FAILED)
            if state in OVER:
                is_taken = state == Message.State.ACCEPTED
                decided["delivered" if is_taken else "not_delivered"].append(one)
            else:
                waiting.append(one)
        stays = stay_or_end(
            batch,
            waiting,
            began(waiting),
            Then.NEXT,
            word="given_up",
            longest=batch.step["wait"],
        )
        soon = batch.now + LOOK_AGAIN
        return [
            *(Outcome(word, group) for word, group in decided.items()),
            *(
                replace(one, due_at=min(one.due_at, soon)) if one.due_at else one
                for one in stays
            ),
        ]

    def describe(self, step: Step) -> str:
        """Say who is told, and whether it is waited for; one query."""
        found = Connection.objects.filter(pk=step["connection"] or 0).first()
        if found is None:
            return "No connection yet"
        words = f"Tell “{found}”"
        if step["wait"]:
            words += (
                f"; waits until it has taken it, for at most {say_length(step['wait'])}"
            )
        return words


def _run_of(one: Candidate) -> Run:
    """Name a run of the step."""
    return one.contact_id, one.enrollment_id, one.visit
