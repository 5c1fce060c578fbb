"""Pages for marketers about programs, advocates and referrals."""

from referrals.admin import (
    advocate,
    destination,
    endpoint,
    intro,
    intro_setting,
    program,
    program_texts,
    referral,
)

__all__ = [
    "advocate",
    "destination",
    "endpoint",
    "intro",
    "intro_setting",
    "program",
    "program_texts",
    "referral",
]
