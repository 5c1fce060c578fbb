"""The pages of campaigns."""

from campaigns.admin import (
    campaign,
    email,
    email_preview,
    enrollments,
    flow,
    goal,
    lifecycle,
    messages,
    new,
    overview,
    reports,
    review,
    tasks,
    trigger,
    unknown,
)

__all__ = [
    "campaign",
    "email",
    "email_preview",
    "enrollments",
    "flow",
    "goal",
    "lifecycle",
    "messages",
    "new",
    "overview",
    "reports",
    "review",
    "tasks",
    "trigger",
    "unknown",
]
