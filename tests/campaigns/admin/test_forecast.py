import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.flows.edits import new_step
from tests.factories.campaigns import make_campaign, make_enrollment
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
URL = "/campaigns/forecast/"
PEOPLE = "/campaigns/forecast/people/"


def make_running(name="Autumn", count=1):
    ask = new_step("email", key="ask", name="Ask")
    campaign = make_campaign(name=name, steps=[ask], state="running")
    people = [
        make_enrollment(campaign, step_key="ask", due_at=timezone.now()).contact
        for _ in range(count)
    ]
    return campaign, people


def test_known_numbers_open_their_people(editor):
    campaign, [person] = make_running()
    make_running("Winter")

    page = editor.get(URL).content.decode()
    one = editor.get(URL, {"campaign": campaign.pk}).content.decode()
    today = timezone.localdate()

    assert f'href="{PEOPLE}?who=known&amp;day={today}">2</a>' in page
    assert f"{PEOPLE}?who=askable&amp;day={today}&amp;campaign={campaign.pk}" in one
    listed = editor.get(
        PEOPLE, {"who": "known", "day": str(today), "campaign": campaign.pk}
    ).content.decode()
    assert person.email in listed
    assert "In “Autumn”." in listed
    assert listed.count("@example.com") == listed.count(person.email)


def test_odd_addresses(editor):
    make_running()

    assert editor.get(PEOPLE, {"who": "everybody"}).status_code == 404
    assert editor.get(PEOPLE, {"day": "2026-02-31"}).status_code == 200
    empty = editor.get(PEOPLE, {"day": "2020-01-01"}).content.decode()
    assert "Nobody here" in empty


def test_without_a_running_campaign_there_is_nothing_to_see(onlooker):
    assert "No campaign runs" in onlooker.get(URL).content.decode()


def test_who_may_not_see_people_sees_numbers(onlooker):
    make_running()

    assert "who=known" not in onlooker.get(URL).content.decode()
    assert onlooker.get(PEOPLE).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_many(onlooker, count, django_assert_max_num_queries):
    for number in range(count):
        make_running(f"Campaign {number}", count=count)

    with django_assert_max_num_queries(16):
        onlooker.get(URL)


def test_strangers_are_refused(client):
    client.force_login(make_user(username="stranger"))

    assert client.get(URL).status_code == 403
    assert reverse("admin:campaigns_forecast") == URL
