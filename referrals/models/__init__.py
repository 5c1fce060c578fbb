"""The tables of referrals."""

from referrals.models.program import Program

__all__ = ["Program"]
