"""The past of the demo: the engine, the mail server and the people, on a moved clock."""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from operator import attrgetter
from random import Random

from django.db import connection

from audiences.models import MembershipReaction
from audiences.models.membership import Change
from campaigns.asks import credit
from campaigns.demo.people import Action, plan_answer, take_action
from campaigns.engine import advance, enroll, notice
from campaigns.engine.watch import moments_of
from campaigns.event_names import ASK_DELIVERED
from campaigns.messaging.letters import advocates_of, make_letter
from campaigns.models import Ask, Campaign, Message
from contacts.events import Fact, record_many

# Comes by at four times of the day in turn, so that wherever somebody lives one of them is not
# in the quiet hours.
STEP = timedelta(hours=18)
# Messages of the last hours stay in the outbox, so that a new installation has mail to send.
LEAVE_TO_WORKERS = timedelta(hours=6)
# Says that messages were accepted, each with its subject.
ACCEPT = """
UPDATE campaigns_message AS message
SET state = 'accepted', attempts = 1, subject = sent.subject, details = '250 OK',
    handed_over_at = %(now)s, finished_at = %(now)s
FROM unnest(%(messages)s::bigint[], %(subjects)s::text[]) AS sent (id, subject)
WHERE message.id = sent.id
"""

# Selects when each member of an audience had done its event so many times, with what the inbox
# of a campaign would hold if it had been watching.
MOMENTS = """
SELECT happy.at, member.contact_id, member.episode
FROM audiences_membership AS member
JOIN LATERAL (
    SELECT event.occurred_at AS at
    FROM contacts_event AS event
    WHERE event.contact_id = member.contact_id AND event.name = %(event)s
        AND (event.properties @> '{"nps": 9}' OR event.properties @> '{"nps": 10}'
            OR %(event)s <> 'survey_answered')
    ORDER BY event.occurred_at
    OFFSET %(earlier)s
    LIMIT 1
) AS happy ON happy.at > %(after)s AND happy.at <= %(until)s
WHERE member.audience_id = %(audience)s
"""


class Past:
    """Some months in which campaigns ran and people answered."""

    def __init__(
        self,
        chance: Random,
        campaigns: Mapping[Campaign, tuple[str, int]],
        begin: datetime,
        end: datetime,
    ) -> None:
        """
        Stand at the beginning.

        :param campaigns: for each campaign the event that lets people in, and how often
        """
        self.chance = chance
        self.campaigns = campaigns
        self.now = begin
        self.end = end
        self.numbers = count()
        # What people will do: when, a number to keep the order, and what.
        self.plans: list[tuple[datetime, int, Action]] = []
        # Who enters which audience, the earliest first.
        self.moments = deque(sorted(self.find_moments(), key=attrgetter("changed_at")))

    def happen(self) -> None:
        """Go through the time step by step; the last step ends now."""
        while self.now < self.end:
            self.now = min(self.now + STEP, self.end)
            if self.remember_moments():
                drain(lambda: enroll.enroll_moments(now=self.now), enroll.MOMENTS)
            drain(lambda: advance.advance_round(now=self.now))
            if self.now < self.end - LEAVE_TO_WORKERS:
                self.deliver()
            self.let_people_act()
            drain(credit.credit_asks, credit.BATCH)
            drain(lambda: notice.notice_changes(now=self.now), notice.BATCH)

    def find_moments(self) -> list[MembershipReaction]:
        """Find who enters the audiences between the beginning and the end."""
        found = []
        with connection.cursor() as cursor:
            for campaign, (event, times) in self.campaigns.items():
                audience = campaign.draft["trigger"]["audience"]
                cursor.execute(
                    MOMENTS,
                    {
                        "audience": audience,
                        "event": event,
                        "earlier": times - 1,
                        "after": self.now,
                        "until": self.end,
                    },
                )
                found += [
                    MembershipReaction(
                        contact_id=contact_id,
                        consumer=moments_of(campaign.pk),
                        audience_id=audience,
                        episode=episode,
                        change=Change.ENTERED,
                        changed_at=at,
                        created_at=at,
                    )
                    for at, contact_id, episode in cursor.fetchall()
                ]
        return found

    def remember_moments(self) -> bool:
        """Put who has entered an audience by now into the inboxes; tell whether anybody has."""
        entered = []
        while self.moments and self.moments[0].changed_at <= self.now:
            entered.append(self.moments.popleft())
        MembershipReaction.objects.bulk_create(entered, ignore_conflicts=True)
        return bool(entered)

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
        if not messages:
            return
        advocates = advocates_of(messages, now=self.now)
        letters = [
            make_letter(
                message,
                advocates[message.contact_id, message.campaign.program_id],
                now=self.now,
            )
            for message in messages
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                ACCEPT,
                {
                    "now": self.now,
                    "messages": [message.pk for message in messages],
                    "subjects": [letter.subject[:250] for letter in letters],
                },
            )
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


def drain(step: Callable[[], int], batch: int = 1) -> None:
    """Call a step of the engine until it finds less to do than fits into a batch."""
    while step() >= batch:
        pass
