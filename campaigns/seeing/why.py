"""
Why somebody was asked by a campaign, or was not; now, or at any time before.

The answer looks at what has to be so, in order: the campaign runs, the trigger lets the person
in, the way through the flow leads to an ask, and no guardrail objects. It ends with the first
moment at which the person could be asked if nothing else happens, found by sending him on the way
(``journey``). Of a past time all of it is asked of the person as he was then (``rewind``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from campaigns.asks.holds import Candidate
from campaigns.asks.make import Occasion
from campaigns.engine.ending import end_words
from campaigns.flows.definition import Document, find_step, walk_steps
from campaigns.guardrails.reasons import LABELS
from campaigns.local_time import choose_zone
from campaigns.models import (
    Ask,
    Campaign,
    CampaignVersion,
    Enrollment,
    Hold,
    Message,
    Refusal,
)
from campaigns.seeing.entrance import Entrance, find_entrance
from campaigns.seeing.journey import Journey, begin, candidate_of, travel
from campaigns.seeing.rewind import rewind
from campaigns.seeing.scratch import scratch
from campaigns.seeing.then import (
    NOT_STARTED,
    WORDS,
    Standing,
    standing_at,
    standing_now,
)
from campaigns.seeing.verdicts import Verdicts, ask_guardrails
from contacts.models import Contact


@dataclass(frozen=True)
class Gate:
    """Something that has to be so before the person is asked: "yes", "wait" or "no"."""

    title: str
    state: str
    text: str
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lets the person through."""
        return self.state == "yes"


@dataclass(frozen=True)
class Earliest:
    """
    When the person could be asked at the earliest, if nothing else happens.

    ``at`` is None if it takes more than time; ``text`` then says what.
    """

    at: datetime | None
    zone: str
    text: str = ""
    if_resumed: bool = False


@dataclass(frozen=True)
class Answer:
    """Why, in order; what was asked of the trigger and the guardrails; and when next."""

    campaign: Campaign
    contact: Contact
    at: datetime
    is_past: bool
    ask: Ask | None
    gates: tuple[Gate, ...]
    entrance: Entrance | None
    verdicts: Verdicts | None
    earliest: Earliest
    enrollment: Enrollment | None

    @property
    def obstacle(self) -> Gate | None:
        """Give the first thing that stands in the way."""
        return next((gate for gate in self.gates if not gate.is_open), None)

    @property
    def headline(self) -> str:
        """Say it in a few words."""
        if self.obstacle is None:
            return "Nothing stands in the way" if self.ask is None else "Was asked"
        return self.obstacle.text


@dataclass(frozen=True)
class Everything:
    """The answers of all campaigns, and the first moment of all."""

    contact: Contact
    at: datetime
    is_past: bool
    answers: tuple[Answer, ...]
    verdicts: Verdicts | None

    @property
    def earliest(self) -> Answer | None:
        """Give the campaign that could ask first."""
        possible = [
            one
            for one in self.answers
            if one.earliest.at and not one.earliest.if_resumed
        ]
        return min(
            possible,
            key=lambda one: (one.earliest.at or one.at, -one.campaign.priority),
            default=None,
        )


def ask_why(
    *,
    campaign: Campaign,
    contact: Contact,
    now: datetime,
    at: datetime | None = None,
) -> Answer:
    """
    Answer for one campaign; writes nothing.

    :raises Busy: if a worker is at this person at this moment
    """
    moment = at if at and at < now else now
    with scratch(contact.pk):
        person = _person(contact, moment, now)
        return _answer(campaign, person, moment, is_past=moment < now)


def ask_everywhere(
    *, contact: Contact, now: datetime, at: datetime | None = None, most: int = 100
) -> Everything:
    """
    Answer for every campaign that had been started by then, by priority; writes nothing.

    :raises Busy: if a worker is at this person at this moment
    """
    moment = at if at and at < now else now
    campaigns = Campaign.objects.filter(started_at__lte=moment)
    started = campaigns.select_related("program", "published")
    with scratch(contact.pk):
        person = _person(contact, moment, now)
        answers = []
        for campaign in started.order_by("-priority", "-started_at", "-pk")[:most]:
            with scratch():
                is_past = moment < now
                answers.append(_answer(campaign, person, moment, is_past=is_past))
    general = next((one.verdicts for one in answers if one.verdicts), None)
    return Everything(person, moment, moment < now, tuple(answers), general)


