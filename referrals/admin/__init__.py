"""Pages for marketers about programs, advocates and referrals."""

from referrals.admin import (
    advocate,
    destination,
    endpoint,
    find,
    fraud_review,
    fraud_ring,
    fraud_setting,
    intro,
    intro_setting,
    program,
    program_pages,
    program_stages,
    program_texts,
    referral,
)

__all__ = [
    "advocate",
    "destination",
    "endpoint",
    "find",
    "fraud_review",
    "fraud_ring",
    "fraud_setting",
    "intro",
    "intro_setting",
    "program",
    "program_pages",
    "program_stages",
    "program_texts",
    "referral",
]
