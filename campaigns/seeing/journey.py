"""
Send one person through a flow, with the clock moved on from step to step.

It is the engine that moves him (``engine.advance.run_claimed``), with the guardrails, the outbox
and the mails as they are, inside ``scratch``: so what is shown is what would happen. Nobody sends
anything; a message that would leave counts as delivered at once. Nothing else happens to him on
the way but the answer that is assumed, and what time alone brings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from audiences import selection
from audiences.explain import Explanation, explain
from audiences.models import Audience, Membership
from campaigns.asks.answer import answer_ask
from campaigns.asks.holds import Candidate
from campaigns.asks.make import Occasion
from campaigns.engine import advance
from campaigns.flows.definition import (
    Document,
    Step,
    find_step,
    first_key,
    side_titles,
)
from campaigns.flows.ladder import EMAIL, LABELS
from campaigns.flows.mentions import audiences_in, conditions_of
from campaigns.messaging import outbox
from campaigns.messaging.render import Rendered
from campaigns.models import (
    Answer,
    Ask,
    Campaign,
    CampaignVersion,
    Enrollment,
    Hold,
    Message,
    StepRun,
)
from campaigns.publishing import compile_document
from campaigns.seeing.mails import show_mail, show_parcel
from campaigns.seeing.verdicts import Verdicts, ask_guardrails
from contacts.models import Contact

# A flow is shorter, and so is everybody's patience.
MOST_STOPS = 200
HORIZON = timedelta(days=400)
# When an answer is assumed to come.
ANSWERS_AFTER = timedelta(hours=1)
# Beyond any number and revision that is ever published.
SCRATCH_NUMBER = 2_000_000_000


@dataclass(frozen=True)
class Condition:
    """A condition that a step asks, and its answer for this person at that time."""

    title: str
    explanation: Explanation


@dataclass(frozen=True)
class Mail:
    """A message that would be written, as the person would get it."""

    channel: str
    shown: Rendered | None
    problem: str = ""
    # What another system would get.
    passed_on: str = ""

    @property
    def label(self) -> str:
        """Name the way for people."""
        return LABELS.get(self.channel, self.channel)


@dataclass(frozen=True)
class Stop:
    """
    What happened at a step, and when.

    ``outcome`` is the word of the journal; "held" and "stayed" leave the person before the step,
    until ``until``. ``ended`` is blank unless the pass was over then.
    """

    at: datetime
    step: Step | None
    outcome: str
    until: datetime | None = None
    details: dict[str, Any] | None = None
    verdicts: Verdicts | None = None
    conditions: tuple[Condition, ...] = ()
    mails: tuple[Mail, ...] = ()
    is_ask: bool = False
    answer: str = ""


@dataclass(frozen=True)
class Journey:
    """The way of one person; ``asked_at`` is the first ask that was made on it."""

    stops: tuple[Stop, ...]
    enrollment: Enrollment
    asked_at: datetime | None
    is_cut: bool

    @property
    def last(self) -> Stop | None:
        """Give the last stop."""
        return self.stops[-1] if self.stops else None


def draft_version(campaign: Campaign, *, now: datetime) -> CampaignVersion:
    """
    Write the draft as a version, only inside ``scratch``.

    :raises ContentError: if a mail can't be made
    """
    return CampaignVersion.objects.create(
        campaign=campaign,
        number=SCRATCH_NUMBER,
        revision=SCRATCH_NUMBER,
        definition=compile_document(campaign.draft),
        published_at=now,
    )


def begin(version: CampaignVersion, contact: Contact, *, at: datetime) -> Enrollment:
    """Let the person in at a moment, in place of a pass that is on; only in ``scratch``."""
    own = Enrollment.objects.filter(contact=contact, campaign_id=version.campaign_id)
    own.filter(state=Enrollment.State.ACTIVE).update(
        state=Enrollment.State.EXITED, due_at=None, ended_at=at
    )
    return Enrollment.objects.create(
        contact=contact,
        campaign_id=version.campaign_id,
        version=version,
        entry_key=f"scratch:{own.aggregate(last=Max('pk'))['last'] or 0}",
        moment_at=at,
        enrolled_at=at,
        step_key=first_key(version.definition["steps"]),
        due_at=at,
    )


def travel(
    campaign: Campaign,
    enrollment: Enrollment,
    *,
    now: datetime,
    answer: str = "",
    until_asked: bool = False,
) -> Journey:
    """
    Move a pass until it is over; only inside ``scratch``.

    ``answer`` is what the person says to each ask, an hour later; blank for nothing.
    ``until_asked`` stops at the first ask that is made. About fifteen queries for each step.
    """
    traveler = Traveler(campaign, enrollment, now, answer)
    stops: list[Stop] = []
    asked_at: datetime | None = None
    for stop in traveler.go():
        stops.append(stop)
        if stop.is_ask and asked_at is None:
            asked_at = stop.at
            if until_asked:
                break
        if len(stops) >= MOST_STOPS:
            break
    is_cut = traveler.enrollment.state == Enrollment.State.ACTIVE and not (
        until_asked and asked_at
    )
    return Journey(tuple(stops), traveler.enrollment, asked_at, is_cut)


class Traveler:
    """One pass on its way."""

    def __init__(
        self, campaign: Campaign, enrollment: Enrollment, now: datetime, answer: str
    ) -> None:
        self.campaign = campaign
        self.enrollment = enrollment
        self.version = enrollment.version
        self.now = now
        self.end = now + HORIZON
        self.answer = answer
        self.watched = _audiences(self.document)
        # The ask that is still to be answered, and when.
        self.open: tuple[Ask, datetime] | None = None
        # Whether the step that he stands before has been asked already, and kept him.
        self.stays = False

    @property
    def document(self) -> Document:
        """The flow that he goes through."""
        return self.version.definition

    def go(self) -> Iterator[Stop]:
        """Take step after step until the pass is over, or too far ahead."""
        while self.enrollment.state == Enrollment.State.ACTIVE:
            due_at = max(self.now, self.enrollment.due_at or self.now)
            if self.open and (self.stays or self.open[1] <= due_at):
                yield self.give_answer()
                continue
            if due_at > self.end:
                return
            was = self.enrollment
            self.now = due_at
            stop = self.take_step()
            yield stop
            if self.stays and self.enrollment.due_at == was.due_at == self.now:
                # Stands where he stood, at the same moment: nothing will come of it.
                return
            if not self.look_ahead(stop):
                return
        if self.open:
            yield self.give_answer()

    def look_ahead(self, stop: Stop) -> bool:
        """
        Go to where time alone ends what holds him, for the engine looks every half an hour.

        :returns: False if time alone does not end it
        """
        verdicts = stop.verdicts
        if not self.stays or verdicts is None or verdicts.verdict.possible_at:
            return True
        if verdicts.opens_at is None:
            return False
        self.now = max(self.now, verdicts.opens_at)
        Enrollment.objects.filter(
            pk=self.enrollment.pk, contact_id=self.enrollment.contact_id
        ).update(due_at=self.now)
        self.enrollment.due_at = self.now
        return True

    def take_step(self) -> Stop:
        """Let the engine run the step before which he stands."""
        was = self.enrollment
        step = find_step(self.document, was.step_key)
        self.look_at_audiences()
        conditions = tuple(self.ask_conditions(step))
        verdicts = self.ask_guardrails(step)
        advance.run_claimed(
            self.campaign,
            was.step_key,
            [candidate_of(was)],
            now=self.now,
        )
        self.enrollment = Enrollment.objects.get(pk=was.pk, contact_id=was.contact_id)
        self.stays = self.enrollment.visit == was.visit and (
            self.enrollment.state == Enrollment.State.ACTIVE
        )
        own = {
            "contact_id": was.contact_id,
            "enrollment_id": was.pk,
            "visit": was.visit,
        }
        run = StepRun.objects.filter(**own).first()
        hold = Hold.objects.filter(**own, held_at=self.now).order_by("pk").last()
        is_ask = self.is_asked(own)
        return Stop(
            at=self.now,
            step=step,
            outcome=self.outcome(run, hold, is_ask=is_ask),
            until=self.until(run),
            details=run.details if run else None,
            verdicts=verdicts,
            conditions=conditions,
            mails=tuple(self.deliver(own)),
            is_ask=is_ask,
        )

    def outcome(self, run: StepRun | None, hold: Hold | None, *, is_ask: bool) -> str:
        """Name what came of the step."""
        if is_ask:
            return "asked"
        if run is not None:
            return run.outcome
        if hold is not None:
            return "held"
        return "stayed" if self.stays else "over"

    def until(self, run: StepRun | None) -> datetime | None:
        """Say when he goes on, if that is later."""
        due_at = self.enrollment.due_at
        return due_at if due_at and due_at > self.now else None

    def ask_conditions(self, step: Step | None) -> Iterator[Condition]:
        """Explain each condition that the step is about to ask."""
        titles = side_titles(step) if step else {}
        for side, condition in (conditions_of(step) if step else {}).items():
            if condition:
                contact_id = self.enrollment.contact_id
                card = explain(condition, contact_id, as_of=self.now)
                yield Condition(titles.get(side, ""), card)

    def ask_guardrails(self, step: Step | None) -> Verdicts | None:
        """Ask the guardrails, where the step writes to people."""
        if step is None or "ask" not in step:
            return None
        occasion = Occasion(self.campaign, self.version, step, self.now)
        return ask_guardrails(occasion, candidate_of(self.enrollment))

    def is_asked(self, own: dict[str, Any]) -> bool:
        """Whether an ask was made in this step; its answer is awaited."""
        ask = Ask.objects.filter(**own, asked_at=self.now).first()
        if ask is not None and self.answer:
            self.open = (ask, self.now + ANSWERS_AFTER)
        return ask is not None

    def deliver(self, own: dict[str, Any]) -> Iterator[Mail]:
        """Show the messages that the step has written; mails count as delivered at once."""
        written = Message.objects.filter(**own, created_at=self.now)
        related = ("campaign__program", "connection", "version", "contact")
        for message in written.select_related(*related).order_by("pk"):
            is_mail = message.channel == EMAIL
            shown, problem = show_mail(message) if is_mail else (None, "")
            passed_on = show_parcel(message, self.now) if message.connection_id else ""
            yield Mail(message.channel, shown, problem, passed_on)
            if message.state == Message.State.QUEUED:
                Message.objects.filter(
                    pk=message.pk, contact_id=message.contact_id
                ).update(
                    state=Message.State.ACCEPTED,
                    handed_over_at=self.now,
                    finished_at=self.now,
                )
                outbox.mark_delivered(message, now=self.now)

    def give_answer(self) -> Stop:
        """Answer the ask as assumed; who waits for it is looked at again."""
        assert self.open is not None  # noqa: S101 - asked before
        ask, at = self.open
        self.open = None
        self.now = max(self.now, at)
        answer_ask(ask=ask, answer=self.answer, now=self.now)
        if self.stays:
            Enrollment.objects.filter(
                pk=self.enrollment.pk, contact_id=self.enrollment.contact_id
            ).update(due_at=self.now)
        self.enrollment = Enrollment.objects.get(
            pk=self.enrollment.pk, contact_id=self.enrollment.contact_id
        )
        self.stays = False
        return Stop(self.now, None, "answered", answer=Answer(self.answer).label)

    def look_at_audiences(self) -> None:
        """Let time move the person in and out of the audiences that the flow mentions."""
        contact_id = self.enrollment.contact_id
        for audience in self.watched:
            own = Membership.objects.filter(audience=audience, contact_id=contact_id)
            is_in = selection.matching_ids(
                audience.rule, as_of=self.now, contact_ids=[contact_id]
            )
            if is_in and not own.exists():
                own.create(
                    audience=audience, contact_id=contact_id, entered_at=self.now
                )
            elif not is_in:
                own.delete()


def candidate_of(enrollment: Enrollment) -> Candidate:
    """Give the pass as the engine hands it to a step."""
    return Candidate(
        enrollment.pk, enrollment.contact_id, enrollment.visit, enrollment.version_id
    )


def _audiences(document: Document) -> list[Audience]:
    """List the audiences that the flow asks about, those that name others last."""
    named = Audience.objects.live().filter(pk__in=audiences_in(document))
    return list(named.filter(counts_from=None).order_by("depth", "pk"))
