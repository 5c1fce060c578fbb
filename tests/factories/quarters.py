"""A quarter of a product that does not exist, lived through by the engine on a moved clock."""

import random
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from audiences.definitions import create_audience
from audiences.models import Audience
from campaigns.asks.answer import answer_ask
from campaigns.emails.starters import starter_content
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Ask, Campaign
from campaigns.publishing import compile_document
from campaigns.rehearsal.pacing import MINUTE, Pace, on_grid
from campaigns.rehearsal.ticking import tick
from contacts import consents, events
from contacts.attributes import assert_now
from contacts.models import Contact, Identifier
from tests.factories.campaigns import make_campaign, make_version

STARTS = datetime(2026, 4, 1, tzinfo=UTC)
ENDS = STARTS + timedelta(days=91)
DAY = timedelta(days=1)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "")
PLANS = ("free", "pro", "team")

Deed = Callable[[datetime], None]


@dataclass
class Script:
    """What happens, in order; more may come while it is played."""

    deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)

    def at(self, moment: datetime, deed: Deed) -> None:
        """Let something happen."""
        insort(self.deeds, (moment, len(self.deeds), deed), key=lambda one: one[:2])

    def play(self, *, after: datetime, until: datetime) -> None:
        """Let happen what comes next."""
        while self.deeds and self.deeds[0][0] <= until:
            moment, _, deed = self.deeds.pop(0)
            assert moment > after
            deed(moment)


def record(contact_id: int, name: str, key: str, **properties: object) -> Deed:
    """Let an event happen, and be heard of at once."""

    def deed(now: datetime) -> None:
        fact = events.Fact(contact_id, name, now, key, properties)
        events.record(fact, now=now)

    return deed


def tell(contact_id: int, **values: object) -> Deed:
    """Let an attribute change."""

    def deed(now: datetime) -> None:
        assert_now(contact_id=contact_id, values=values, cause="by_hand", now=now)

    return deed


def unsubscribe(contact_id: int) -> Deed:
    """Let somebody say no to mails."""

    def deed(now: datetime) -> None:
        contact = Contact.objects.get(pk=contact_id)
        consents.withdraw(contact=contact, source="unsubscribe_page", now=now)

    return deed


def make_people(count: int, chance: random.Random) -> list[int]:
    """Make people who were there before, with what they had been told to have."""
    made = []
    for number in range(count):
        created = STARTS - timedelta(days=chance.randint(20, 300))
        contact = Contact.objects.create(
            email=f"someone{number}@example.com", created_at=created
        )
        Identifier.objects.create(
            kind="email", value=contact.email, contact=contact, stated_at=created
        )
        values = {"plan": chance.choice(PLANS), "time_zone": chance.choice(ZONES)}
        assert_now(contact_id=contact.pk, values=values, cause="import", now=created)
        if chance.random() < 0.9:
            consents.grant([contact.pk], source="test", statement="", now=created)
        made.append(contact.pk)
    return made


def write_script(people: list[int], chance: random.Random) -> Script:
    """Write what happens to each in the quarter: surveys, orders, tickets, changes, goodbyes."""
    script = Script()

    def some_time() -> datetime:
        return STARTS + timedelta(seconds=chance.randint(60, 90 * 24 * 3600))

    for contact_id in people:
        for number in range(chance.randint(0, 3)):
            score = chance.choice((3, 7, 9, 9, 10, 10))
            key = f"nps{number}"
            script.at(some_time(), record(contact_id, "nps_answered", key, score=score))
        for number in range(chance.randint(0, 4)):
            total = chance.randint(5, 300)
            key = f"order{number}"
            script.at(
                some_time(), record(contact_id, "order_completed", key, total=total)
            )
        if chance.random() < 0.3:
            opened = some_time()
            script.at(opened, record(contact_id, "ticket_opened", "ticket"))
            if chance.random() < 0.7:
                closed = opened + timedelta(hours=chance.randint(1, 200))
                script.at(closed, record(contact_id, "ticket_closed", "ticket"))
        if chance.random() < 0.3:
            script.at(some_time(), tell(contact_id, plan=chance.choice(PLANS)))
        if chance.random() < 0.1:
            script.at(some_time(), tell(contact_id, time_zone=chance.choice(ZONES)))
        if chance.random() < 0.05:
            script.at(some_time(), unsubscribe(contact_id))
    return script


