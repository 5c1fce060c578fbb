from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.flows.edits import new_step
from campaigns.models import Campaign
from tests.factories.campaigns import make_campaign, make_enrollment

pytestmark = pytest.mark.django_db


@pytest.fixture
def paused():
    """A campaign that was paused two days ago; one came due in the pause, one waits on."""
    now = timezone.now()
    ask = new_step("email", key="ask", freshness_hours=1, fresh_from="moment")
    campaign = make_campaign(steps=[ask], state="running", name="Autumn")
    campaign.state, campaign.paused_at = "paused", now - timedelta(days=2)
    campaign.save()
    began = {
        "enrolled_at": now - timedelta(days=3),
        "moment_at": now - timedelta(days=3),
    }
    make_enrollment(campaign, due_at=now - timedelta(days=1), step_key="ask", **began)
    make_enrollment(campaign, due_at=now + timedelta(days=1), step_key="ask", **began)
    return campaign


def url(campaign):
    return reverse("admin:campaigns_resume_kept", args=[campaign.pk])


def test_the_page_says_what_both_ways_mean(publisher, paused):
    page = publisher.get(
        reverse("admin:campaigns_lifecycle", args=[paused.pk, "resume"])
    ).content.decode()

    assert "All of these people wait 2 days longer" in page
    assert "<strong>1</strong> person waits on, until the time they had." in page
    assert "<strong>1</strong> would have gone on in the pause" in page
    assert (
        "At once: <strong>0</strong> in time, <strong>1</strong> too late, and not asked"
        in page
    )
    assert f'action="{url(paused)}"' in page


def test_it_is_resumed_with_the_original_times(publisher, paused):
    before = set(paused.enrollment_set.values_list("pk", "due_at"))

    page = publisher.post(url(paused), {"spread": "0"}, follow=True).content.decode()

    assert "“Autumn” runs again." in page
    paused.refresh_from_db()
    assert paused.state == "running"
    assert set(paused.enrollment_set.values_list("pk", "due_at")) == before
    page = publisher.post(url(paused), {"spread": "x"}, follow=True).content.decode()
    assert "is not paused, so it can&#x27;t be resumed" in page


def test_who_may_only_edit_is_refused(editor, paused):
    assert editor.post(url(paused), {}).status_code == 403
    assert Campaign.objects.get().state == "paused"
