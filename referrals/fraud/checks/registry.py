"""All fraud checks, the strongest first."""

from referrals.fraud.checks.address_series import AddressSeries
from referrals.fraud.checks.base import ACTION_NAMES, Check
from referrals.fraud.checks.coupon_site import CouponSite
from referrals.fraud.checks.disposable_address import DisposableAddress
from referrals.fraud.checks.known_customer import KnownCustomer
from referrals.fraud.checks.many_friends_one_browser import ManyFriendsOneBrowser
from referrals.fraud.checks.paid_ad import PaidAd
from referrals.fraud.checks.ring import Ring
from referrals.fraud.checks.role_address import RoleAddress
from referrals.fraud.checks.same_browser import SameBrowser
from referrals.fraud.checks.same_company import SameCompany
from referrals.fraud.checks.same_details import SameDetails
from referrals.fraud.checks.same_device import SameDevice
from referrals.fraud.checks.same_mailbox import SameMailbox
from referrals.fraud.checks.same_network import SameNetwork
from referrals.fraud.checks.same_person import SamePerson
from referrals.fraud.checks.shared_payout import SharedPayout
from referrals.fraud.checks.similar_name import SimilarName
from referrals.fraud.checks.taken_back import TakenBack
from referrals.fraud.checks.too_fast import TooFast
from referrals.fraud.checks.velocity import Velocity

CHECKS: dict[str, Check] = {
    check.kind: check
    for check in (
        SamePerson(),
        KnownCustomer(),
        SameMailbox(),
        SameDevice(),
        SameDetails(),
        Ring(),
        SharedPayout(),
        Velocity(),
        TooFast(),
        CouponSite(),
        PaidAd(),
        SameBrowser(),
        AddressSeries(),
        TakenBack(),
        ManyFriendsOneBrowser(),
        SameNetwork(),
        SimilarName(),
        DisposableAddress(),
        RoleAddress(),
        SameCompany(),
    )
}


def label_of(kind: str) -> str:
    """Name a check, also one that is gone."""
    check = CHECKS.get(kind)
    return check.label if check else kind.replace("_", " ").capitalize()


def table() -> str:
    """Draw the table of what each check does by default, as the docstring of the room has it."""
    rows = [("Check", "Strength", "By default", "Points")]
    rows += [
        (check.kind, str(check.strength), ACTION_NAMES[check.action], str(check.points))
        for check in CHECKS.values()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    rule = "  ".join("=" * width for width in widths)
    lines = [rule, lines[0], rule, *lines[1:], rule]
    return "\n".join(line.rstrip() for line in lines)
