"""Campaigns and what happened in them, with the least that is valid."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from audiences.models import Audience, Membership
from campaigns.emails.document import Content, empty_variant
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import PARTS
from campaigns.models import (
    Ask,
    Campaign,
    CampaignVersion,
    Enrollment,
    Hold,
    Message,
    StepRun,
    Task,
)
from contacts import consents, lists
from contacts.models import Contact
from tests.factories.referrals import make_program

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_numbers = count(1)


def make_contact(**changes: Any) -> Contact:
    """Make a contact with an address of its own."""
    values = {"email": f"person{next(_numbers)}@example.com"}
    return Contact.objects.create(**values | changes)


def make_reachable(**changes: Any) -> Contact:
    """Make a contact who agreed to get email."""
    contact = make_contact(**changes)
    consents.grant([contact.pk], source="test", statement="", now=NOW)
    return contact


def make_audience(*contacts: Contact, entered_at: datetime = NOW) -> Audience:
    """Make an audience that has been filled with some contacts."""
    everyone = {"kind": "list", "list": lists.everyone().pk, "operator": "on"}
    audience = Audience.objects.create(
        name=f"Audience {next(_numbers)}",
        rule=everyone,
        size=len(contacts),
        refreshed_at=entered_at,
        refresh_due_at=entered_at,
    )
    for contact in contacts:
        Membership.objects.create(
            contact=contact, audience=audience, entered_at=entered_at
        )
    return audience


def empty_content() -> Content:
    """Make the content of a mail without words."""
    return {"default_locale": "en", "variants": {"en": empty_variant()}}


def make_campaign(**changes: Any) -> Campaign:
    """
    Make a campaign; a running one is published.

    ``steps`` go into its draft, and values of its ``trigger``, ``goal``, ``exit`` and
    ``settings``.
    """
    document = empty_document() | {"steps": changes.pop("steps", [])}
    for part in PARTS:
        document[part] |= changes.pop(part, {})
    state = changes.pop("state", Campaign.State.DRAFT)
    values = {"name": f"Campaign {next(_numbers)}", "draft": document}
    if "program" not in changes:
        values["program"] = make_program()
    campaign = Campaign.objects.create(**values | changes)
    if state != Campaign.State.DRAFT:
        campaign.published = make_version(campaign)
        campaign.state = state
        campaign.started_at = NOW
        campaign.save()
    return campaign


def make_version(campaign: Campaign) -> CampaignVersion:
    """Publish the draft as it is."""
    return CampaignVersion.objects.create(
        campaign=campaign,
        number=campaign.versions.count() + 1,
        revision=campaign.revision,
        definition=campaign.draft,
        published_at=NOW,
    )


def make_enrollment(campaign: Campaign, **changes: Any) -> Enrollment:
    """Enroll a contact, who is active and due now."""
    values = {
        "contact": changes.pop("contact", None) or make_contact(),
        "campaign": campaign,
        "version": campaign.published,
        "entry_key": "once",
        "moment_at": NOW,
        "enrolled_at": NOW,
        "due_at": NOW,
    }
    return Enrollment.objects.create(**values | changes)


def make_ask(campaign: Campaign, **changes: Any) -> Ask:
    """Make an ask of an enrollment; facts are given by name."""
    enrollment_changes = (
        {"contact": changes.pop("contact")} if "contact" in changes else {}
    )
    enrollment = changes.pop("enrollment", None) or make_enrollment(
        campaign, **enrollment_changes
    )
    asked_at = changes.pop("asked_at", NOW)
    values = {
        "contact_id": enrollment.contact_id,
        "campaign": campaign,
        "version": campaign.published,
        "program_id": campaign.program_id,
        "enrollment_id": enrollment.pk,
        "step_key": "ask",
        "visit": 1,
        "asked_on": asked_at.date(),
        "asked_at": asked_at,
    }
    return Ask.objects.create(**values | changes)


def make_message(ask: Ask, **changes: Any) -> Message:
    """Make the mail of an ask, waiting to be sent."""
    values = {
        "contact_id": ask.contact_id,
        "campaign_id": ask.campaign_id,
        "version_id": ask.version_id,
        "enrollment_id": ask.enrollment_id,
        "step_key": ask.step_key,
        "visit": ask.visit,
        "ask_id": ask.pk,
        "address": ask.contact.email,
        "tag": f"tag{next(_numbers)}",
        "due_at": ask.asked_at,
    }
    return Message.objects.create(**values | changes)


def make_hold(campaign: Campaign, **changes: Any) -> Hold:
    """Hold an ask of an enrollment."""
    enrollment = changes.pop("enrollment", None) or make_enrollment(campaign)
    values = {
        "contact_id": enrollment.contact_id,
        "campaign": campaign,
        "enrollment_id": enrollment.pk,
        "step_key": "ask",
        "visit": 1,
        "reason": "no_consent",
        "held_at": NOW,
        "then": Hold.Then.EXIT,
    }
    return Hold.objects.create(**values | changes)


def make_step_run(enrollment: Enrollment, **changes: Any) -> StepRun:
    """Let an enrollment go through a step."""
    values = {
        "contact_id": enrollment.contact_id,
        "campaign_id": enrollment.campaign_id,
        "enrollment_id": enrollment.pk,
        "step_key": "ask",
        "visit": 1,
        "ran_at": NOW,
        "outcome": "asked",
    }
    return StepRun.objects.create(**values | changes)


def make_task(ask: Ask | None = None, **changes: Any) -> Task:
    """Make an open task for everybody, due today; of an ask, or of nothing."""
    enrollment = (
        Enrollment.objects.get(pk=ask.enrollment_id)
        if ask
        else make_enrollment(make_campaign(state=Campaign.State.RUNNING))
    )
    values = {
        "contact_id": enrollment.contact_id,
        "campaign_id": enrollment.campaign_id,
        "enrollment_id": enrollment.pk,
        "step_key": "ask",
        "visit": ask.visit if ask else 1,
        "ask_id": ask.pk if ask else None,
        "title": f"Task {next(_numbers)}",
        "due_on": NOW.date(),
        "created_at": NOW,
    }
    return Task.objects.create(**values | changes)
