"""Some months of asks, friends, orders and rewards, drawn by chance; any order of facts."""

from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from campaigns.models import Ask, Campaign
from contacts.models import Contact
from referrals.models import (
    Advocate,
    FraudFinding,
    Milestone,
    Program,
    Referral,
    Reward,
    RewardRule,
    Visit,
)
from tests.factories.campaigns import NOW, make_campaign

FACTS = (
    "viewed_at",
    "intent_at",
    "invite_sent_at",
    "lead_at",
    "qualified_at",
    "opportunity_at",
    "won_at",
    "opened_at",
    "complained_at",
    "unsubscribed_at",
)

_numbers = count(1)


class Months:
    """What happened, made in a few inserts."""

    def __init__(self, chance: Random, *, asks: int = 200, people: int = 60) -> None:
        """Let it happen."""
        self.chance = chance
        self.campaigns = [make_campaign(state=Campaign.State.RUNNING) for _ in range(3)]
        self.programs = [campaign.program for campaign in self.campaigns]
        made = Contact.objects.bulk_create(
            Contact(email=f"p{next(_numbers)}@example.com", first_name=f"N{number}")
            for number in range(2 * people)
        )
        self.contacts, self.friends = made[:people], made[people:]
        Ask.objects.bulk_create(self.draw_ask(number) for number in range(asks))
        self.make_friends()

    def before(self, days: float = 150) -> datetime:
        """Draw a time."""
        return NOW - timedelta(days=self.chance.uniform(0, days))

    def maybe(self, share: float, value: Any) -> Any:
        """Give the value with this chance."""
        return value if self.chance.random() < share else None

    def draw_ask(self, number: int) -> Ask:
        """Draw an ask; each fact may be there without those before it."""
        chance = self.chance
        campaign = chance.choice(self.campaigns)
        asked_at = self.before()
        delivered_at = self.maybe(
            0.8, asked_at + timedelta(minutes=chance.expovariate(0.01))
        )
        facts = {
            name: self.maybe(0.2, asked_at + timedelta(days=chance.uniform(0, 60)))
            for name in FACTS
        }
        return Ask(
            contact=chance.choice(self.contacts),
            campaign=campaign,
            version=campaign.published,
            program_id=campaign.program_id,
            enrollment_id=number,
            step_key="ask",
            visit=1,
            asked_on=asked_at.date(),
            asked_at=asked_at,
            delivered_at=delivered_at,
            answer=chance.choice(["", "", "yes", "not_now", "never"]),
            channel=chance.choice(["email", "in_app", ""]),
            locale=chance.choice(["en", "pt-BR", ""]),
            variant=chance.choice(["s:a", "s:b", ""]),
            moment_at=self.maybe(
                0.7, asked_at - timedelta(minutes=chance.expovariate(0.01))
            ),
            evidence=chance.choice([0, 1, 2, 3]),
            is_content=chance.choice([None, None, True, False]),
            refunded_at=self.maybe(0.05, asked_at),
            **facts,
        )

    def make_friends(self) -> None:
        """Draw friends with what they ordered, and rewards for it."""
        for friend in self.friends:
            program = self.chance.choice(self.programs)
            advocate = self.advocate_in(program)
            referral = self.draw_referral(friend.pk, program, advocate)
            referral.save()
            self.draw_orders(referral)
            self.draw_reward(referral)
            if self.chance.random() < 0.3:
                FraudFinding.objects.create(
                    contact=friend,
                    referral_id=referral.pk,
                    program=program,
                    check_kind=self.chance.choice(["device", "velocity"]),
                    action="score",
                    score=10,
                    is_shadow=self.chance.random() < 0.3,
                    found_at=NOW,
                )

    def advocate_in(self, program: Program) -> Advocate:
        """Find or make an advocate."""
        contact = self.chance.choice(self.contacts)
        return Advocate.objects.get_or_create(
            contact=contact,
            program=program,
            defaults={"code": f"c{contact.pk}p{program.pk}", "joined_at": NOW},
        )[0]

    def draw_referral(
        self, friend_id: int, program: Program, advocate: Advocate
    ) -> Referral:
        """Draw how far a friend came."""
        lead_at = self.before()
        won_at = self.maybe(0.5, lead_at + timedelta(days=3))
        return Referral(
            contact_id=friend_id,
            program=program,
            advocate_contact_id=advocate.contact_id,
            advocate_id=advocate.pk,
            source=self.chance.choice(["click", "code", "coupon"]),
            lead_at=lead_at,
            qualified_at=self.maybe(0.5, lead_at),
            opportunity_at=self.maybe(0.3, lead_at),
            won_at=won_at,
            lost_at=self.maybe(0.1, lead_at),
            reversed_at=self.maybe(0.3, won_at) if won_at else None,
            fraud_state=self.chance.choice(
                ["clear", "clear", "held", "rejected", "unjudged"]
            ),
        )

    def draw_orders(self, referral: Referral) -> None:
        """Draw orders in one of two currencies, some taken back."""
        if not referral.won_at:
            return
        for number in range(self.chance.choice([1, 1, 3])):
            amount = self.chance.randrange(100, 9_000)
            Milestone.objects.create(
                contact_id=referral.contact_id,
                referral_id=referral.pk,
                program=referral.program,
                stage="won",
                key=f"order:{referral.pk}-{number}",
                occurred_at=referral.won_at + timedelta(days=self.chance.randrange(9)),
                event_id=number,
                amount_minor=amount,
                currency=self.chance.choice(["USD", "JPY"]),
                refunded_minor=self.chance.choice([0, 0, 50, amount]),
                canceled_at=self.maybe(0.1, NOW),
            )

    def draw_reward(self, referral: Referral) -> None:
        """Draw what the advocate gets."""
        if not referral.won_at:
            return
        state = self.chance.choice(
            ["on_hold", "awaiting", "approved", "fulfilled", "rejected", "owed_back"]
        )
        amount = 0 if state == "rejected" else self.chance.randrange(100, 3_000)
        balances = {"rejected": 0, "fulfilled": 0, "owed_back": -amount}
        Reward.objects.create(
            contact_id=referral.advocate_contact_id,
            program=referral.program,
            rule=self.rule_of(referral.program),
            role="advocate",
            referral_contact_id=referral.contact_id,
            referral_id=referral.pk,
            milestone_key="once",
            amount_minor=amount,
            balance_minor=balances.get(state, amount),
            currency=self.chance.choice(["USD", "JPY"]),
            state=state,
            earned_at=referral.won_at,
            created_at=referral.won_at,
            held_until=referral.won_at,
            fulfilled_at=referral.won_at + timedelta(days=5)
            if state == "fulfilled"
            else None,
        )

    def rule_of(self, program: Program) -> RewardRule:
        """Find or make the rule of a program."""
        found = RewardRule.objects.filter(program=program).first()
        return found or RewardRule.objects.create(
            program=program,
            role="advocate",
            stage="won",
            delivery="payment",
            amount_minor=2_000,
            currency="USD",
            starts_at=NOW - timedelta(days=500),
        )


def make_visits(chance: Random, advocate: Advocate, *, number: int, days: int) -> None:
    """Draw visits of a link, of all kinds."""
    Visit.objects.bulk_create(
        Visit(
            contact_id=advocate.contact_id,
            program_id=advocate.program_id,
            advocate_id=advocate.pk,
            visited_at=NOW - timedelta(days=chance.uniform(0, days)),
            kind=chance.choice(Visit.Kind.values),
            channel=chance.choice(["whatsapp", "copy", ""]),
            visitor_key="v",
            click_id=f"{advocate.pk}k{place}d{days}",
        )
        for place in range(number)
    )
