"""
Everything that a pass has done, with the inputs as they were.

The journal says what happened and when. What a step saw is found by letting it happen again: the
contact is put back to the instant before (``rewind``), and the engine runs the same step of the
same version, inside ``scratch``. So a trace of last spring needs nothing that was stored for it;
where what we know of that moment came later, it says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from campaigns.asks.rivals import with_rival
from campaigns.channels import causes
from campaigns.engine.ending import end_words
from campaigns.flows.definition import Step, walk_steps
from campaigns.flows.goals import PRIMARY, Goal, goals_of
from campaigns.guardrails.reasons import CAP, LABELS
from campaigns.models import (
    Ask,
    Campaign,
    CampaignVersion,
    Enrollment,
    GoalReached,
    Hold,
    Message,
    StepRun,
    VersionMove,
)
from campaigns.seeing.journey import Stop, Traveler
from campaigns.seeing.rewind import rewind
from campaigns.seeing.scratch import scratch
from campaigns.seeing.words import say_outcome
from contacts.models import Contact

JUST_BEFORE = timedelta(microseconds=1)
MOST_PASSES = 10
STAGES = (
    ("delivered_at", "The ask counts as delivered"),
    ("viewed_at", "Saw the ask"),
    ("intent_at", "Came to the page to share"),
    ("invite_sent_at", "The link was sent to a friend"),
    ("lead_at", "A friend signed up"),
    ("won_at", "A friend became a customer"),
    ("refunded_at", "Nothing had left, so the budget got its ask back"),
)


@dataclass(frozen=True)
class Entry:
    """
    Something that a pass did, or that came of it.

    ``reasons`` are the guardrails that objected, the first one first. ``visit`` is set where
    the step can be looked into.
    """

    at: datetime
    text: str
    until: datetime | None = None
    reasons: tuple[str, ...] = ()
    visit: int | None = None
    tone: str = ""


@dataclass(frozen=True)
class Trace:
    """A pass and what it did, oldest first."""

    enrollment: Enrollment
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Inside:
    """A step as it ran then; ``agrees`` unless we know more by now than we knew then."""

    stop: Stop
    recorded: str
    agrees: bool


def trace_passes(
    campaign: Campaign, contact: Contact, *, until: datetime
) -> list[Trace]:
    """Trace the latest passes of a contact up to a moment, the latest first; seven queries."""
    passes = list(
        Enrollment.objects.filter(
            campaign=campaign, contact=contact, enrolled_at__lte=until
        )
        .select_related("version")
        .order_by("-enrolled_at", "-pk")[:MOST_PASSES]
    )
    own: dict[str, Any] = {
        "contact": contact,
        "enrollment_id__in": [one.pk for one in passes],
    }
    versions = _versions(own, passes)
    entries: dict[int, list[Entry]] = {
        one.pk: [_entry(one, versions[one.pk][0])] for one in passes
    }
    steps = {pk: _steps(been) for pk, been in versions.items()}
    found = (
        _runs(own, steps),
        _holds(own, steps),
        _messages(own),
        _asks(own),
        _goals(own, versions),
    )
    for source in found:
        for enrollment_id, entry in source:
            entries[enrollment_id].append(entry)
    for one in passes:
        entries[one.pk] += _end(one)
    return [
        Trace(
            one,
            tuple(
                sorted(
                    (entry for entry in entries[one.pk] if entry.at <= until),
                    key=lambda entry: entry.at,
                )
            ),
        )
        for one in passes
    ]


def look_into(enrollment: Enrollment, *, visit: int, at: datetime) -> Inside:
    """
    Let a step run again, as of the instant at which it ran; writes nothing.

    :raises Busy: if a worker is at this person at this moment
    :raises StepRun.DoesNotExist: if no step ran then
    """
    own = {
        "contact_id": enrollment.contact_id,
        "enrollment_id": enrollment.pk,
        "visit": visit,
    }
    run = StepRun.objects.filter(**own, ran_at=at).first()
    hold = Hold.objects.filter(**own, held_at=at).order_by("pk").first()
    ran = run or hold
    if ran is None:
        raise StepRun.DoesNotExist(f"nothing ran at {at}")
    version = _version_at(enrollment, visit)
    with scratch(enrollment.contact_id):
        rewind(
            Contact(pk=enrollment.contact_id),
            at=at - JUST_BEFORE,
            keeping=enrollment.pk,
        )
        passes = Enrollment.objects.filter(
            pk=enrollment.pk, contact_id=enrollment.contact_id
        )
        # Several steps may be taken at one instant; this one is meant.
        passes.update(
            state=Enrollment.State.ACTIVE,
            version=version,
            step_key=ran.step_key,
            visit=visit,
            due_at=at,
        )
        going = passes.select_related("version", "campaign__program").get()
        stop = Traveler(going.campaign, going, at, answer="").take_step()
    recorded = run.outcome if run else "held"
    return Inside(stop, recorded, agrees=stop.outcome == recorded)


def _version_at(enrollment: Enrollment, visit: int) -> int:
    """Name the version on which a step was taken: that from which the pass was moved next."""
    moves = VersionMove.objects.filter(
        contact_id=enrollment.contact_id,
        enrollment_id=enrollment.pk,
        visit__gte=visit,
    ).exclude(from_version=F("to_version_id"))
    following = moves.order_by("visit", "pk").first()
    return following.from_version_id if following else enrollment.version_id


def _versions(
    own: dict[str, Any], passes: Sequence[Enrollment]
) -> dict[int, list[CampaignVersion]]:
    """List the versions that each pass was on, the first one first."""
    moves = VersionMove.objects.filter(**own).exclude(from_version=F("to_version_id"))
    been: dict[int, list[CampaignVersion]] = {one.pk: [] for one in passes}
    for move in moves.select_related("from_version").order_by("visit", "pk"):
        been[move.enrollment_id].append(move.from_version)
    return {one.pk: [*been[one.pk], one.version] for one in passes}


def _steps(versions: Sequence[CampaignVersion]) -> dict[str, Step]:
    """Map the keys of a pass's versions to their steps, as the last one has them."""
    return {
        step["key"]: step
        for version in versions
        for step in walk_steps(version.definition["steps"])
    }


