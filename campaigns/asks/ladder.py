"""
Take a batch of asks up their ladders: the first rung, then the next one if no answer came.

One ask, one unit of the budget, and a message for each rung that was tried. An enrollment stays
before the step between two rungs, with the same visit. Whom the law keeps off one rung is taken
to the next; every other guardrail speaks for all rungs. Locks are taken in one order: messages,
budgets, asks.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.asks import holds
from campaigns.asks.elsewhere import hand_to_another_tool
from campaigns.asks.holds import Candidate, Held
from campaigns.asks.make import (
    Made,
    Occasion,
    message_values,
    read_for,
    write_asks,
)
from campaigns.asks.rungs import lock_rungs_of, take_back_rungs
from campaigns.channels.causes import Cause
from campaigns.flows.ladder import ELSEWHERE, EMAIL, IN_APP, IN_PERSON, Rung, rungs_of
from campaigns.guardrails import budget, cap, consent, preference, quiet_hours, signs
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.gate import Guardrail, Verdict, judge
from campaigns.guardrails.reasons import (
    NO_ADDRESS,
    NO_CONSENT,
    SUPPRESSED,
    UNSUBSCRIBED,
)
from campaigns.handwork.make import Assignment, TaskMaker
from campaigns.models import Ask, Hold, Message

# These keep a person off one channel, and say nothing of the others.
OF_THE_CHANNEL = frozenset({NO_ADDRESS, SUPPRESSED, UNSUBSCRIBED, NO_CONSENT})
IN_HAND = (Message.State.CLAIMED, Message.State.HANDING_OVER)
ARRIVED = (Message.State.ACCEPTED, Message.State.UNKNOWN)
ON_ITS_WAY = (Message.State.QUEUED, Message.State.WAITING, *IN_HAND)
SOON = timedelta(minutes=1)

# Writes the message of a further rung, and the look-up of its tag.
# One that is there already stays as it is.
WRITE_RUNGS = """
WITH written AS (
    INSERT INTO campaigns_message (
        contact_id, campaign_id, version_id, enrollment_id, step_key, visit, ask_id, channel,
        connection_id, address, tag, state, created_at, due_at, attempts, lease_owner, cause, details, subject
    )
    SELECT contact_id, %(campaign)s, %(version)s, enrollment_id, %(step)s, visit, ask_id,
        channel, CASE WHEN channel = ANY (%(by_another)s) THEN %(connection)s::bigint END,
        address, tag,
        CASE WHEN channel = ANY (%(unsent)s) THEN 'waiting' ELSE 'queued' END,
        %(now)s, %(now)s, 0, '', '', '', ''
    FROM unnest(
        %(enrollments)s::bigint[], %(contacts)s::bigint[], %(visits)s::int[],
        %(asks)s::bigint[], %(addresses)s::text[], %(tags)s::text[], %(channels)s::text[]
    ) AS wanted (enrollment_id, contact_id, visit, ask_id, address, tag, channel)
    ON CONFLICT (contact_id, enrollment_id, visit, channel) DO NOTHING
    RETURNING id, contact_id, tag
)
INSERT INTO campaigns_messagetag (tag, contact_id, message_id)
SELECT tag, contact_id, id FROM written
"""


@dataclass
class Climb:
    """Where each of a batch stands afterwards."""

    # On the last rung, or answered, or at the end of the ladder.
    asked: list[Candidate] = field(default_factory=list)
    # Nothing of the whole ladder was handed over.
    unseen: list[Candidate] = field(default_factory=list)
    # Between two rungs, until when.
    waiting: dict[datetime, list[Candidate]] = field(
        default_factory=lambda: defaultdict(list)
    )
    held: list[Held] = field(default_factory=list)


@dataclass(frozen=True)
class Choice:
    """The rung that somebody may be asked on, or what speaks against all that are left."""

    made: Made | None = None
    rung: Rung | None = None
    verdict: Verdict | None = None


@transaction.atomic
def climb(occasion: Occasion, candidates: Sequence[Candidate]) -> Climb:
    """Take each candidate to the rung that is due and write down what was decided."""
    result = Climb()
    ladder = Ladder(occasion, result)
    asks = ladder.find_asks(candidates)
    fresh = [one for one in candidates if one.enrollment_id not in asks]
    if fresh:
        ladder.begin(fresh)
    if asks:
        under_way = [one for one in candidates if one.enrollment_id in asks]
        ladder.go_on(under_way, asks)
    holds.write_holds(
        result.held,
        campaign_id=occasion.campaign.pk,
        step_key=occasion.step["key"],
        now=occasion.now,
    )
    return result


class Ladder:
    """The ladder of one step, at one moment."""

    def __init__(self, occasion: Occasion, result: Climb) -> None:
        """Take the rungs from the step; decisions go into the result."""
        self.occasion = occasion
        self.rungs = rungs_of(occasion.step)
        self.clock = occasion.clock
        self.result = result

    def find_asks(self, candidates: Sequence[Candidate]) -> dict[int, Ask]:
        """Find, and lock, the asks that candidates are on, by enrollment."""
        visits = {one.enrollment_id: one.visit for one in candidates}
        asks = Ask.objects.filter(
            contact_id__in=[one.contact_id for one in candidates],
            enrollment_id__in=list(visits),
            step_key=self.occasion.step["key"],
        )
        found = [ask for ask in asks if visits[ask.enrollment_id] == ask.visit]
        if not found:
            return {}
        contacts, ids = [ask.contact_id for ask in found], [ask.pk for ask in found]
        lock_rungs_of(contacts, ids)
        budget.lock_budgets(contacts)
        locked = Ask.objects.select_for_update(of=("self",)).filter(
            contact_id__in=contacts, pk__in=ids
        )
        return {ask.enrollment_id: ask for ask in locked.order_by("contact_id", "pk")}

    def begin(self, candidates: Sequence[Candidate]) -> None:
        """Ask for the first time, on the first rung that the person may be asked on."""
        budget.lock_budgets([one.contact_id for one in candidates])
        known = self.read(candidates, self.rungs, is_first=True)
        made = []
        for one in candidates:
            choice = self.choose(one, self.rungs, known, is_first=True)
            if choice.made and choice.rung:
                made.append((choice.made, choice.rung))
            elif choice.verdict:
                policy = self.occasion.step["if_held"]
                held = holds.hold(one, choice.verdict, policy, self.clock)
                self.result.held.append(held)
        if made:
            asks = write_asks(self.occasion, [one for one, _ in made])
            self.write_tasks([one for one, _ in made], asks)
            if self.rungs[0].channel == ELSEWHERE:
                campaign, now = self.occasion.campaign, self.occasion.now
                hand_to_another_tool(campaign, asks, now=now)
        for begun, rung in made:
            self.place(begun.candidate, rung, self.occasion.now)

    def go_on(self, candidates: Sequence[Candidate], asks: dict[int, Ask]) -> None:
        """Go on to the next rung where the one before has had its time."""
        messages = self.messages_of(asks.values())
        due = []
        for one in candidates:
            ask, sent = asks[one.enrollment_id], messages[asks[one.enrollment_id].pk]
            waits_until = self.waits_until(sent)
            if ask.answer:
                self.result.asked.append(one)
            elif waits_until is not None:
                self.result.waiting[waits_until].append(one)
            else:
                due.append(one)
        if due:
            self.climb_on(due, asks, messages)

    def climb_on(
        self,
        candidates: Sequence[Candidate],
        asks: dict[int, Ask],
        messages: dict[int, dict[str, Message]],
    ) -> None:
        """Take those to the next rung whose time is over, or to the end of the ladder."""
        known = self.read(candidates, self.rungs, is_first=False)
        made, over = [], []
        for one in candidates:
            ask = asks[one.enrollment_id]
            left = self.left_of(ask, messages[ask.pk])
            choice = self.choose(one, left, known, is_first=False)
            if choice.made and choice.rung:
                made.append((choice.made, choice.rung))
            elif not self.waits(one, choice):
                over.append(one)
        if made:
            self.write_rungs([climbed for climbed, _ in made], asks)
        for climbed, rung in made:
            self.place(climbed.candidate, rung, self.occasion.now)
        if over:
            self.finish(over, asks)

    def waits(self, one: Candidate, choice: Choice) -> bool:
        """Whether a guardrail only puts the next rung off; it is written down in any case."""
        if choice.verdict is None:
            return False
        policy = self.occasion.step["if_held"]
        held = holds.hold(one, choice.verdict, policy, self.clock)
        if held.then != Hold.Then.WAIT:
            # He was asked further up, so the flow goes on with him.
            self.result.held.append(replace(held, then=Hold.Then.SKIP))
            return False
        self.result.held.append(held)
        return True

    def messages_of(self, asks: Collection[Ask]) -> dict[int, dict[str, Message]]:
        """Read what is out of each ask, by channel."""
        found: dict[int, dict[str, Message]] = defaultdict(dict)
        rows = Message.objects.filter(
            contact_id__in=[ask.contact_id for ask in asks],
            ask_id__in=[ask.pk for ask in asks],
        )
        for message in rows:
            assert message.ask_id is not None  # noqa: S101 - the filter says so
            found[message.ask_id][message.channel] = message
        return found

    def waits_until(self, sent: dict[str, Message]) -> datetime | None:
        """Say until when the last rung that was tried has time; None if it is over."""
        rung, message = self.last_of(sent)
        if message is None or rung is None:
            return None
        if message.state in IN_HAND:
            return self.occasion.now + SOON
        if message.state not in (*ARRIVED, *ON_ITS_WAY):
            return None
        began = message.created_at
        if message.state in ARRIVED and message.channel != IN_APP:
            began = message.finished_at or began
        end = began + rung.lasts
        return end if end > self.occasion.now else None

    def last_of(self, sent: dict[str, Message]) -> tuple[Rung | None, Message | None]:
        """Find the lowest rung that was tried."""
        for rung in reversed(self.rungs):
            if rung.channel in sent:
                return rung, sent[rung.channel]
        return None, None

    def left_of(self, ask: Ask, sent: dict[str, Message]) -> tuple[Rung, ...]:
        """List the rungs that are left; who saw the ask in the product gets no mail."""
        last, _ = self.last_of(sent)
        left = self.rungs[self.rungs.index(last) + 1 :] if last else self.rungs
        has_seen = last is not None and last.channel == IN_APP and ask.viewed_at
        return tuple(rung for rung in left if not (has_seen and rung.channel == EMAIL))

    def read(
        self,
        candidates: Sequence[Candidate],
        rungs: Sequence[Rung],
        *,
        is_first: bool,
    ) -> dict[str, dict[int, Facts]]:
        """
        Read what the guardrails need, for each channel.

        The moment is for the beginning: an ask that has begun in time goes on.
        """
        occasion = self.occasion
        if not is_first:
            step = {**occasion.step, "freshness_hours": None}
            occasion = replace(occasion, step=step)
        return {
            rung.channel: read_for(occasion, candidates, channel=law_of(rung.channel))
            for rung in rungs
        }

    def choose(
        self,
        one: Candidate,
        rungs: Sequence[Rung],
        known: dict[str, dict[int, Facts]],
        *,
        is_first: bool,
    ) -> Choice:
        """Choose the first rung that only the law of another channel is against."""
        refused: Verdict | None = None
        for rung in rungs:
            facts = known[rung.channel].get(one.contact_id)
            verdict = judge(facts, self.clock, guardrails_of(rung.channel, is_first))
            if facts is not None and not verdict.objections:
                return Choice(Made(one, facts, rung.channel), rung)
            refused = refused or verdict
            if verdict.reason not in OF_THE_CHANNEL:
                return Choice(verdict=verdict)
        return Choice(verdict=refused if is_first else None)

    def place(self, one: Candidate, rung: Rung, began: datetime) -> None:
        """Let somebody wait on a rung, or go on in the flow if no other can follow."""
        if rung.lasts and (rung.channel == IN_APP or rung != self.rungs[-1]):
            self.result.waiting[began + rung.lasts].append(one)
        else:
            self.result.asked.append(one)

    def write_rungs(self, made: Sequence[Made], asks: dict[int, Ask]) -> None:
        """Write the messages of a further rung, and take back those above."""
        ids = {one.candidate.contact_id: 0 for one in made}
        for one in made:
            ids[one.candidate.contact_id] = asks[one.candidate.enrollment_id].pk
        values = message_values(self.occasion, made) | {"asks": list(ids.values())}
        with connection.cursor() as cursor:
            cursor.execute(WRITE_RUNGS, values)
        take_back_rungs(
            list(ids),
            list(ids.values()),
            keep=[one.channel for one in made],
            cause=Cause.NEXT_RUNG,
            now=self.occasion.now,
        )
        self.write_tasks(made, ids)

    def write_tasks(self, made: Sequence[Made], ids: dict[int, int]) -> None:
        """Give those rungs to people of ours that are done in person."""
        by_kind: dict[str, list[Assignment]] = defaultdict(list)
        for one in made:
            if one.channel in IN_PERSON:
                candidate = one.candidate
                by_kind[one.channel].append(
                    Assignment(
                        candidate.contact_id,
                        candidate.enrollment_id,
                        candidate.visit,
                        ids[candidate.contact_id],
                    )
                )
        for kind, assignments in by_kind.items():
            maker = TaskMaker(
                self.occasion.campaign,
                self.occasion.version,
                self.occasion.step["key"],
                self.occasion.step["task"],
                self.occasion.now,
                kind,
            )
            maker.write(assignments)

    def finish(self, over: Sequence[Candidate], asks: dict[int, Ask]) -> None:
        """End the ladder: what nobody saw is taken back, and perhaps the unit given back."""
        ended = [asks[one.enrollment_id] for one in over]
        contacts, ids = [ask.contact_id for ask in ended], [ask.pk for ask in ended]
        take_back_rungs(
            contacts,
            ids,
            keep=["" for _ in ids],
            cause=Cause.UNSEEN,
            now=self.occasion.now,
        )
        budget.refund(
            contact_ids=contacts,
            ask_ids=ids,
            now=self.occasion.now,
            ladder_is_over=True,
        )
        own = Ask.objects.filter(contact_id__in=contacts, pk__in=ids)
        refunded = set(own.exclude(refunded_at=None).values_list("pk", flat=True))
        for one in over:
            is_unseen = asks[one.enrollment_id].pk in refunded
            (self.result.unseen if is_unseen else self.result.asked).append(one)


def law_of(channel: str) -> str:
    """Name the channel whose consent counts; what another tool sends is mail."""
    return EMAIL if channel == ELSEWHERE else channel


def guardrails_of(channel: str, is_first: bool) -> tuple[Guardrail, ...]:
    """
    Give what may object to an ask on a channel.

    Who comes to the product by himself is awake, and so is who calls; the budget is asked once.
    """
    wakes = channel not in (IN_APP, *IN_PERSON)
    return (
        consent.object_to,
        signs.object_to,
        preference.object_to,
        *((cap.object_to,) if is_first else ()),
        *((quiet_hours.object_to,) if wakes else ()),
    )
