"""The tables of audiences."""

from audiences.models.audience import Audience, AudienceRefresh
from audiences.models.membership import (
    Membership,
    MembershipChange,
    MembershipReaction,
    WatchedAudience,
)

__all__ = [
    "Audience",
    "AudienceRefresh",
    "Membership",
    "MembershipChange",
    "MembershipReaction",
    "WatchedAudience",
]
