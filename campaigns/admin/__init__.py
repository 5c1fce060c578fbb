"""The pages of campaigns."""

from campaigns.admin import (
    campaign,
    email,
    email_preview,
    enrollments,
    flow,
    goal,
    lifecycle,
    new,
    overview,
    review,
    trigger,
)

__all__ = [
    "campaign",
    "email",
    "email_preview",
    "enrollments",
    "flow",
    "goal",
    "lifecycle",
    "new",
    "overview",
    "review",
    "trigger",
]
