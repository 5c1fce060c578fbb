import pytest
from django.urls import reverse

from audiences.models import Audience
from campaigns.flows.definition import empty_document
from campaigns.models import Campaign
from campaigns.starters.gallery import STARTERS
from contacts.events import Fact, record
from tests.factories.audiences import make_audience
from tests.factories.campaigns import NOW, make_contact
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db
URL = "/campaigns/campaign/add/"


@pytest.fixture
def maker(client):
    client.force_login(make_user("campaigns.add_campaign", "campaigns.view_campaign"))
    return client


def answered(score=9):
    """Let the data know an event under a name of its own."""
    contact = make_contact(attributes={"persona": "owner"})
    record(Fact(contact.pk, "npsAnswered", NOW, "1", {"rating": score}), now=NOW)


def test_without_a_program_the_page_says_what_to_do_first(maker):
    for url in (URL, f"{URL}promoters/"):
        page = maker.get(url).content.decode()

        assert "First, a program" in page
        assert reverse("admin:referrals_program_add") in page
        assert "<form method" not in page.split('class="gl-page"')[1]


def test_without_an_audience_the_page_says_so(maker):
    make_program()
    assert "There is no audience yet." in maker.get(URL).content.decode()

    make_audience()
    assert "There is no audience yet." not in maker.get(URL).content.decode()


def test_a_campaign_begins_empty(maker):
    program = make_program()
    response = maker.post(URL, {"name": "Spring", "program": program.pk})

    campaign = Campaign.objects.get()
    assert response["Location"] == reverse(
        "admin:campaigns_trigger", args=[campaign.pk]
    )
    assert (campaign.name, campaign.state, campaign.draft) == (
        "Spring",
        "draft",
        empty_document(),
    )
    assert campaign.created_by.is_staff


@pytest.mark.parametrize("changes", [{"name": ""}, {"program": "0"}])
def test_an_incomplete_form_makes_nothing(maker, changes):
    values = {"name": "Spring", "program": make_program().pk}
    page = maker.post(URL, values | changes).content.decode()

    assert "gl-field__error" in page
    assert not Campaign.objects.exists()


def test_who_may_only_look_is_refused(onlooker):
    for url in (URL, f"{URL}promoters/", f"{URL}promoters/look/"):
        assert onlooker.get(url).status_code == 403
        assert onlooker.post(url, {"name": "x"}).status_code == 403


def test_every_template_is_offered(maker):
    make_program()
    page = maker.get(URL).content.decode()

    for key in STARTERS:
        assert f'href="{URL}{key}/"' in page
    assert maker.get(f"{URL}bomb/").status_code == 404


def test_what_the_data_knows_is_filled_in_already(maker):
    make_program()
    answered()

    response = maker.get(f"{URL}promoters/")

    assert "Something happens: NpsAnswered" in response.content.decode()
    form = response.context["form"]
    assert (form["fill_answered"].value(), form["fill_score"].value()) == (
        "npsAnswered",
        "rating",
    )
    role = maker.get(f"{URL}onboarding/").context["form"]["fill_role"]
    assert role.value() == "persona"


def test_the_page_says_what_the_data_does_not_know_yet(maker):
    make_program()
    answered()

    page = maker.get(f"{URL}onboarding/").content.decode()
    assert "We have not seen “Trial Started” yet. Choose another event" in page
    assert '<option value="npsAnswered">' in page

    part = maker.post(
        f"{URL}promoters/look/",
        {"fill_answered": "npsAnswered", "fill_score": "stars"},
    ).content.decode()
    assert "Seen in your data." in part
    assert "No “npsAnswered” that we have seen has “stars”." in part
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("key", "changes", "sentence"),
    [
        ("promoters", {"fill_least": "many"}, "Write a whole number, such as 9."),
        ("promoters", {"fill_answered": ""}, "This field is required."),
        (
            "first_value",
            {"fill_page": "javascript:alert(1)"},
            "Write an address that begins with https://.",
        ),
        ("give_and_get", {"fill_own_reward": "{{ x"}, "This can&#x27;t be read: "),
        ("win_back", {}, "Choose the audience that lets people in."),
    ],
)
def test_what_is_filled_in_wrongly_makes_nothing(maker, key, changes, sentence):
    starter, program = STARTERS[key], make_program()
    values = {f"fill_{name}": value for name, value in starter.defaults().items()}
    values |= {"name": "Spring", "program": program.pk}

    page = maker.post(f"{URL}{key}/", values | changes).content.decode()

    assert sentence in page
    assert not Campaign.objects.exists()
    assert not Audience.objects.exists()
