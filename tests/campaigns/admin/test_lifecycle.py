import pytest
from django.urls import reverse

from campaigns.models import Moment, StartRun
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_contact,
    make_enrollment,
    make_message,
    make_version,
)

pytestmark = pytest.mark.django_db


def url(campaign, action):
    return reverse("admin:campaigns_lifecycle", args=[campaign.pk, action])


def do(client, campaign, action, **values):
    values = {"revision": campaign.revision} | values
    return client.post(url(campaign, action), values, follow=True)


def state(campaign):
    campaign.refresh_from_db()
    return campaign.state


def test_the_start_says_what_it_will_do_and_does_nothing_yet(publisher, ready):
    page = publisher.get(url(ready, "start")).content.decode()

    assert "<strong>3</strong> people enter at once" in page
    assert "<strong>2</strong> of them may be asked now" in page
    assert "never agreed to get email (1)" in page
    assert state(ready) == "draft"


def test_a_start_publishes_and_enrolls_in_the_background(publisher, ready):
    response = do(publisher, ready, "start")

    assert response.redirect_chain == [
        (reverse("admin:campaigns_overview", args=[ready.pk]), 302)
    ]
    assert state(ready) == "running"
    assert ready.published.number == 1
    assert StartRun.objects.get().total_count == 3
    page = response.content.decode()
    assert "“Autumn” runs." in page
    assert "Enrolling the audience" in page


def test_a_start_of_another_draft_than_was_seen_is_refused(publisher, ready):
    page = do(publisher, ready, "start", revision="9").content.decode()

    assert "The draft was changed in the meantime." in page
    assert (state(ready), ready.published) == ("draft", None)


def test_a_draft_with_errors_does_not_start(publisher, flow):
    page = do(publisher, flow, "start").content.decode()

    assert "It can&#x27;t be published yet. Nobody can enter yet." in page
    assert (state(flow), flow.published) == ("draft", None)


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("running", "pause", "paused"),
        ("running", "stop", "stopped"),
        ("paused", "stop", "stopped"),
        ("running", "close", "stopping"),
        ("stopping", "pause", "paused"),
        ("stopping", "stop", "stopped"),
    ],
)
def test_a_campaign_is_paused_and_stopped(publisher, before, action, after):
    campaign = make_campaign(state=before)
    make_enrollment(campaign)

    assert (
        "<strong>1</strong> person"
        in publisher.get(url(campaign, action)).content.decode()
    )
    do(publisher, campaign, action)
    assert state(campaign) == after


def test_a_paused_campaign_is_resumed(publisher):
    campaign = make_campaign(state="running")
    do(publisher, campaign, "pause")
    page = publisher.get(url(campaign, "resume")).content.decode()

    assert "Who entered the audience during the pause enters now." in page
    do(publisher, campaign, "resume")
    assert state(campaign) == "running"


@pytest.mark.parametrize(
    ("before", "action"),
    [
        ("paused", "pause"),
        ("running", "resume"),
        ("stopped", "stop"),
        ("running", "start"),
        ("stopping", "close"),
        ("finished", "stop"),
        ("running", "archive"),
        ("stopped", "restore"),
        ("draft", "unschedule"),
    ],
)
def test_what_is_not_possible_is_said_and_not_done(publisher, before, action):
    campaign = make_campaign(state=before)

    assert (
        "so there is nothing to"
        in publisher.get(url(campaign, action)).content.decode()
    )
    do(publisher, campaign, action)
    assert state(campaign) == before


def test_who_may_only_edit_is_refused(editor, ready):
    assert editor.get(url(ready, "start")).status_code == 403
    assert do(editor, ready, "start").status_code == 403
    assert state(ready) == "draft"


def test_an_unknown_action_is_not_found(publisher, ready):
    assert publisher.get(url(ready, "explode")).status_code == 404


def test_a_draft_with_errors_is_not_offered_to_be_started(publisher):
    campaign = make_campaign(name="Rough")
    campaign.draft["trigger"]["audience"] = None
    campaign.save()

    page = publisher.get(url(campaign, "start")).content.decode()

    assert "Choose the audience whose members are asked." in page
    assert "Start now" not in page
    assert "Open the review" in page


def test_both_ways_to_end_a_campaign_are_offered_with_their_numbers(publisher):
    campaign = make_campaign(state="running")
    make_message(make_ask(campaign))
    Moment.objects.create(
        contact=make_contact(),
        campaign=campaign,
        key="event:1",
        moment_at=NOW,
        came_at=NOW,
        waits_for="ramp",
        due_at=NOW,
    )

    page = publisher.get(url(campaign, "stop")).content.decode()

    assert "<strong>1</strong> person leaves the campaign at once." in page
    assert "<strong>1</strong> mail that nobody has begun to send is canceled" in page
    assert "<strong>1</strong> person who is inside goes on" in page
    assert "<strong>1</strong> message that waits in the outbox leaves." in page
    assert page.count("<strong>1</strong> who waits to enter is refused.") == 2
    assert f'action="{url(campaign, "close")}"' in page


def test_a_paused_campaign_offers_both_ends_too(publisher):
    campaign = make_campaign(state="running")
    make_enrollment(campaign)
    do(publisher, campaign, "pause")

    page = publisher.get(url(campaign, "stop")).content.decode()
    do(publisher, campaign, "close")

    assert f'action="{url(campaign, "close")}"' in page
    assert "It goes on: everybody who waits in it waits" in page
    assert state(campaign) == "stopping"
    do(publisher, campaign, "pause")
    again = publisher.get(url(campaign, "stop")).content.decode()
    assert f'action="{url(campaign, "close")}"' not in again


def test_a_stopped_campaign_goes_into_the_archive_and_back(publisher):
    campaign = make_campaign(state="stopped", name="Old one")
    listing = reverse("admin:campaigns_campaign_changelist")
    assert (
        "Lists leave it out" in publisher.get(url(campaign, "archive")).content.decode()
    )

    page = do(publisher, campaign, "archive").content.decode()
    assert "In the archive since" in page
    assert "Old one" not in publisher.get(listing).content.decode()
    for shelf in ("archived", "all"):
        found = publisher.get(listing, {"shelf": shelf}).content.decode()
        assert "Old one" in found
        assert "Archived</span>" in found

    do(publisher, campaign, "restore")
    campaign.refresh_from_db()
    assert campaign.archived_at is None
    assert "Old one" in publisher.get(listing).content.decode()


def test_a_scheduled_start_is_canceled(publisher, ready):
    ready.published = make_version(ready)
    ready.state, ready.starts_at = "scheduled", NOW
    ready.save()

    page = publisher.get(url(ready, "unschedule")).content.decode()
    assert "is a draft again" in page
    do(publisher, ready, "unschedule")
    assert state(ready) == "draft"
