"""What is promised and what happened, as plain values: all that owing depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ADVOCATE, FRIEND = "advocate", "friend"
LEAD, QUALIFIED, OPPORTUNITY, WON = "lead", "qualified", "opportunity", "won"
STAGES = (LEAD, QUALIFIED, OPPORTUNITY, WON)
EACH, REACHING, EVERY = "each", "reaching", "every"
CLEAR, WAITING, REJECTED = "clear", "waiting", "rejected"


@dataclass(frozen=True)
class Terms:
    """A reward rule; ``family`` names it together with the rules that it replaces."""

    id: int
    family: int
    role: str
    stage: str
    starts_at: datetime
    ended_at: datetime | None = None
    amount_minor: int | None = None
    percent_points: int | None = None
    most_minor: int | None = None
    currency: str = ""
    minimum_minor: int | None = None
    first_orders: int | None = 1
    within_months: int | None = None
    counting: str = EACH
    friend_count: int | None = None
    most_rewards: int | None = None
    most_money_minor: int | None = None
    most_period: str = "ever"
    hold_days: int = 0
    has_variant: bool = False
    is_otherwise: bool = False
    position: int = 0
    # Whether a part of it is worth something: money is, a coupon is not.
    is_divisible: bool = True

    def is_current(self, at: datetime) -> bool:
        """Whether what happens then counts for it."""
        return self.starts_at <= at and (self.ended_at is None or at < self.ended_at)

    @property
    def group(self) -> tuple[str, str, str]:
        """For what it is: of the variants for the same thing a person gets one."""
        return self.role, self.stage, self.counting

    @property
    def is_variant(self) -> bool:
        """Whether others get something else for the same."""
        return self.has_variant or self.is_otherwise

    @property
    def is_capped(self) -> bool:
        """Whether a person gets no more than so much by it."""
        return self.most_rewards is not None or self.most_money_minor is not None


@dataclass(frozen=True)
class Deed:
    """What a friend did: a milestone, net of what was taken back."""

    stage: str
    key: str
    at: datetime
    amount_minor: int | None = None
    currency: str = ""
    refunded_minor: int = 0
    is_canceled: bool = False

    @property
    def net_minor(self) -> int | None:
        """What is left of its amount."""
        if self.amount_minor is None:
            return None
        return max(self.amount_minor - self.refunded_minor, 0)


@dataclass(frozen=True)
class Friend:
    """A referral: the friend's deeds, and whether anybody doubts it."""

    contact_id: int
    referral_id: int
    lead_at: datetime
    deeds: tuple[Deed, ...] = ()
    doubt: str = CLEAR
    # Why it counts for nothing, if it is rejected.
    because: str = "fraud_rejected"
    # The variants that the friend belongs to, as ids of rules.
    fits: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Cause:
    """For what a contact is rewarded by a rule: it names one reward."""

    rule_id: int
    contact_id: int
    referral_id: int
    key: str


@dataclass(frozen=True)
class Case:
    """An advocate in a program with the friends, and what was rewarded before."""

    advocate_id: int
    friends: tuple[Friend, ...]
    fits: frozenset[int] = frozenset()
    # Rewards that exist: who moves to another country keeps what he had.
    known: frozenset[Cause] = frozenset()
    # Rewards that have been delivered: the limits let them stay before others.
    settled: frozenset[Cause] = frozenset()
    # The referrals that are asked about, if not all; the others are looked at only by rules
    # that count them all.
    own: frozenset[int] | None = None


@dataclass(frozen=True)
class Owed:
    """What is owed for one cause; ``is_waiting`` while somebody doubts a friend of it."""

    cause: Cause
    role: str
    friend_id: int
    amount_minor: int
    currency: str
    earned_at: datetime
    held_until: datetime
    is_waiting: bool = False


@dataclass(frozen=True)
class Missed:
    """Why nothing is owed for a cause, or for a friend where the key is blank."""

    cause: Cause
    role: str
    friend_id: int
    reason: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reckoning:
    """All that is owed in a case, and what is not."""

    owed: tuple[Owed, ...] = ()
    missed: tuple[Missed, ...] = ()
