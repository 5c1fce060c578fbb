"""The tables of referrals."""

from referrals.models.advocate import Advocate, ReferralCode
from referrals.models.ask_preference import AskPreference
from referrals.models.clue import Clue
from referrals.models.coupon import Coupon, CouponPool
from referrals.models.credit_decision import CreditDecision
from referrals.models.endpoint_key import EndpointKey
from referrals.models.fraud import (
    FraudCase,
    FraudDecision,
    FraudFinding,
    FraudPolicy,
    FraudSignal,
    RingWatch,
)
from referrals.models.intro import Intro, IntroRefusal, IntroSetting, IntroText
from referrals.models.intro_confirmation import IntroConfirmation
from referrals.models.look import Logo, ProgramTranslation
from referrals.models.milestone import Milestone, Refund, Stage
from referrals.models.notice import ProgramNotice
from referrals.models.offer_mail import OfferMail
from referrals.models.portal_mail import PortalMail
from referrals.models.program import AllowedHost, LandingPlace, Program
from referrals.models.referral import Referral
from referrals.models.reward import Reward, RewardBatch, RewardEntry
from referrals.models.reward_address import RewardAddress
from referrals.models.reward_rule import Delivery, RewardBudget, RewardRule, Role
from referrals.models.reward_webhook import RewardWebhook
from referrals.models.setback import Setback
from referrals.models.stage_rule import StageRule
from referrals.models.visit import ClickId, TrapHit, Visit, WaitingVisit
from referrals.models.visit_count import VisitCount, VisitCounting

__all__ = [
    "Advocate",
    "AllowedHost",
    "AskPreference",
    "ClickId",
    "Coupon",
    "CouponPool",
    "Delivery",
    "Clue",
    "CreditDecision",
    "EndpointKey",
    "FraudCase",
    "FraudDecision",
    "FraudFinding",
    "FraudPolicy",
    "FraudSignal",
    "Intro",
    "IntroConfirmation",
    "IntroRefusal",
    "IntroSetting",
    "IntroText",
    "LandingPlace",
    "Milestone",
    "OfferMail",
    "Logo",
    "PortalMail",
    "Program",
    "ProgramNotice",
    "ProgramTranslation",
    "Referral",
    "ReferralCode",
    "Refund",
    "RingWatch",
    "Reward",
    "RewardAddress",
    "RewardBatch",
    "RewardBudget",
    "RewardEntry",
    "RewardRule",
    "RewardWebhook",
    "Role",
    "Setback",
    "Stage",
    "StageRule",
    "TrapHit",
    "Visit",
    "VisitCount",
    "VisitCounting",
    "WaitingVisit",
]
