"""
What campaigns do, written down a second time from their specification; plain Python.

Nothing here was taken from the engine: what it means is in ``campaigns.flows``, in the
docstrings of the step kinds and of the models. A story is a list of happenings with a time;
between them the clock ticks, and each tick does whatever is due.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaigns.flows.definition import find_step, first_key
from tests.campaigns.oracle import asking, entering, merging, rivals, steps
from tests.campaigns.oracle.asking import Asked
from tests.campaigns.oracle.people import Happened, Person, holds

EVERYBODY_AFTER = timedelta(minutes=5)
# A later one stands over an earlier one.
ANSWERS = ("", "not_now", "never", "yes")


@dataclass
class Pass:
    """One way of one person through one version."""

    campaign: "Running"
    person: Person
    number: int
    version: int
    entry_key: str
    moment_key: str
    moment_at: datetime
    enrolled_at: datetime
    step_key: str
    due_at: datetime | None
    state: str = "active"
    visit: int = 0
    began_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str = ""
    goal_met_at: datetime | None = None
    journal: list[tuple] = field(default_factory=list)
    asks: list[Asked] = field(default_factory=list)
    # Which of all passes of the world it was.
    place: int = 0

    @property
    def document(self) -> dict[str, Any]:
        """Give the document of the version in which it began."""
        return self.campaign.versions[self.version]

    def is_due(self, now):
        return self.state == "active" and self.due_at <= now

    def end(self, state, reason, now):
        """End it; ``now`` is kept where it has ended before."""
        self.state, self.end_reason = state, reason
        self.ended_at = self.ended_at or now
        self.due_at = self.began_at = None


@dataclass
class Running:
    """A campaign that was started, and what it may hear of."""

    name: str
    priority: int
    versions: list[dict[str, Any]]
    state: str = "running"
    paused_at: datetime | None = None
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)
    looked_at: datetime | None = None

    @property
    def document(self):
        return self.versions[-1]


class Interpreter:
    """Some people who live through a story, each for himself."""

    def __init__(self, campaigns, people):
        self.campaigns = {one.name: one for one in campaigns}
        self.people = {one.number: one for one in people}
        self.passes: dict[int, list[Pass]] = {one.number: [] for one in people}
        self.moments = {one.number: [] for one in people}
        self.count = 0
        self.refused: list[tuple] = []
        self.holds: list[tuple] = []
        # What notice takes: who something happened to, and what.
        self.happened: list[tuple[int, str]] = []

    def live(self, story):
        """Let a whole story happen."""
        for at, what, *values in story:
            getattr(self, what)(at, *values)

    # What happens.

    def record(self, at, number, name, happened_at, properties):
        event = Happened(name, happened_at, properties)
        self.people[number].events.append(event)
        self.happened.append((number, name))
        for campaign in self.campaigns.values():
            entering.hear_event(self, campaign, self.people[number], event, at)

    def change(self, at, number, name, value):
        tell(self.people[number], name, value, at)

    def merge(self, at, survivor, merged):
        merging.merge(self, at, survivor, merged)

    def enlist(self, at, number, name, is_on):
        lists = self.people[number].lists
        (lists.add if is_on else lists.discard)(name)

    def enter(self, at, number, audience, episode):
        self.people[number].audiences[audience] = at
        self._moved(at, number, audience, episode, "entered")

    def leave(self, at, number, audience, episode):
        del self.people[number].audiences[audience]
        self._moved(at, number, audience, episode, "left")

    def _moved(self, at, number, audience, episode, change):
        self.happened.append((number, audience))
        for campaign in self.campaigns.values():
            entering.hear_audience(
                self, campaign, self.people[number], audience, episode, change, at
            )

    def let_in(self, at, number, campaign, key):
        entering.by_hand(self, self.campaigns[campaign], self.people[number], key, at)

    def agree(self, at, number, agreed):
        self.people[number].agreed = agreed

    def answer(self, at, number, said):
        """Answer the last ask that has reached the person; of none nothing happens."""
        asks = [
            (one, a)
            for one in self.passes[number]
            for a in one.asks
            if a.is_ask and a.delivered_at is not None
        ]
        if not asks:
            return
        of_pass, ask = max(asks, key=lambda pair: pair[1].made_at)
        person = self.people[number]
        if ANSWERS.index(said) > ANSWERS.index(ask.answer):
            ask.answer, ask.answered_at = said, at
        if said == "never":
            person.never = True
        if said == "not_now":
            days = timedelta(days=of_pass.document["settings"]["snooze_days"])
            person.snoozed_until = at + days
        steps.answered(of_pass, at)

    def pause(self, at, name):
        campaign = self.campaigns[name]
        campaign.state, campaign.paused_at = "paused", at

    def resume(self, at, name):
        """Shift what was still to be waited by the length of the pause."""
        campaign = self.campaigns[name]
        length = at - campaign.paused_at
        for one in self._passes_of(campaign):
            if one.state == "active" and one.due_at > campaign.paused_at:
                one.due_at += length
            for ask in one.asks:
                if ask.state == "queued":
                    ask.waits_since += length
        campaign.pauses.append((campaign.paused_at, at))
        campaign.state, campaign.paused_at = "running", None

    def stop(self, at, name):
        campaign = self.campaigns[name]
        campaign.state = "stopped"
        for one in self._passes_of(campaign):
            self.call_back(one, "campaign_stopped", at)
            if one.state == "active":
                one.end("exited", "campaign_stopped", at)
        entering.drop(self, campaign, at)

    def publish(self, at, name, document):
        self.campaigns[name].versions.append(document)

    def _passes_of(self, campaign):
        return [
            one
            for passes in self.passes.values()
            for one in passes
            if one.campaign is campaign
        ]

    # What the clock does.

    def tick(self, now, is_sending):
        """Do whatever is due, for each person until nothing more is."""
        heard, self.happened = self.happened, []
        to_look = [
            one
            for one in self.campaigns.values()
            if one.state == "running"
            and (one.looked_at is None or now - one.looked_at >= EVERYBODY_AFTER)
        ]
        for number, person in self.people.items():
            entering.take(self, person, now)
            self.advance(person, now)
            names = {name for who, name in heard if who == number}
            self.notice(person, names, to_look, now)
            self.advance(person, now)
            if is_sending:
                self.send(person, now)
        for campaign in to_look:
            campaign.looked_at = now

    def notice(self, person, names, to_look, now):
        """See goals, exits and what is waited for, of whom something happened to."""
        for one in self.passes[person.number]:
            if one.campaign.state != "running":
                continue
            is_looked_at = one.campaign in to_look
            if not is_looked_at and not names & mentioned(one.document):
                continue
            if one.state == "completed" or is_active(one):
                self.is_over(one, now)
            if is_active(one):
                steps.wake(one, now)

    def is_over(self, one, now):
        """End a pass whose goal is reached or whose exit condition holds."""
        if is_goal_reached(one, now):
            self.call_back(one, "exited_goal", now)
            one.end("converted", "goal", now)
            one.goal_met_at = now
            return True
        if one.state != "active":
            return False
        if holds(one.document["exit"]["condition"], one.person, now):
            self.call_back(one, "exited_condition", now)
            one.end("exited", "exit_condition", now)
            return True
        return False

    def call_back(self, one, cause, now):
        """Cancel what a pass has in the outbox, and give back what it took."""
        for ask in one.asks:
            if ask.state == "queued":
                ask.state, ask.cause = "canceled", cause
                ask.refunded_at = now if ask.is_ask else None

    def advance(self, person, now):
        """Move the passes of a person, those of a higher priority first, step by step."""
        passes = self.passes[person.number]
        passes.sort(key=lambda one: (-one.campaign.priority, one.number))
        while due := [one for one in passes if self._may_move(one, now)]:
            for one in due:
                if self._may_move(one, now):
                    self.move(one, now)

    def _may_move(self, one, now):
        return one.campaign.state == "running" and one.is_due(now)

    def move(self, one, now):
        """Take one step, unless the pass is over."""
        if self.is_over(one, now):
            return
        if not one.step_key:
            one.end("completed", "", now)
            return
        step = find_step(one.document, one.step_key)
        steps.KINDS[step["kind"]](self, one, step, now)

    def send(self, person, now):
        """Hand over what is in the outbox, unless something objects by now."""
        for one in self.passes[person.number]:
            for ask in one.asks:
                if ask.state == "queued" and one.campaign.state == "running":
                    self._hand_over(one, ask, now)

    def _hand_over(self, one, ask, now):
        if ask.due_at > now:
            return
        if now - ask.waits_since > asking.LATEST:
            ask.state, ask.cause = "canceled", "stale"
            ask.refunded_at = now if ask.is_ask else None
            return
        over = one.state == "active" or one.state == "completed"
        found = asking.law(one.person)
        if ask.is_ask:
            found |= asking.wishes(one.person, now)
            found |= rivals.above(self, one, now)
        fresh = steps.fresh_until(one, ask.step, ask.first_wanted_at or ask.waits_since)
        verdict = asking.conclude(
            found, one.person, ask.settings, now, fresh if ask.is_ask else None
        )
        if over and self._reached_since(one, ask, now):
            return
        if not verdict.reasons:
            ask.state, ask.cause, ask.delivered_at = "accepted", "", now
        elif verdict.is_timing:
            ask.due_at, ask.cause = verdict.possible_at, verdict.reasons[0]
        else:
            ask.state, ask.cause = "canceled", verdict.reasons[0]
            ask.refunded_at = now if ask.is_ask else None

    def _reached_since(self, one, ask, now):
        """Whether the pass is at its goal, or at its exit, before the mail left."""
        if is_goal_reached(one, now):
            ask.cause = "exited_goal"
        elif holds(one.document["exit"]["condition"], one.person, now):
            ask.cause = "exited_condition"
        else:
            return False
        ask.state, ask.refunded_at = "canceled", now if ask.is_ask else None
        return True

    def enroll(self, campaign, person, moment, entry_key, now):
        """Begin a pass at the first step."""
        document = campaign.document
        self.count += 1
        self.passes[person.number].append(
            Pass(
                campaign,
                person,
                sum(one.campaign is campaign for one in self.passes[person.number]),
                len(campaign.versions) - 1,
                entry_key,
                moment.key,
                moment.at,
                now,
                first_key(document["steps"]),
                now,
                place=self.count,
            )
        )


def tell(person, name, value, at):
    """Say a value of an attribute; None takes it away."""
    person.told[name] = at
    person.attributes.pop(name, None)
    if value is not None:
        person.attributes[name] = value


def is_active(one):
    return one.state == "active"


def is_goal_reached(one, now):
    """Whether the goal is reached, in time."""
    goal = one.document["goal"]
    if now >= one.enrolled_at + timedelta(days=goal["window_days"]):
        return False
    return holds(goal["condition"], one.person, now, after=one.moment_at)


def mentioned(document):
    """Name the events and audiences that goal, exit and waits of a document speak of."""
    found: set[str] = set()

    def collect(part):
        if isinstance(part, dict):
            if part.get("kind") == "event" and "count" in part:
                found.add(part["name"])
            if part.get("kind") == "audience" and "operator" in part:
                found.add(part["audience"])
            for value in part.values():
                collect(value)
        elif isinstance(part, list):
            for value in part:
                collect(value)

    collect([document["goal"]["condition"], document["exit"]["condition"]])
    for step in steps.all_steps(document):
        if step["kind"] == "wait_until":
            collect(step["condition"])
    return found
