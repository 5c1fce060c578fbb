"""What the pages of a campaign say about its state."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.engine import closing, lifecycle
from campaigns.models import Message
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_message,
    make_version,
)
from tests.factories.goals import happened, make_tracking, tracked

pytestmark = pytest.mark.django_db


def overview(client, campaign):
    url = reverse("admin:campaigns_overview", args=[campaign.pk])
    return client.get(url).content.decode()


def test_a_campaign_that_paused_itself_says_why(publisher):
    campaign = make_campaign(name="Autumn", state="running")
    details = {"because": "bounces", "count": 12, "of": 1_500, "limit": 0.5}
    lifecycle.pause(campaign=campaign, user=None, now=NOW, details=details)
    sentence = (
        "12 of 1,500 people have an address that does not work: 0.8%, and the limit is"
        " 0.5%."
    )

    page = overview(publisher, campaign)
    assert "It paused itself" in page
    assert sentence in page
    assert "by itself</small>" in page
    home = publisher.get(reverse("admin:index"))
    assert ("bad", f"The campaign “Autumn” paused itself. {sentence}") in [
        (notice.tone, notice.text) for notice in home.context["notices"]
    ]


def test_a_campaign_that_was_paused_says_so(publisher):
    campaign = make_campaign(state="running")
    lifecycle.pause(campaign=campaign, user=None, now=NOW)

    page = overview(publisher, campaign)
    assert "Everybody keeps their place" in page
    assert "paused itself" not in page


def test_a_campaign_that_is_stopping_counts_who_is_inside(publisher):
    campaign = make_campaign(state="running")
    message = make_message(make_ask(campaign, enrollment=make_enrollment(campaign)))
    closing.close(campaign=campaign, user=None, now=NOW)

    page = overview(publisher, campaign)
    assert "<strong>1</strong> person is still inside" in page
    assert "Stop now…" in page

    campaign.enrollment_set.update(state="completed", due_at=None, ended_at=NOW)
    assert "as soon as the last message has left" in overview(publisher, campaign)

    Message.objects.filter(pk=message.pk).update(state="accepted")
    closing.finish_empty(now=NOW)
    page = overview(publisher, campaign)
    assert "everybody who was let in is through" in page
    assert "Archive…" in page


def test_a_scheduled_campaign_says_when_it_starts(publisher):
    campaign = make_campaign(settings={"time_zone": "America/New_York"})
    campaign.published = make_version(campaign)
    campaign.state, campaign.starts_at = "scheduled", NOW + timedelta(days=10)
    campaign.save()

    page = overview(publisher, campaign)

    words = "Monday, 30 November 2026 at 07:00 (America/New York time)"
    assert f"Starts by itself on {words}." in page
    for button in ("Start now…", "Cancel the start…", "Another time…"):
        assert button in page


def test_tracked_goals_are_named(publisher):
    campaign = make_tracking(tracked("bought", happened("order_completed")))

    page = overview(publisher, campaign)
    assert 'Counted, too: <span dir="auto">Bought</span>.' in page
    review = reverse("admin:campaigns_review", args=[campaign.pk])
    page = publisher.get(review).content.decode()
    assert '<span dir="auto">Bought</span>, within 14 days' in page
