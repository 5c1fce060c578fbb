"""The tables of referrals."""

from referrals.models.advocate import Advocate, ReferralCode
from referrals.models.ask_preference import AskPreference
from referrals.models.endpoint_key import EndpointKey
from referrals.models.program import AllowedHost, Program
from referrals.models.referral import Referral
from referrals.models.visit import ClickId, Visit

__all__ = [
    "Advocate",
    "AllowedHost",
    "AskPreference",
    "ClickId",
    "EndpointKey",
    "Program",
    "Referral",
    "ReferralCode",
    "Visit",
]
