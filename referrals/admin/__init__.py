"""Pages for marketers about programs, advocates and referrals."""

from referrals.admin import advocate, destination, endpoint, program, referral

__all__ = ["advocate", "destination", "endpoint", "program", "referral"]
