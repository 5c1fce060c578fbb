import pytest
from django.urls import reverse

from campaigns.models import Campaign
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
LIST = "/campaigns/campaign/"


@pytest.fixture
def maker(client):
    client.force_login(
        make_user(
            "campaigns.view_campaign",
            "campaigns.change_campaign",
            "campaigns.add_campaign",
        )
    )
    return client


def address(campaign):
    return f"/campaigns/campaign/{campaign.pk}/duplicate/"


def test_a_copy_is_made_and_opened(maker):
    campaign = make_campaign(name="Autumn <b>")

    response = maker.post(address(campaign))

    copy = Campaign.objects.latest("pk")
    assert response["Location"] == reverse("admin:campaigns_trigger", args=[copy.pk])
    page = maker.get(response["Location"]).content.decode()
    assert "This is “Copy of Autumn &lt;b&gt;”, a draft of its own." in page


def test_a_look_makes_nothing(maker):
    campaign = make_campaign()

    assert maker.get(address(campaign)).status_code == 405
    assert Campaign.objects.count() == 1


def test_the_list_and_each_page_of_a_campaign_offer_it(maker):
    draft = make_campaign()
    running = make_campaign(state="running")

    for page in (
        LIST,
        f"{LIST}{draft.pk}/trigger/",
        f"{LIST}{running.pk}/overview/",
    ):
        content = maker.get(page).content.decode()
        assert "/duplicate/" in content


def test_who_may_not_make_campaigns_is_refused(onlooker):
    campaign = make_campaign()

    assert onlooker.post(address(campaign)).status_code == 403
    assert Campaign.objects.count() == 1
    for page in (LIST, f"{LIST}{campaign.pk}/trigger/"):
        assert "/duplicate/" not in onlooker.get(page).content.decode()


def test_a_campaign_that_is_gone_is_not_found(maker):
    assert maker.post(f"{LIST}999/duplicate/").status_code == 404
