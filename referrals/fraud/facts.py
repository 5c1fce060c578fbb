"""What is known of a referral when it is judged: plain values, no tables."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

# What more people than this have in common says nothing: a school, a carrier, a kiosk.
CROWD = 20


@dataclass(frozen=True)
class Person:
    """One of the two people of a referral, as we know him."""

    contact_id: int
    email: str = ""
    name: str = ""


@dataclass(frozen=True)
class Shared:
    """
    Something that both people have: the kind of signal, and how many have it in all.

    ``apart`` is the time between the one's and the other's having it; zero if they overlap.
    """

    kind: str
    apart: timedelta = timedelta()
    holders: int = 2

    @property
    def is_crowd(self) -> bool:
        """Whether so many have it that it says nothing."""
        return self.holders > CROWD


@dataclass(frozen=True)
class Click:
    """The visit through which the friend came."""

    visited_at: datetime
    kind: str = "human"
    referrer_host: str = ""
    ad_parameter: str = ""


@dataclass(frozen=True)
class Sibling:
    """Another friend of the same advocate, who joined in the week before."""

    referral_id: int
    lead_at: datetime
    email: str = ""
    has_same_browser: bool = False


@dataclass(frozen=True)
class Hop:
    """One step of a way through people: from whom to whom, and by what."""

    from_id: int
    to_id: int
    by: str


@dataclass(frozen=True)
class Case:
    """A referral with all that the checks look at."""

    referral_id: int
    program_id: int
    lead_at: datetime
    friend: Person
    advocate: Person
    click: Click | None = None
    ad_parameter: str = ""
    shared: tuple[Shared, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    ordered_before: datetime | None = None
    orders: int = 0
    orders_taken_back: int = 0
    payout_sharers: int = 0
    # The shortest way from the friend back to the advocate, and other friends of the advocate
    # who are one party with this friend.
    way_back: tuple[Hop, ...] = ()
    twins: tuple[Hop, ...] = field(default=())

    def shares(self, *kinds: str) -> list[Shared]:
        """List what both people have of these kinds, without what a crowd has."""
        return [one for one in self.shared if one.kind in kinds and not one.is_crowd]

    def joined_within(self, span: timedelta) -> list[Sibling]:
        """List the friends of the advocate who joined in this time before this one."""
        return [one for one in self.siblings if one.lead_at > self.lead_at - span]
