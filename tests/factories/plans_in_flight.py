"""Campaigns whose flow changes while people are in it."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from campaigns.changing.carry_on import carry_on
from campaigns.changing.plan import Choice, make_action, waiting_people
from campaigns.emails.starters import starter_content
from campaigns.flows.definition import Document
from campaigns.flows.edits import new_step
from campaigns.models import Campaign, CampaignVersion, PublishPlan
from campaigns.publishing import publish, save_draft
from contacts.models import Contact
from contacts.work import advance_one
from tests.factories.campaigns import NOW, make_audience, make_reachable
from tests.factories.flows import enroll_in, walk


def letter(key: str, **values: Any) -> dict[str, Any]:
    """Make a mail that asks for nothing and is complete."""
    content = deepcopy(starter_content("thank_you"))
    return new_step("email", key=key, name=key, ask=False, content=content, **values)


def make_flight(
    steps: list[dict[str, Any]], *contacts: Contact, moved: bool = True, **changes: Any
) -> Campaign:
    """Make a running campaign, by name that of three people, who have gone as far as they can."""
    people = contacts or tuple(make_reachable() for _ in range(3))
    campaign = enroll_in(
        steps, *people, trigger={"audience": make_audience().pk}, **changes
    )
    if moved:
        walk()
    return campaign


def edit(campaign: Campaign, document: Document) -> None:
    """Save another draft."""
    campaign.refresh_from_db()
    save_draft(
        campaign=campaign,
        revision=campaign.revision,
        document=document,
        summary="Edited",
        user=None,
        now=NOW,
    )
    campaign.refresh_from_db()


def choose(
    campaign: Campaign, now: datetime, wishes: dict[str, dict[str, Any]], **more: Any
) -> Choice:
    """Choose for the places that are named by their step; the others finish on the old version."""
    actions = [
        make_action(
            waiting, campaign.draft, **{"times": "keep", **wishes[waiting.place]}
        )
        for waiting in waiting_people(campaign, now=now)
        if waiting.place in wishes
    ]
    return Choice([one for one in actions if one], **more)


def publish_with(
    campaign: Campaign,
    wishes: dict[str, dict[str, Any]],
    *,
    now: datetime,
    user: Any = None,
    **more: Any,
) -> CampaignVersion:
    """Publish the draft with a plan, which is not carried out yet."""
    return publish(
        campaign=campaign,
        revision=campaign.revision,
        user=user,
        now=now,
        choice=choose(campaign, now, wishes, **more),
    )


def run_plans(now: datetime) -> None:
    """Carry out every plan to its end."""
    while advance_one(PublishPlan, carry_on, now=now):
        pass


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
