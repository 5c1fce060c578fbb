"""The reports across programs and campaigns, one page each, and the people behind them."""

from campaigns.admin.referral_reports import (
    advocates,
    fraud,
    funnel,
    money,
    people,
    timing,
    yes_rate,
)

__all__ = [
    "advocates",
    "fraud",
    "funnel",
    "money",
    "people",
    "timing",
    "yes_rate",
]