def _person(contact: Contact, at: datetime, now: datetime) -> Contact:
    """Give the person as he was then."""
    return rewind(contact, at=at) if at < now else contact


def _answer(
    campaign: Campaign, contact: Contact, at: datetime, *, is_past: bool
) -> Answer:
    """Look at everything in order."""
    standing = standing_at(campaign, at) if is_past else standing_now(campaign)
    own = {"contact": contact, "campaign": campaign}
    passes = Enrollment.objects.filter(**own).select_related("version")
    enrollment = passes.order_by("enrolled_at", "pk").last()
    asks = Ask.objects.filter(**own, refunded_at=None)
    ask = asks.order_by("asked_at", "pk").last()
    is_inside = enrollment is not None and enrollment.state == Enrollment.State.ACTIVE
    entrance = None if is_inside else find_entrance(campaign, contact, standing, at=at)
    version = enrollment.version if enrollment and is_inside else standing.version
    verdicts = (
        _verdicts(campaign, version, enrollment if is_inside else None, contact, at)
        if version
        else None
    )
    gates = tuple(_gates(campaign, standing, enrollment, ask, entrance, verdicts))
    return Answer(
        campaign=campaign,
        contact=contact,
        at=at,
        is_past=is_past,
        ask=ask,
        gates=gates,
        entrance=entrance,
        verdicts=verdicts,
        earliest=_earliest(
            campaign, contact, standing, enrollment if is_inside else None, entrance, at
        ),
        enrollment=enrollment,
    )


def _verdicts(
    campaign: Campaign,
    version: CampaignVersion,
    enrollment: Enrollment | None,
    contact: Contact,
    at: datetime,
) -> Verdicts | None:
    """Ask the guardrails of the ask that comes next; None if the flow has none."""
    steps = [
        step for step in walk_steps(version.definition["steps"]) if step.get("ask")
    ]
    own = [step for step in steps if enrollment and step["key"] == enrollment.step_key]
    if not steps:
        return None
    candidate = (
        candidate_of(enrollment)
        if enrollment
        else Candidate(0, contact.pk, 0, version.pk)
    )
    return ask_guardrails(Occasion(campaign, version, [*own, *steps][0], at), candidate)


def _gates(
    campaign: Campaign,
    standing: Standing,
    enrollment: Enrollment | None,
    ask: Ask | None,
    entrance: Entrance | None,
    verdicts: Verdicts | None,
) -> Iterator[Gate]:
    """List what has to be so, in order."""
    yield _campaign_gate(standing)
    if enrollment is None:
        yield from _entrance_gates(campaign, entrance)
    else:
        yield Gate(
            "Let in",
            "yes",
            f"Entered with version {enrollment.version.number}",
            enrollment.enrolled_at,
        )
        yield _way_gate(enrollment, ask)
    if verdicts is not None and ask is None:
        yield _guardrail_gate(verdicts)


def _campaign_gate(standing: Standing) -> Gate:
    """Say whether the campaign runs."""
    state, text = WORDS[Campaign.State(standing.state)]
    return Gate("Campaign", state, text, standing.since)


def _entrance_gates(campaign: Campaign, entrance: Entrance | None) -> Iterator[Gate]:
    """Say whether the trigger lets the person in."""
    if entrance is None:
        return
    state = "wait" if entrance.is_open else "no"
    if entrance.is_open and entrance.explanation and entrance.explanation.holds:
        state = "yes"
    until = entrance.enters_at if state == "wait" else None
    yield Gate("Trigger", state, entrance.text, until)


def _way_gate(enrollment: Enrollment, ask: Ask | None) -> Gate:
    """Say where the last pass stands, or how it ended."""
    if ask is not None and ask.enrollment_id == enrollment.pk:
        return Gate("Asked", "yes", "Was asked", ask.asked_at)
    held = Hold.objects.filter(
        contact_id=enrollment.contact_id, enrollment_id=enrollment.pk
    )
    last = held.order_by("held_at", "pk").last()
    if enrollment.state == Enrollment.State.ACTIVE:
        return _waiting_gate(enrollment, last)
    unsent = _unsent(enrollment)
    if unsent:
        return Gate("Way", "no", unsent, enrollment.ended_at)
    if last is not None and last.then != Hold.Then.WAIT:
        reason = LABELS.get(last.reason, last.reason)
        return Gate("Way", "no", f"Held at the ask: {reason}", last.held_at)
    if enrollment.state == Enrollment.State.COMPLETED:
        text = "Came to the end of the flow by a way on which nobody was asked"
        return Gate("Way", "no", text, enrollment.ended_at)
    return Gate("Way", "no", end_words(enrollment).rstrip("."), enrollment.ended_at)


