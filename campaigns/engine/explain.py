"""Why a contact was asked by a campaign, or was not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audiences.models import Audience, Membership
from campaigns.asks.rivals import with_rival
from campaigns.engine import ending
from campaigns.flows.definition import Step, walk_steps
from campaigns.flows.triggers import AUDIENCE, trigger_of
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.facts import read_facts
from campaigns.guardrails.gate import FOR_ASKS, judge
from campaigns.guardrails.reasons import CAP, LABELS
from campaigns.models import (
    Ask,
    Campaign,
    CampaignVersion,
    Enrollment,
    Hold,
    Message,
    Moment,
    Refusal,
    StepRun,
)
from campaigns.triggers.registry import describe_trigger
from contacts.models import Contact

ENDS = {
    ending.GOAL: "Reached the goal.",
    ending.EXIT: "Left early: the exit condition holds.",
    ending.STOPPED: "Left early: the campaign was stopped.",
    ending.ERROR: "Stopped by an error.",
    ending.FORGOTTEN: "Left early: asked to be forgotten.",
    ending.MERGED: "Left early: became one contact with somebody further in it.",
}


@dataclass(frozen=True)
class Line:
    """
    A sentence of the explanation, and when it happened.

    ``at`` is None for what is so now; ``until`` is the moment that the sentence ends with.
    """

    text: str
    at: datetime | None = None
    until: datetime | None = None


def explain(*, campaign: Campaign, contact: Contact, now: datetime) -> list[Line]:
    """
    Tell the story of a contact in a campaign, oldest first; what is so now comes last.

    About eight queries, whatever happened.
    """
    own = {"contact": contact, "campaign": campaign}
    enrollments = Enrollment.objects.filter(**own).order_by("enrolled_at", "pk")
    past = [
        *_moves(list(enrollments.select_related("version"))),
        *_holds(own, _step_names(campaign)),
        *_messages(own),
        *_answers(own),
        *_refusals(own),
    ]
    past.sort(key=lambda line: line.at or now)
    latest = enrollments.select_related("version").last()
    if latest is None:
        return past + _why_not(campaign, contact, now)
    return past + list(_present(campaign, latest))


def _step_names(campaign: Campaign) -> dict[str, Step]:
    """Map keys to the steps of all versions; the newest name wins."""
    versions = CampaignVersion.objects.filter(campaign=campaign).order_by("number")
    return {
        step["key"]: step
        for steps in versions.values_list("definition__steps", flat=True)
        for step in walk_steps(steps)
    }


def _moves(enrollments: list[Enrollment]) -> Iterator[Line]:
    """Tell when the contact came in, which steps it took and how it ended."""
    by_id = {enrollment.pk: enrollment for enrollment in enrollments}
    for enrollment in enrollments:
        number = enrollment.version.number
        yield Line(f"Entered the campaign (version {number}).", enrollment.enrolled_at)
        if enrollment.ended_at:
            yield Line(end_words(enrollment), enrollment.ended_at)
    runs = StepRun.objects.filter(
        contact_id__in={one.contact_id for one in enrollments}, enrollment_id__in=by_id
    )
    for run in runs.exclude(outcome="held").order_by("ran_at", "pk"):
        steps = by_id[run.enrollment_id].version.definition["steps"]
        names = {step["key"]: step["name"] for step in walk_steps(steps)}
        until = run.details.get("until")
        yield Line(
            f"“{names.get(run.step_key, run.step_key)}”: {run.outcome}"
            f"{' until' if until else '.'}",
            run.ran_at,
            datetime.fromisoformat(until) if until else None,
        )


def end_words(enrollment: Enrollment) -> str:
    """Say how a pass ended."""
    if enrollment.state == Enrollment.State.COMPLETED:
        return "Came to the end of the flow."
    if enrollment.end_reason in LABELS and enrollment.end_reason not in ENDS:
        return f"Left the campaign. {LABELS[enrollment.end_reason]}."
    return ENDS.get(enrollment.end_reason, f"{enrollment.get_state_display()}.")


def _holds(own: Mapping[str, Any], steps: dict[str, Step]) -> Iterator[Line]:
    """Tell who was held, by everything that objected."""
    held = with_rival(Hold.objects.filter(**own))
    for hold in held.order_by("held_at", "pk"):
        name = steps[hold.step_key]["name"] if hold.step_key in steps else "A step"
        words = {
            **LABELS,
            **({CAP: f"Asked by “{hold.rival}” instead"} if hold.rival else {}),
        }
        reasons = "; ".join(
            words[objection["reason"]]
            for objection in hold.details.get("objections", [{"reason": hold.reason}])
        )
        yield Line(
            f"“{name}” not sent. {reasons}. {hold.get_then_display()}"
            f"{' until' if hold.until else '.'}",
            hold.held_at,
            hold.until,
        )


def _messages(own: Mapping[str, Any]) -> Iterator[Line]:
    """Tell what became of each message."""
    for message in Message.objects.filter(**own).order_by("created_at", "pk"):
        because = LABELS.get(message.cause, "")
        yield Line(
            f"Email to {message.address}: {message.get_state_display()}."
            f"{f' {because}.' if because else ''}",
            message.finished_at or message.handed_over_at or message.created_at,
        )


def _answers(own: Mapping[str, Any]) -> Iterator[Line]:
    """Tell what the person said."""
    for ask in Ask.objects.filter(**own).exclude(answer="").order_by("pk"):
        yield Line(f"Answered “{ask.get_answer_display()}”.", ask.answered_at)


def _refusals(own: Mapping[str, Any]) -> Iterator[Line]:
    """Tell which moments did not count."""
    for refusal in Refusal.objects.filter(**own).order_by("refused_at", "pk"):
        yield Line(
            f"Not let in again. {refusal.get_reason_display()}.", refusal.refused_at
        )


def _present(campaign: Campaign, enrollment: Enrollment) -> Iterator[Line]:
    """Tell what comes next."""
    if enrollment.state != Enrollment.State.ACTIVE:
        return
    if enrollment.error:
        yield Line(f"The last attempt failed and is repeated. {enrollment.error}")
    if campaign.state == Campaign.State.PAUSED:
        yield Line("The campaign is paused, so nothing happens until it is resumed.")
        return
    steps = enrollment.version.definition["steps"]
    names = {step["key"]: step["name"] for step in walk_steps(steps)}
    name = names.get(enrollment.step_key)
    yield Line(
        f"Next: “{name}” at" if name else "Comes to the end of the flow at",
        until=enrollment.due_at,
    )


def _why_not(campaign: Campaign, contact: Contact, now: datetime) -> list[Line]:
    """Tell why a contact was never in the campaign."""
    if campaign.published is None or campaign.started_at is None:
        return [Line("Not in this campaign: it has not been started.")]
    document = campaign.published.definition
    trigger = trigger_of(document)
    if trigger["kind"] != AUDIENCE:
        waiting = Moment.objects.filter(contact=contact, campaign=campaign).first()
        if waiting:
            return [
                Line(
                    f"Not in this campaign yet. Waits for: {waiting.get_waits_for_display()},"
                    " looked at again at",
                    until=waiting.due_at,
                )
            ]
        return [Line(f"Not in this campaign: it starts {describe_trigger(trigger)}.")]
    audience = Audience.objects.filter(pk=document["trigger"]["audience"]).first()
    if audience is None:
        return [Line("Not in this campaign: its audience was deleted.")]
    membership = Membership.objects.filter(contact=contact, audience=audience).first()
    if membership is None:
        return [Line(f"Not in this campaign: not in the audience “{audience}”.")]
    if (
        membership.entered_at <= campaign.started_at
        and not document["trigger"]["existing"]
    ):
        return [
            Line(
                f"Not in this campaign: has been in “{audience}” since before the start, and"
                " only those enter who join it from then on. Joined it at",
                until=membership.entered_at,
            )
        ]
    if campaign.state == Campaign.State.STOPPED:
        return [Line("Not in this campaign: it was stopped before the contact joined.")]
    lines = [Line(f"In “{audience}”: will be let in as soon as the campaign runs.")]
    verdict = judge(
        read_facts([contact.pk]).get(contact.pk),
        clock_for(document["settings"], now),
        FOR_ASKS,
    )
    reasons = "; ".join(LABELS[one.reason] for one in verdict.objections)
    return lines + ([Line(f"Could not be asked now. {reasons}.")] if reasons else [])
