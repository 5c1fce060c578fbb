import pytest
from django.urls import reverse

from campaigns.admin.starters import STARTERS, make_document
from campaigns.forms import STARTERS as CHOICES
from campaigns.models import Campaign
from campaigns.readiness import review
from tests.factories.audiences import make_audience
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db
URL = "/campaigns/campaign/add/"


@pytest.fixture
def maker(client):
    client.force_login(make_user("campaigns.add_campaign", "campaigns.view_campaign"))
    return client


def test_without_a_program_the_page_says_what_to_do_first(maker):
    page = maker.get(URL).content.decode()

    assert "First, a program" in page
    assert reverse("admin:referrals_program_add") in page
    assert "<form method" not in page.split('class="gl-page"')[1]


def test_without_an_audience_the_page_says_so(maker):
    make_program()
    assert "There is no audience yet." in maker.get(URL).content.decode()

    make_audience()
    assert "There is no audience yet." not in maker.get(URL).content.decode()


def test_a_campaign_begins_with_a_starter(maker):
    program = make_program()
    response = maker.post(
        URL, {"name": "Spring", "program": program.pk, "starter": "business"}
    )

    campaign = Campaign.objects.get()
    assert response["Location"] == reverse(
        "admin:campaigns_trigger", args=[campaign.pk]
    )
    assert (campaign.name, campaign.state, campaign.created_by.is_staff) == (
        "Spring",
        "draft",
        True,
    )
    assert [step["kind"] for step in campaign.draft["steps"]] == ["delay", "email"]


@pytest.mark.parametrize(
    "changes", [{"name": ""}, {"program": "0"}, {"starter": "bomb"}, {"starter": ""}]
)
def test_an_incomplete_form_makes_nothing(maker, changes):
    values = {"name": "Spring", "program": make_program().pk, "starter": "blank"}
    page = maker.post(URL, values | changes).content.decode()

    assert "gl-field__error" in page
    assert not Campaign.objects.exists()


def test_who_may_only_look_is_refused(onlooker):
    assert onlooker.get(URL).status_code == 403
    assert onlooker.post(URL, {"name": "x"}).status_code == 403


def test_the_page_offers_exactly_the_starters_that_exist():
    assert [value for value, _, _ in CHOICES] == list(STARTERS)


@pytest.mark.parametrize("starter", list(STARTERS))
def test_a_starter_lacks_nothing_but_its_audience(starter):
    errors = [finding for finding in review(make_document(starter)) if finding.blocks]

    expected = {"trigger", "flow"} if starter == "blank" else {"trigger"}
    assert {finding.part for finding in errors} == expected
