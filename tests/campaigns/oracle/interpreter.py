"""
What campaigns do, written down a second time from their specification; plain Python.

Nothing here was taken from the engine: what it means is in ``campaigns.flows``, in the
docstrings of the step kinds and of the models. A story is a list of happenings with a time;
between them the clock ticks, and each tick does whatever is due.
"""

from datetime import timedelta

from campaigns.flows.definition import find_step, first_key
from tests.campaigns.oracle import (
    entering,
    ladder,
    merging,
    planned,
    plans,
    sending,
    steps,
)
from tests.campaigns.oracle.passes import Pass
from tests.campaigns.oracle.people import Happened, holds
from tests.campaigns.oracle.reaching import is_goal_reached, mentioned

EVERYBODY_AFTER = timedelta(minutes=5)
# A later one stands over an earlier one.
ANSWERS = ("", "not_now", "never", "yes")


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
        # Whose dates are to be looked up, and by which campaign: in the beginning all.
        self.to_plan: set[tuple[str, int]] = set()

    def begin(self, now):
        """Look up the dates of everybody, as a start does."""
        for person in self.people.values():
            planned.changed(self, person)
            planned.take(self, person, now)

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
        planned.changed(self, self.people[number])

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
            planned.hear_answer(self, person, ask, said, at)
            ladder.take_back(ask, "answered", at)
        if said == "never":
            person.never = True
        if said == "not_now":
            days = timedelta(days=of_pass.document["settings"]["snooze_days"])
            person.snoozed_until = at + days
        steps.answered(of_pass, at)

    def visit(self, at, number, what):
        ladder.visit(self, self.people[number], what, at)

    def task(self, at, number, is_done):
        ladder.do_task(self, self.people[number], is_done, at)

    def pause(self, at, name):
        campaign = self.campaigns[name]
        campaign.state, campaign.paused_at = "paused", at

    def resume(self, at, name, keeps_times=False):
        """Shift what was still to be waited by the length of the pause, or keep its end."""
        campaign = self.campaigns[name]
        length = at - campaign.paused_at
        for one in self._passes_of(campaign):
            if one.state == "active" and one.due_at > campaign.paused_at:
                shifted = max(one.due_at, at) if keeps_times else one.due_at + length
                one.due_at = shifted
            for out in outs_of(one):
                if out.state == "queued" and not keeps_times:
                    out.waits_since += length
            if one.rung_until and one.rung_until > campaign.paused_at:
                one.rung_until += timedelta() if keeps_times else length
        if not keeps_times:
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

    def publish(self, at, name, document, wishes):
        self.campaigns[name].versions.append(document)
        plans.carry_out(self, self.campaigns[name], wishes, at)

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
                sending.send(self, person, now)
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
            if ladder.take_back(ask, cause, now):
                ladder.refund(ask, now)

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

    def known_keys(self, campaign, person):
        """Name the moments of a person that have begun a pass or were refused."""
        passes = [one for one in self.passes[person.number] if one.campaign is campaign]
        return (
            {one.moment_key for one in passes}
            | {one.entry_key for one in passes}
            | {
                key
                for number, name, key, *_ in self.refused
                if (number, name) == (person.number, campaign.name)
            }
        )

    def holds_of(self, one):
        """List when a pass was held."""
        return [held for held in self.holds if held[0] is one]

    def asks_of(self, person):
        """List all that was sent to a person."""
        return [ask for one in self.passes[person.number] for ask in one.asks]

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


def outs_of(one):
    """List all messages of a pass."""
    return [out for ask in one.asks for out in ask.outs]


def is_active(one):
    return one.state == "active"
