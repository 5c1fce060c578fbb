from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import scheduling
from campaigns.models import Campaign
from tests.factories.campaigns import make_campaign

pytestmark = pytest.mark.django_db


def url(campaign):
    return reverse("admin:campaigns_schedule", args=[campaign.pk])


def post(client, campaign, **values):
    tomorrow = timezone.now() + timedelta(days=2)
    values = {
        "revision": campaign.revision,
        "day": f"{tomorrow:%Y-%m-%d}",
        "at": "09:30",
    } | values
    return client.post(url(campaign), values, follow=True)


def test_a_start_is_scheduled_by_the_clock_of_the_campaign(publisher, ready):
    ready.draft["settings"]["time_zone"] = "Asia/Kolkata"
    ready.save()
    page = post(publisher, ready).content.decode()

    ready.refresh_from_db()
    day = (timezone.now() + timedelta(days=2)).date()
    assert ready.state == "scheduled"
    assert f"{ready.starts_at:%Y-%m-%d %H:%M}" == f"{day} 04:00"
    words = f"{day:%A, %-d %B %Y} at 09:30 (Asia/Kolkata time)"
    assert f"“Autumn” starts on {words}." in page
    assert f"Starts by itself on {words}." in page


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"day": "2020-01-01"}, "That time is over."),
        ({"day": "2999-01-01"}, "Choose a time within the next year."),
        ({"day": ""}, "Choose a day."),
        ({"at": "noon"}, "Write a time such as 09:00."),
    ],
)
def test_a_time_that_can_not_be_is_refused(publisher, ready, values, sentence):
    page = post(publisher, ready, **values).content.decode()

    assert sentence in page
    ready.refresh_from_db()
    assert ready.state == "draft"


def test_a_draft_with_errors_or_that_changed_is_not_scheduled(publisher, ready, flow):
    page = publisher.get(url(flow)).content.decode()
    assert "to be mended first" in page
    assert "Schedule the start" not in page
    assert "can&#x27;t be scheduled yet" in post(publisher, flow).content.decode()
    page = post(publisher, ready, revision="9").content.decode()
    assert "The draft was changed in the meantime." in page
    assert list(Campaign.objects.values_list("state", flat=True)) == ["draft"] * 2


def test_a_running_campaign_has_no_start_to_schedule(publisher):
    campaign = make_campaign(state="running")

    page = publisher.get(url(campaign)).content.decode()
    assert "is running, so its start can’t be scheduled" in page
    post(publisher, campaign)
    campaign.refresh_from_db()
    assert campaign.state == "running"


def test_who_may_only_edit_is_refused(editor, ready):
    assert editor.get(url(ready)).status_code == 403
    assert post(editor, ready).status_code == 403


def test_a_start_that_was_called_off_is_told_where_it_is_mended(publisher, ready):
    post(publisher, ready)
    ready.refresh_from_db()
    published = ready.published.definition
    type(ready.published).objects.update(definition=published | {"steps": []})
    scheduling.start_next(now=ready.starts_at)

    overview = reverse("admin:campaigns_overview", args=[ready.pk])
    response = publisher.get(overview, follow=True)
    assert response.redirect_chain == [
        (reverse("admin:campaigns_trigger", args=[ready.pk]), 302)
    ]
    assert "It should have started by itself" in response.content.decode()
    home = publisher.get(reverse("admin:index")).content.decode()
    assert "“Autumn” should have started, but could not:" in home
