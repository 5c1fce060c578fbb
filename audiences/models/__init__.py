"""The tables of audiences."""

from audiences.models.audience import (
    Audience,
    AudienceRefresh,
    AudienceVersion,
    Telling,
)
from audiences.models.clock import ClockHead, WatchedDate
from audiences.models.membership import (
    Membership,
    MembershipChange,
    MembershipReaction,
    WatchedAudience,
)
from audiences.models.trait import Trait

__all__ = [
    "Audience",
    "AudienceRefresh",
    "AudienceVersion",
    "ClockHead",
    "Membership",
    "MembershipChange",
    "MembershipReaction",
    "Telling",
    "Trait",
    "WatchedAudience",
    "WatchedDate",
]
