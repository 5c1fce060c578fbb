"""Campaigns with goals, and messages that touch people before they reach them."""

from typing import Any

from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, GoalReached
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_message,
    make_version,
)


def happened(name, count=1):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": count,
        "window": {"kind": "ever"},
        "filters": [],
    }


def tracked(key, condition, **changes):
    return {
        "key": key,
        "name": key.capitalize(),
        "condition": condition,
        "window_days": 14,
        "touch": "delivered",
    } | changes


def make_tracking(*goals, **changes):
    """A running campaign that tracks goals, and watches for them."""
    campaign = make_campaign(
        steps=[new_step("delay", key="wait", amount=30, unit="days")], **changes
    )
    campaign.draft["goals"] = list(goals)
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    return campaign


def touch(enrollment, at):
    """Deliver an ask by mail."""
    ask = make_ask(enrollment.campaign, enrollment=enrollment, delivered_at=at)
    message = make_message(ask, state="accepted", finished_at=at)
    return ask, message


def make_reached(enrollment: Enrollment, **changes: Any) -> GoalReached:
    """Let a pass have reached a goal, credited to what had touched the person just then."""
    occurred_at = changes.get("occurred_at", NOW)
    values = {
        "contact_id": enrollment.contact_id,
        "enrollment_id": enrollment.pk,
        "campaign_id": enrollment.campaign_id,
        "version_id": enrollment.version_id,
        "goal": "bought",
        "occurred_at": occurred_at,
        "touch": "delivered",
        "touched_at": occurred_at,
        "noted_at": occurred_at,
    }
    return GoalReached.objects.create(**values | changes)
