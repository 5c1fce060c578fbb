"""Drafts that don't overwrite each other, and versions that never change."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from campaigns import publishing
from campaigns.emails.starters import STARTERS, starter_content
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step, update_step
from campaigns.models import Campaign, CampaignChange, CampaignVersion
from contacts import lists
from contacts.models import ContactList, WatchedEvent
from tests.factories.campaigns import (
    NOW,
    empty_content,
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


def errors(campaign):
    return [one.message for one in publishing.review(campaign.draft) if one.blocks]


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


def test_review_finds_what_the_database_knows():
    campaign = make_ready()
    audience = make_audience()
    assert errors(campaign) == []

    campaign.draft["trigger"]["audience"] = audience.pk
    empty = publishing.review(campaign.draft)
    type(audience).objects.filter(pk=audience.pk).update(refresh_due_at=None)
    unfilled = errors(campaign)
    type(audience).objects.filter(pk=audience.pk).update(archived_at=NOW)
    archived = errors(campaign)
    campaign.draft["trigger"]["audience"] = 0xBAD
    missing = errors(campaign)

    assert [(one.severity, one.message) for one in empty] == [
        ("warning", f"“{audience}” is empty at the moment, so nobody would enter now.")
    ]
    assert unfilled == [
        f"“{audience}” is still being filled. Wait until its size is known."
    ]
    assert archived == [f"“{audience}” was deleted. Choose another audience."]
    assert missing == [
        "The audience of the trigger was deleted. Choose another audience."
    ]


def test_review_names_the_condition_that_can_not_be_used():
    gone = {"kind": "list", "list": 10**9, "operator": "on"}
    branch = new_step("branch", key="b", name="On the list?", condition=gone)
    campaign = make_ready(exit={"condition": gone})
    invite = campaign.draft["steps"][0]
    campaign.draft["steps"] = [branch | {"yes": [invite]}]

    found = [
        (one.part, one.step_key, one.message)
        for one in publishing.review(campaign.draft)
    ]

    assert found == [
        ("flow", "b", "“On the list?”: This list is gone. Choose another."),
        ("exit", "", "The exit: This list is gone. Choose another."),
    ]


def test_review_names_the_step_whose_list_is_gone():
    gone = lists.create_list(name="Regulars", now=NOW)
    kept = lists.create_list(name="Guests", now=NOW)
    named = {"Gone": gone.pk, "Kept": kept.pk, "All": lists.everyone().pk}
    campaign = make_ready(
        steps=[
            new_step("list", key=name, name=name, list=pk) for name, pk in named.items()
        ]
    )
    ContactList.objects.filter(pk=gone.pk).delete()

    assert errors(campaign) == [
        "“Gone”: the list is gone. Choose another one.",
        "“All”: the list is gone. Choose another one.",
    ]


def test_review_names_the_mail_and_what_is_wrong_with_it():
    campaign = make_ready()
    campaign.draft["steps"][0]["content"] = empty_content()

    assert "“Invite”: The subject is missing." in errors(campaign)
    assert "“Invite”: The mail is empty. Add a block." in errors(campaign)


def test_review_warns_of_a_footer_without_postal_address(settings):
    draft = make_ready().draft
    before = publishing.review(draft)

    settings.POSTAL_ADDRESS = ""

    added = [one for one in publishing.review(draft) if one not in before]
    assert [(one.blocks, one.message) for one in added] == [
        (
            False,
            "The footer of your emails has no postal address, which the law wants."
            " Whoever runs this site can set GREENLIGHT_POSTAL_ADDRESS.",
        )
    ]
    without_mails = publishing.review(draft | {"steps": []})
    assert "postal" not in " ".join(one.message for one in without_mails)
