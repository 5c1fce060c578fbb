"""The past of the demo: the engine, the mail server and the people, on a moved clock."""

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.db import connection

from campaigns.asks.credit import credit_asks
from campaigns.demo.people import Action, plan_answer, take_action
from campaigns.engine import advance, enroll, notice
from campaigns.engine.watch import moments_of
from campaigns.event_names import ASK_DELIVERED
from campaigns.messaging.letters import advocates_of, make_letter
from campaigns.models import Ask, Campaign, Message
from contacts.events import Fact, record_many

STEP = timedelta(hours=8)
# Messages of the last hours stay in the outbox, so that a new installation has mail to send.
LEAVE_TO_WORKERS = timedelta(hours=6)
SENT_FIELDS = (
    "subject",
    "state",
    "attempts",
    "handed_over_at",
    "finished_at",
    "details",
)

# Puts who entered the audience since the start into the inbox of the campaign, as if the
# campaign had been watching.
REMEMBER_MOMENTS = """
INSERT INTO audiences_membershipreaction
    (contact_id, consumer, audience_id, episode, change, changed_at, created_at)
SELECT contact_id, %(consumer)s, audience_id, episode, change, changed_at, changed_at
FROM audiences_membershipchange
WHERE audience_id = %(audience)s AND change = 'entered'
    AND changed_at > %(after)s AND changed_at <= %(until)s
ON CONFLICT DO NOTHING
"""


class Past:
    """Some months in which campaigns ran and people answered."""

    def __init__(
        self,
        chance: Random,
        campaigns: Sequence[Campaign],
        begin: datetime,
        end: datetime,
    ) -> None:
        """Stand at the beginning."""
        self.chance = chance
        self.campaigns = campaigns
        self.now = begin
        self.end = end
        self.numbers = count()
        # What people will do: when, a number to keep the order, and what.
        self.plans: list[tuple[datetime, int, Action]] = []

    def happen(self) -> None:
        """Go through the time step by step; the last step ends now."""
        while self.now < self.end:
            before, self.now = self.now, min(self.now + STEP, self.end)
            self.remember_moments(before)
            drain(lambda: enroll.enroll_moments(now=self.now))
            drain(lambda: advance.advance_round(now=self.now))
            if self.now < self.end - LEAVE_TO_WORKERS:
                self.deliver()
            self.let_people_act()
            drain(credit_asks)
            drain(lambda: notice.notice_changes(now=self.now))

    def remember_moments(self, after: datetime) -> None:
        """Let in who entered an audience during the step."""
        with connection.cursor() as cursor:
            for campaign in self.campaigns:
                cursor.execute(
                    REMEMBER_MOMENTS,
                    {
                        "consumer": moments_of(campaign.pk),
                        "audience": campaign.draft["trigger"]["audience"],
                        "after": after,
                        "until": self.now,
                    },
                )

    def deliver(self) -> None:
        """
        Note that what waits was accepted, and plan what people will make of it.

        A batch at a time, for nothing can fail here and nobody stops anything meanwhile.
        """
        messages = list(
            Message.objects.filter(state=Message.State.QUEUED, due_at__lte=self.now)
            .select_related("contact", "campaign__program")
            .order_by("pk")
        )
        advocates = advocates_of(messages, now=self.now)
        for message in messages:
            advocate = advocates[message.contact_id, message.campaign.program_id]
            letter = make_letter(message, advocate, now=self.now)
            message.subject = letter.subject[:250]
            message.state, message.attempts = Message.State.ACCEPTED, 1
            message.handed_over_at = message.finished_at = self.now
            message.details = "250 OK"
        Message.objects.bulk_update(messages, SENT_FIELDS, batch_size=500)
        asks = Ask.objects.filter(pk__in=[message.ask_id for message in messages])
        asks.update(delivered_at=self.now)
        record_many(
            [delivery_of(message, self.now) for message in messages], now=self.now
        )
        for ask in asks.select_related("contact", "campaign__program").order_by("pk"):
            for at, action in plan_answer(self.chance, ask, self.now):
                heapq.heappush(self.plans, (at, next(self.numbers), action))

    def let_people_act(self) -> None:
        """Do what people had planned until now; what they do may lead to more."""
        while self.plans and self.plans[0][0] <= self.now:
            at, _, action = heapq.heappop(self.plans)
            for later, following in take_action(self.chance, action, at):
                heapq.heappush(self.plans, (later, next(self.numbers), following))


def delivery_of(message: Message, at: datetime) -> Fact:
    """Say that the ask of a message was delivered."""
    properties = {
        "campaign": message.campaign.name,
        "campaign_id": message.campaign_id,
        "ask": message.ask_id,
        "channel": message.channel,
    }
    key = str(message.ask_id)
    return Fact(message.contact_id, ASK_DELIVERED, at, key, properties)


def drain(step: Callable[[], int]) -> None:
    """Call a step of the engine until it finds nothing to do."""
    while step():
        pass