def _entry(enrollment: Enrollment, version: CampaignVersion) -> Entry:
    """Tell when the pass began."""
    text = f"Entered the campaign (version {version.number})"
    return Entry(enrollment.enrolled_at, text, tone="info")


def _end(enrollment: Enrollment) -> Iterator[Entry]:
    """Tell how the pass ended, or that it can't go on."""
    if enrollment.ended_at:
        yield Entry(enrollment.ended_at, end_words(enrollment).rstrip("."), tone="info")
    elif enrollment.error and enrollment.due_at:
        text = f"The last attempt failed and is repeated: {enrollment.error}"
        yield Entry(enrollment.enrolled_at, text, enrollment.due_at, tone="bad")


def _runs(
    own: dict[str, Any], steps: dict[int, dict[str, Step]]
) -> Iterator[tuple[int, Entry]]:
    """Tell which steps were taken; who was held is told by the holds."""
    runs = StepRun.objects.filter(**own).exclude(outcome="held")
    for run in runs.order_by("ran_at", "pk"):
        if run.outcome == "moved":
            yield run.enrollment_id, _moved(run)
            continue
        step = steps[run.enrollment_id].get(run.step_key)
        name = step["name"] if step else run.step_key
        until = run.details.get("until")
        yield (
            run.enrollment_id,
            Entry(
                run.ran_at,
                f"“{name}”: {say_outcome(step, run.outcome)}",
                datetime.fromisoformat(until) if until else None,
                visit=run.visit,
            ),
        )


