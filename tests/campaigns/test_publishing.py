"""Drafts that don't overwrite each other, and versions that never change."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from campaigns import publishing
from campaigns.emails.starters import STARTERS, starter_content
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step, update_step
from campaigns.models import Campaign, CampaignChange, CampaignVersion
from contacts.models import WatchedEvent
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}


def make_ready(**changes):
    content = starter_content(next(iter(STARTERS)))
    invite = new_step("email", key="ask", name="Invite", content=content)
    audience = make_audience(make_contact())
    values = {
        "steps": [invite],
        "trigger": {"audience": audience.pk},
        "goal": {"condition": ORDERED},
    }
    return make_campaign(**values | changes)


def publish(campaign, revision=1, now=NOW, user=None):
    return publishing.publish(campaign=campaign, revision=revision, user=user, now=now)


def save(campaign, revision, document):
    return publishing.save_draft(
        campaign=campaign,
        revision=revision,
        document=document,
        summary="Edited",
        user=None,
        now=NOW,
    )


def test_publish_freezes_the_draft_with_its_mails_compiled():
    user = make_user()
    campaign = make_ready()

    version = publish(campaign, user=user)

    campaign.refresh_from_db()
    content = version.definition["steps"][0]["content"]
    assert campaign.published == version
    assert (version.number, version.revision, version.published_by) == (1, 1, user)
    assert "<html" in content["compiled"]["en"]["html"]
    assert "compiled" not in campaign.draft["steps"][0]["content"]
    with pytest.raises(ValidationError, match="can't be changed"):
        version.save()


def test_publishing_twice_is_once():
    campaign = make_ready()

    first, second = publish(campaign), publish(campaign, now=LATER)

    assert first == second
    assert CampaignVersion.objects.count() == CampaignChange.objects.count() == 1


def test_a_draft_that_was_changed_is_a_conflict():
    campaign = make_ready()
    save(campaign, 1, update_step(campaign.draft, "ask", name="Ask nicely"))

    with pytest.raises(publishing.DraftConflict) as publishing_old:
        publish(campaign, revision=1)
    with pytest.raises(publishing.DraftConflict):
        save(campaign, 1, campaign.draft)

    campaign.refresh_from_db()
    assert publishing_old.value.revision == campaign.revision == 2
    assert campaign.draft["steps"][0]["name"] == "Ask nicely"
    assert CampaignVersion.objects.count() == 0


def undo(campaign, revision):
    return publishing.undo_draft(campaign=campaign, revision=revision, now=NOW)


def redo(campaign, revision):
    return publishing.redo_draft(campaign=campaign, revision=revision)


def test_redo_does_again_what_was_undone_last():
    campaign = make_ready()
    before = campaign.draft
    once = update_step(before, "ask", name="Once")
    twice = update_step(before, "ask", name="Twice")
    save(campaign, 1, once)
    save(campaign, 2, twice)
    undo(campaign, 3)
    undo(campaign, 4)

    drafts = []
    for revision in (5, 6):
        assert redo(campaign, revision) == "Edited"
        campaign.refresh_from_db()
        drafts.append(campaign.draft)

    assert drafts == [once, twice]
    with pytest.raises(publishing.NothingToRedo):
        redo(campaign, 7)
    with pytest.raises(publishing.DraftConflict):
        redo(campaign, 6)
    undo(campaign, 7)
    campaign.refresh_from_db()
    assert campaign.draft == once


def test_an_edit_after_an_undo_leaves_nothing_to_do_again():
    campaign = make_ready()
    save(campaign, 1, update_step(campaign.draft, "ask", name="Once"))
    undo(campaign, 2)
    save(campaign, 3, update_step(campaign.draft, "ask", name="Otherwise"))

    with pytest.raises(publishing.NothingToRedo):
        redo(campaign, 4)


def test_undo_goes_back_edit_by_edit():
    campaign = make_ready()
    before = campaign.draft
    once = update_step(before, "ask", name="Once")
    save(campaign, 1, once)
    save(campaign, 2, update_step(before, "ask", name="Twice"))

    summaries = []
    drafts = []
    for revision in (3, 4):
        summaries.append(undo(campaign, revision))
        campaign.refresh_from_db()
        drafts.append(campaign.draft)

    assert summaries == ["Edited", "Edited"]
    assert drafts == [once, before]
    assert campaign.revision == 5
    with pytest.raises(publishing.NothingToUndo):
        undo(campaign, 5)
    with pytest.raises(publishing.DraftConflict):
        undo(campaign, 4)


def test_a_new_version_of_a_running_campaign_is_watched_at_once():
    campaign = make_ready()
    publish(campaign)
    campaign.refresh_from_db()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    document = campaign.draft | {
        "goal": {"condition": ORDERED | {"name": "signed_up"}, "window_days": 30}
    }
    save(campaign, 1, document)

    version = publish(campaign, revision=2)

    watched = WatchedEvent.objects.filter(consumer="campaigns.goals")
    assert version.number == 2
    assert set(watched.values_list("name", flat=True)) == {
        "order_completed",
        "signed_up",
    }


def test_a_draft_with_errors_is_not_published():
    campaign = make_ready(steps=[])

    with pytest.raises(publishing.NotPublishable, match="The flow is empty") as refused:
        publish(campaign)

    assert [one.part for one in refused.value.findings] == ["flow"]
    assert Campaign.objects.get().published is None