def promoters() -> Audience:
    """Make the audience of those whose last survey of a quarter was a very good one."""
    rule = {
        "kind": "latest",
        "name": "nps_answered",
        "window": {"kind": "last", "amount": 30, "unit": "days"},
        "filters": [{"name": "score", "operator": "at_least", "value": 9}],
    }
    return create_audience(name="Promoters", rule=rule, now=STARTS - DAY)


def ask(key: str = "ask", **values: object) -> dict:
    """Make an ask."""
    content = starter_content("thank_you")
    return new_step("email", key=key, name="Ask", content=content, **values)


def make_two_campaigns() -> tuple[Campaign, Campaign]:
    """Make one that asks promoters, and one of a higher priority that asks who has bought."""
    is_paying = {
        "kind": "attribute",
        "name": "plan",
        "operator": "is_not",
        "value": "free",
    }
    bought = {
        "kind": "event",
        "name": "order_completed",
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }
    mine = make_campaign(
        name="Promoters",
        steps=[
            new_step("delay", key="rest", name="Wait", amount=90, unit="minutes"),
            new_step(
                "branch",
                key="paying",
                name="Paying?",
                condition=is_paying,
                yes=[ask(if_held="wait", freshness_hours=240)],
                no=[
                    new_step("delay", key="longer", name="Wait", amount=3, unit="days"),
                    ask("late", if_held="skip"),
                ],
            ),
            new_step("delay", key="after", name="Wait", amount=5, unit="days"),
        ],
        trigger={
            "kind": "audience",
            "audience": promoters().pk,
            "existing": True,
            "frequency": "every_entry",
        },
        goal={"condition": bought, "window_days": 30},
    )
    spring = make_campaign(
        name="Spring",
        priority=80,
        steps=[
            new_step("delay", key="pause", name="Wait", amount=2, unit="days"),
            ask(if_held="exit"),
        ],
        trigger={
            "kind": "event",
            "event": {
                "name": "order_completed",
                "filters": [{"name": "total", "operator": "at_least", "value": 200}],
            },
            "which": "every",
            "frequency": "every_entry",
        },
    )
    return mine, spring


def start(campaign: Campaign) -> None:
    """Publish a campaign and start it when the quarter begins."""
    campaign.draft = compile_document(campaign.draft)
    campaign.save()
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=STARTS)


def live_through(script: Script, *, answers: random.Random | None = None) -> int:
    """
    Let the script happen, and let the engine take its turns on a moved clock.

    Those who are asked answer a day later, if they do. Returns the number of turns.
    """
    now, turns = STARTS, 0
    answered: set[int] = set()
    tick(now)
    while True:
        if answers:
            _let_answer(script, now, answers, answered)
        heard = [
            on_grid(moment, starts_at=STARTS, step=MINUTE)
            for moment, _, _ in script.deeds[:1]
        ]
        turn = Pace(STARTS, ENDS, MINUTE, heard).next(now)
        if turn is None:
            return turns
        script.play(after=now, until=turn)
        now, turns = turn, turns + 1
        tick(now)


def _let_answer(
    script: Script, now: datetime, chance: random.Random, answered: set[int]
) -> None:
    """Decide once for each ask whether it is answered."""
    fresh = Ask.objects.exclude(delivered_at=None).exclude(pk__in=answered)
    for one in fresh.order_by("asked_at", "contact_id"):
        answered.add(one.pk)
        said = chance.choice(("", "", "yes", "not_now", "never"))
        if said:
            script.at(
                now + timedelta(hours=25, seconds=one.pk % 97), _answer(one, said)
            )


def _answer(one: Ask, said: str) -> Deed:
    """Let an answer come."""

    def deed(now: datetime) -> None:
        answer_ask(ask=one, answer=said, now=now)

    return deed
