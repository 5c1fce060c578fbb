"""The link stands on a coupon site."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.known import COUPON_SITES, belongs_to


class CouponSite(Check):
    """The link stands on a coupon site."""

    kind = "coupon_site"
    label = "From a coupon site"
    what = (
        "The link was opened on a site that publishes codes. Such friends would "
        "often have come anyway."
    )
    strength = Strength.MEDIUM
    action = Action.HOLD
    points = 40

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        site = belongs_to(case.click.referrer_host, COUPON_SITES) if case.click else ""
        return {"site": site} if site else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return f"The friend came from {evidence.get('site', 'a site')}, which publishes codes."
