"""
From a clue to the one advocate who gets the credit, and what the friend did since.

- ``stages``: what the friend's events mean in each program
- ``facts``: what is known of a friend, read for many at once
- ``judging``: the waterfall over the claims; plain values in, a ruling out
- ``customers``: whether somebody is a customer already
- ``milestones``: what brought a referral to its stages, net of what was taken back
- ``credit``: give the credit once, and follow the friend; the only door for events
- ``by_hand``: credit that a person gives, moves or withdraws
- ``inbox``: which events we hear of, and the slice that takes them
- ``stories``: all that there is to say about a friend, for people who answer questions
- ``finding``: whom a question is about, and why nobody got credit
- ``settings``: what a marketer may set; ``demo``: orders sent back, decisions by hand

Who gets the credit is decided when the friend becomes a lead, and locked: what arrives
later, even if it happened before, changes nobody's credit. All else is worked out from what
is known each time anew, so that events may come in any order and any number of times.
"""

from referrals.attribution.credit import (
    ALREADY,
    CREDITED,
    NO_CLAIM,
    REFUSED,
    Outcome,
    attribute_referral,
    credit_contacts,
)

__all__ = [
    "ALREADY",
    "CREDITED",
    "NO_CLAIM",
    "REFUSED",
    "Outcome",
    "attribute_referral",
    "credit_contacts",
]
