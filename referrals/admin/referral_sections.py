"""
Sections of a referral's page that other parts of the product add: rewards, fraud.

A section is drawn by a template, and has lines for the copy in plain text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from referrals.attribution.stories import Line
from referrals.models import Referral


@dataclass(frozen=True)
class ReferralSection:
    """
    What a part knows of a referral: in lines, or drawn by a template of its own.

    The template is included with the names of ``context``.
    """

    title: str
    lines: Sequence[Line] = ()
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)


Build = Callable[[Referral, User], ReferralSection | None]
BUILDERS: dict[str, tuple[Build, str]] = {}


def register_referral_section(name: str, build: Build, *, permission: str = "") -> None:
    """Let a function add a section for users with the permission; None adds nothing."""
    BUILDERS[name] = (build, permission)


def sections_of(referral: Referral, user: User) -> list[ReferralSection]:
    """Build the sections that the user may see, in the order of registration."""
    built = [
        build(referral, user)
        for build, permission in BUILDERS.values()
        if not permission or user.has_perm(permission)
    ]
    return [section for section in built if section]