def _waiting_gate(enrollment: Enrollment, last: Hold | None) -> Gate:
    """Say what a pass that is on waits for."""
    document = enrollment.version.definition
    step = find_step(document, enrollment.step_key)
    name = f"“{step['name']}”" if step else "the end of the flow"
    if enrollment.error:
        text = f"Stands before {name}; the last attempt failed: {enrollment.error}"
        return Gate("Way", "wait", text, enrollment.due_at)
    if last is not None and last.visit == enrollment.visit:
        reason = LABELS.get(last.reason, last.reason)
        text = f"Is held before {name}: {reason}"
        return Gate("Way", "wait", text, enrollment.due_at)
    return Gate("Way", "wait", f"Is on the way, next {name}", enrollment.due_at)


def _unsent(enrollment: Enrollment) -> str:
    """Say why the message of an ask never left; blank if there is none such."""
    message = (
        Message.objects.filter(
            contact_id=enrollment.contact_id, enrollment_id=enrollment.pk
        )
        .exclude(ask_id=None)
        .filter(state__in=(Message.State.CANCELED, Message.State.FAILED))
        .order_by("pk")
        .last()
    )
    if message is None:
        return ""
    because = LABELS.get(message.cause, "")
    state = message.get_state_display().lower()
    return f"The message was made and {state}{f': {because}' if because else ''}"


def _guardrail_gate(verdicts: Verdicts) -> Gate:
    """Say whether any guardrail objects."""
    first = verdicts.first
    if first is None:
        return Gate("Guardrails", "yes", "No guardrail objects")
    possible = verdicts.opens_at
    state = "wait" if possible else "no"
    return Gate("Guardrails", state, first.text, possible)


def _earliest(
    campaign: Campaign,
    contact: Contact,
    standing: Standing,
    enrollment: Enrollment | None,
    entrance: Entrance | None,
    at: datetime,
) -> Earliest:
    """Send the person on the way, and see when he is asked."""
    version = enrollment.version if enrollment else standing.version
    zone = str(
        choose_zone(
            contact.time_zone,
            version.definition["settings"]["time_zone"] if version else "",
        )
    )
    shut = standing.says_no_to(is_inside=enrollment is not None)
    if shut or version is None:
        return Earliest(None, zone, shut or NOT_STARTED)
    if not asks(version.definition):
        return Earliest(None, zone, "This campaign asks for nothing")
    if enrollment is None and entrance is not None and entrance.enters_at is None:
        return Earliest(None, zone, entrance.text.rstrip("."))
    with scratch():
        started_at = (entrance.enters_at if entrance else None) or at
        going = enrollment or begin(version, contact, at=started_at)
        journey = travel(campaign, going, now=max(at, started_at), until_asked=True)
    return Earliest(
        journey.asked_at,
        zone,
        "" if journey.asked_at else _never(journey),
        if_resumed=not standing.is_running,
    )


def asks(document: Document) -> bool:
    """Whether the flow asks anybody."""
    return any(step.get("ask") for step in walk_steps(document["steps"]))


def _never(journey: Journey) -> str:
    """Say why nothing is asked on the way."""
    held = [
        stop.verdicts.first
        for stop in journey.stops
        if stop.outcome == "held" and stop.verdicts and stop.verdicts.first
    ]
    if held:
        return held[-1].text
    if journey.is_cut:
        return "Not within the next 400 days"
    if journey.enrollment.state == Enrollment.State.COMPLETED:
        return "The way through the flow leads to no ask"
    return end_words(journey.enrollment).rstrip(".")


def refusals_of(campaign: Campaign, contact: Contact) -> list[Refusal]:
    """List the moments that did not count, the latest first."""
    own = Refusal.objects.filter(campaign=campaign, contact=contact)
    return list(own.order_by("-refused_at", "-pk")[:20])