def _moved(run: StepRun) -> Entry:
    """Tell that the pass was moved to another version."""
    said = run.details
    how = "Put back on" if said.get("back") else "Moved to"
    by = f" by {said['by']}" if said.get("by") else ""
    until = said.get("until")
    return Entry(
        run.ran_at,
        f"{how} version {said.get('version', '…')}{by}",
        datetime.fromisoformat(until) if until else None,
        tone="info",
    )


def _holds(
    own: dict[str, Any], steps: dict[int, dict[str, Step]]
) -> Iterator[tuple[int, Entry]]:
    """Tell who was held, by everything that objected."""
    for hold in with_rival(Hold.objects.filter(**own)).order_by("held_at", "pk"):
        step = steps[hold.enrollment_id].get(hold.step_key)
        words = dict(LABELS)
        if hold.rival:
            words[CAP] = f"Asked by “{hold.rival}” instead"
        objections = hold.details.get("objections") or [{"reason": hold.reason}]
        yield (
            hold.enrollment_id,
            Entry(
                hold.held_at,
                f"“{step['name'] if step else hold.step_key}” not sent."
                f" {hold.get_then_display()}",
                hold.until if hold.then == Hold.Then.WAIT else None,
                tuple(words.get(one["reason"], one["reason"]) for one in objections),
                hold.visit,
                "warn",
            ),
        )


def _messages(own: dict[str, Any]) -> Iterator[tuple[int, Entry]]:
    """Tell what became of each message."""
    words: dict[str, str] = {str(key): label for key, label in causes.LABELS.items()}
    words |= LABELS
    for message in Message.objects.filter(**own).order_by("created_at", "pk"):
        channel = message.channel.replace("_", "-").capitalize()
        to = f" to {message.address}" if message.address else ""
        because = words.get(message.cause, "")
        subject = f" “{message.subject}”" if message.subject else ""
        yield (
            message.enrollment_id,
            Entry(
                message.finished_at or message.handed_over_at or message.created_at,
                f"{channel}{to}{subject}: {message.get_state_display()}"
                f"{f'. {because}' if because else ''}",
                tone="good" if message.state == Message.State.ACCEPTED else "",
            ),
        )


def _asks(own: dict[str, Any]) -> Iterator[tuple[int, Entry]]:
    """Tell what the person did about each ask."""
    for ask in Ask.objects.filter(**own).order_by("pk"):
        for name, text in STAGES:
            at = getattr(ask, name)
            if at:
                yield ask.enrollment_id, Entry(at, text)
        if ask.answer and ask.answered_at:
            text = f"Answered “{ask.get_answer_display()}”"
            yield ask.enrollment_id, Entry(ask.answered_at, text, tone="good")


def _goals(
    own: dict[str, Any], versions: dict[int, list[CampaignVersion]]
) -> Iterator[tuple[int, Entry]]:
    """Tell which goals were reached, whether that is credited, and what was dated back."""
    goals: dict[int, dict[str, Goal]] = {
        pk: {
            key: goal
            for version in been
            for key, goal in goals_of(version.definition).items()
        }
        for pk, been in versions.items()
    }
    for reached in GoalReached.objects.filter(**own).order_by("occurred_at", "pk"):
        goal = goals[reached.enrollment_id].get(reached.goal)
        name = f"the goal “{goal['name']}”" if goal else "a goal"
        if reached.goal == PRIMARY:
            name = "the goal"
        credit = {
            GoalReached.Touch.NONE: "before any message, so it is not credited",
            GoalReached.Touch.ANY: "credited with or without a message",
        }.get(GoalReached.Touch(reached.touch), "credited to the message before it")
        tone = "" if reached.touch == GoalReached.Touch.NONE else "good"
        text = f"Reached {name}: {credit}"
        yield reached.enrollment_id, Entry(reached.occurred_at, text, tone=tone)
        if reached.dated_at and reached.dated_from:
            text = (
                f"Learned that {name} was reached earlier than"
                f" {reached.dated_from:%-d %B %Y, %H:%M} UTC, which was noted at first"
            )
            yield reached.enrollment_id, Entry(reached.dated_at, text)
