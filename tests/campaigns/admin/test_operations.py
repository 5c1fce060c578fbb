"""The operations page, and the books."""

import pytest
from django.urls import reverse

from campaigns.models import Enrollment
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

STOPPED = {
    "state": "failed",
    "end_reason": "error",
    "error": "ValueError: <odd>",
    "ended_at": NOW,
    "due_at": None,
    "step_key": "",
}


@pytest.fixture
def operator(client):
    client.force_login(
        make_user(
            "campaigns.view_campaign",
            "campaigns.publish_campaign",
            "contacts.view_contact",
            username="operator",
        )
    )
    return client


@pytest.fixture
def stopped():
    campaign = make_campaign(name="Autumn", state="running")
    return [
        make_enrollment(campaign, contact=make_contact(first_name=name), **STOPPED)
        for name in ("Ana", "Bo", "Cy")
    ]


def url(name, *args):
    return reverse(f"admin:campaigns_{name}", args=args)


def states():
    return list(Enrollment.objects.order_by("pk").values_list("state", "end_reason"))


def test_who_was_stopped_is_listed_with_the_error(operator, stopped):
    page = operator.get(url("operations")).content.decode()
    rows = operator.get(url("operations"), {"format": "csv"}).getvalue().decode()

    assert "ValueError: &lt;odd&gt;" in page
    assert "3 people stand still because a step failed." in page
    assert [name in rows for name in ("Ana", "Bo", "Cy", "Autumn")] == [True] * 4


def test_one_goes_on(operator, stopped):
    page = operator.post(url("operations"), {"one": stopped[1].pk}, follow=True)

    assert states() == [("failed", "error"), ("active", ""), ("failed", "error")]
    assert "1 person goes on." in page.content.decode()


def test_all_go_on(operator, stopped):
    operator.post(url("operations"), {"all": "1"})

    assert states() == [("active", "")] * 3


def test_those_on_the_page_are_given_up(operator, stopped):
    ids = [one.pk for one in stopped[:2]]
    page = operator.post(
        url("operations"), {"what": "give_up", "enrollment": ids}, follow=True
    )

    assert states() == [("failed", "given_up")] * 2 + [("failed", "error")]
    assert "2 given up." in page.content.decode()


def test_who_can_not_go_on_is_told(operator, stopped):
    stopped[0].campaign.state = "stopped"
    stopped[0].campaign.save()

    page = operator.post(url("operations"), {"one": stopped[0].pk}, follow=True)

    assert "1 can’t go on" in page.content.decode()
    assert states()[0] == ("failed", "error")


def test_only_who_may_publish_decides(onlooker, stopped):
    reader = make_user(
        "campaigns.view_campaign", "contacts.view_contact", username="reader"
    )
    assert onlooker.get(url("operations")).status_code == 403
    onlooker.force_login(reader)

    assert "Try all again" not in onlooker.get(url("operations")).content.decode()
    assert onlooker.post(url("operations"), {"all": "1"}).status_code == 403
    assert states() == [("failed", "error")] * 3


def test_the_health_looks_again_by_itself(operator):
    whole = operator.get(url("operations")).content.decode()
    part = operator.get(url("operations_results")).content.decode()

    assert f'hx-get="{url("operations_results")}"' in whole
    assert "Move enrollments" in part
    assert "<html" not in part


def test_the_books_are_counted_in_their_own_part(operator, stopped):
    campaign = stopped[0].campaign
    page = operator.get(url("balance"), {"campaign": campaign.pk}).content.decode()
    part = operator.get(url("balance_results"), {"campaign": campaign.pk})

    assert f"{url('balance_results')}?campaign={campaign.pk}" in page
    assert "The books balance." in part.content.decode()
    assert operator.get(url("balance"), {"campaign": 0}).status_code == 200
    assert operator.get(url("balance"), {"campaign": 10**9}).status_code == 404


def test_books_that_are_off_are_red_and_lead_to_the_person(operator, stopped):
    Enrollment.objects.filter(pk=stopped[0].pk).update(ended_at=None)

    part = operator.get(url("balance_results")).content.decode()

    assert "The books do not balance." in part
    assert "has ended, and nobody knows when" in part
    where = (stopped[0].campaign_id, stopped[0].contact_id)
    assert url("explain", *where) in part
