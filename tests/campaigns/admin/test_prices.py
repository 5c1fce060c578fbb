import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Hold
from tests.factories.campaigns import make_campaign, make_enrollment
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
URL = "/campaigns/guardrails/price/"


def lose(campaign):
    enrollment = make_enrollment(campaign, state="exited", due_at=None)
    Hold.objects.create(
        contact_id=enrollment.contact_id,
        campaign=campaign,
        enrollment_id=enrollment.pk,
        step_key="ask",
        visit=0,
        reason="cap",
        held_at=timezone.now(),
        then="exit",
    )


def test_prices_lead_to_their_people(editor):
    campaign = make_campaign(name="Autumn", state="running")
    lose(campaign)

    page = editor.get(URL, {"period": "30"}).content.decode()

    people = reverse("admin:campaigns_report_people", args=[campaign.pk, "lost:cap"])
    assert f'<a href="{people}?period=30">1</a>' in page
    assert "Too few to say: 0 old asks" in page
    assert "Nobody can know" in page
    listed = editor.get(people).content.decode()
    assert "The ask was held, and never made." in listed


def test_who_may_not_see_people_sees_numbers(onlooker):
    lose(make_campaign(state="running"))

    page = onlooker.get(URL).content.decode()

    assert "/report/people/" not in page
    assert "Too few to say" in page


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_many(onlooker, count, django_assert_max_num_queries):
    for _ in range(count):
        lose(make_campaign(state="running"))

    with django_assert_max_num_queries(9):
        onlooker.get(URL)


def test_it_is_exported(onlooker):
    lose(make_campaign(name="Autumn", state="running"))

    rows = b"".join(onlooker.get(URL, {"format": "csv"})).decode().splitlines()

    assert rows[1].split(",")[1:] == ["Autumn", "1", "0", "0", "", ""]


def test_nothing_was_held_and_strangers_are_refused(client, onlooker):
    assert "Nothing was held" in onlooker.get(URL).content.decode()
    client.force_login(make_user(username="stranger"))
    assert client.get(URL).status_code == 403
