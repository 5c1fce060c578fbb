"""The last look, at the instant a message is handed over."""

from datetime import datetime

from django.db import connection

from campaigns.goals import find_reached
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.gate import (
    FOR_ASKS_IN_HAND,
    FOR_MESSAGES,
    FOR_WEBHOOKS,
    Guardrail,
    Verdict,
    conclude,
    judge,
)
from campaigns.guardrails.in_hand import facts_in_hand
from campaigns.guardrails.reasons import (
    CAMPAIGN_PAUSED,
    CAMPAIGN_STOPPED,
    EXIT_MET,
    GOAL_MET,
    GONE,
    Objection,
)
from campaigns.models import Campaign, Enrollment, Message
from contacts.models import Contact

WEBHOOK = "webhook"

# Holds the campaign against pause and stop until the hand-over is committed.
STATE = "SELECT state FROM campaigns_campaign WHERE id = %s FOR SHARE"


def recheck(message: Message, *, now: datetime) -> Verdict:
    """
    Ask again everything that may have changed since the message was written.

    Called inside the transaction that commits the hand-over and holds the contact's lock, so
    an unsubscribe, a pause or a stop that has returned is seen here. The budget is not asked
    again: the ask has taken it.
    """
    facts = facts_in_hand([message], now=now)[0].get(message.pk)
    clock = clock_for(message.version.definition["settings"], now)
    verdict = judge(facts, clock, guardrails_for(message))
    if facts is None:
        return verdict
    about = _passed_on if message.channel == WEBHOOK else _enrollment
    more = [*_campaign(message, now), *about(message, now)]
    return conclude([*verdict.objections, *more], facts, clock) if more else verdict


def guardrails_for(message: Message) -> tuple[Guardrail, ...]:
    """Give what may still object to a message that has been written."""
    if message.channel == WEBHOOK:
        return FOR_WEBHOOKS
    return FOR_MESSAGES if message.ask_id is None else FOR_ASKS_IN_HAND


def objections_to(enrollment: Enrollment | None) -> list[Objection]:
    """Object if the pass that wrote the message is over."""
    if enrollment is None or enrollment.end_reason == "campaign_stopped":
        return [Objection(CAMPAIGN_STOPPED)]
    if enrollment.state == Enrollment.State.CONVERTED:
        return [Objection(GOAL_MET)]
    if enrollment.end_reason == "exit_condition":
        return [Objection(EXIT_MET)]
    return []


def _campaign(message: Message, now: datetime) -> list[Objection]:
    """Object if the campaign does not run any more."""
    with connection.cursor() as cursor:
        cursor.execute(STATE, [message.campaign_id])
        state = cursor.fetchone()[0]
    if state == Campaign.State.PAUSED:
        # Senders leave out the messages of a paused campaign, so this one waits there.
        return [Objection(CAMPAIGN_PAUSED, until=now)]
    # What a pass has left behind may leave also when all passes are over.
    if state not in (*Campaign.MOVES, Campaign.State.FINISHED):
        return [Objection(CAMPAIGN_STOPPED)]
    return []


def _enrollment(message: Message, now: datetime) -> list[Objection]:
    """Object if the goal is reached or the exit condition is met."""
    enrollment = Enrollment.objects.filter(
        pk=message.enrollment_id, contact_id=message.contact_id
    ).first()
    objections = objections_to(enrollment)
    if objections or enrollment is None:
        return objections
    reached = find_reached(
        document=message.version.definition,
        enrollment_ids=[enrollment.pk],
        contact_ids=[enrollment.contact_id],
        now=now,
    )
    if reached.goal:
        return [Objection(GOAL_MET)]
    return [Objection(EXIT_MET)] if reached.exit else []


def _passed_on(message: Message, now: datetime) -> list[Objection]:
    """
    Object to telling another system of who was forgotten, or of a campaign that was stopped.

    Who reaches the goal or leaves meanwhile has been at the step, and that is what is told.
    """
    enrollment = Enrollment.objects.filter(
        pk=message.enrollment_id, contact_id=message.contact_id
    ).first()
    person = Contact.objects.filter(pk=message.contact_id, erased_at=None)
    if enrollment is None or not person.exists():
        return [Objection(GONE)]
    stopped = [Objection(CAMPAIGN_STOPPED)]
    return [one for one in objections_to(enrollment) if one in stopped]
