"""The page of one reward: looking changes nothing, and what is said there is kept."""

import pytest
from django.test import Client

from contacts.models import Contact
from referrals.links import share_url
from referrals.models import Advocate, Delivery, Reward, RewardAddress
from referrals.rewards.batches import make_batch
from referrals.rewards.claiming import reward_url
from tests.factories.referrals import NOW
from tests.factories.rewards import earned, work_off

pytestmark = pytest.mark.django_db

HOME = {
    "name": "Ada Łuczak",
    "street": "1 Main Street",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}


def make_reward(**changes):
    """A reward of an advocate that is approved."""
    earned(hold_days=0, **changes)
    work_off(NOW)
    return Reward.objects.select_related("rule", "contact").get()


def path_of(reward, action=""):
    return reward_url(reward).removeprefix("http://testserver") + action


def text_of(response):
    return response.content.decode()


def own_page(client, reward):
    own = Advocate.objects.get(contact=reward.contact)
    return text_of(client.get(share_url(own.contact_id, own.pk)))


def test_own_page_leads_to_the_form_and_says_what_is_missing(client):
    reward = make_reward(delivery=Delivery.GIFT, label="A bag of beans")

    page = own_page(client, reward)

    assert "We only need to know where to send it." in page
    assert f'href="{reward_url(reward)}"' in page


def test_looking_changes_nothing(client):
    reward = make_reward(delivery=Delivery.GIFT, charities=["Coffee Kids"])

    for _ in range(3):
        for call in (client.get, client.head):
            assert call(path_of(reward)).status_code == 200
    for action in ("/address", "/charity"):
        assert client.get(path_of(reward, action)).status_code == 405
        assert client.get(f"/reward/x{action}").status_code == 405

    assert not RewardAddress.objects.exists()
    assert client.get("/reward/x").status_code == 404
    assert client.post("/reward/x/address", HOME).status_code == 404
    assert client.post("/reward/x/charity").status_code == 404


def test_address_is_kept_and_named_only_in_part(client):
    reward = make_reward(delivery=Delivery.GIFT)

    response = client.post(path_of(reward, "/address"), HOME, follow=True)

    page = text_of(response)
    assert "It will be sent to Ada Łuczak, Berlin, Germany." in page
    assert "1 Main Street" not in page
    assert "10115" not in page
    assert "Approved. We will send it soon." in own_page(client, reward)


def test_half_an_address_is_none(client):
    reward = make_reward(delivery=Delivery.GIFT)

    response = client.post(path_of(reward, "/address"), HOME | {"city": " "})

    page = text_of(response)
    assert response.status_code == 422
    assert "Please fill in the marked fields." in page
    assert 'value="1 Main Street"' in page
    assert page.count('aria-invalid="true"') == 1
    assert not RewardAddress.objects.exists()


def test_charity_is_chosen_and_taken_back_until_it_is_paid(client):
    reward = make_reward(charities=["Coffee Kids"])
    path = path_of(reward, "/charity")

    assert "Give it to charity" in own_page(client, reward)
    client.post(path, {"charity": "Coffee Kids"})
    reward.refresh_from_db()
    assert reward.charity == "Coffee Kids"
    assert "for Coffee Kids" in own_page(client, reward)

    client.post(path, {"charity": ""})
    reward.refresh_from_db()
    assert reward.charity == ""

    for wrong in ("Another", "Coffee Kids"):
        if wrong == "Coffee Kids":
            make_batch(currency="USD", user=None, now=NOW)
        page = text_of(client.post(path, {"charity": wrong}, follow=True))
        assert "It is too late to change that." in page
        reward.refresh_from_db()
        assert reward.charity == ""


@pytest.mark.parametrize(
    ("locale", "heading", "direction"),
    [("de", "Deutschland", "ltr"), ("ja", "ドイツ", "ltr"), ("ar", "ألمانيا", "rtl")],
)
def test_page_speaks_the_language_of_the_person(client, locale, heading, direction):
    reward = make_reward(delivery=Delivery.GIFT)
    Contact.objects.filter(pk=reward.contact_id).update(
        locale=locale, attributes={"country": "DE"}
    )

    page = text_of(client.get(path_of(reward)))

    assert f'<option value="DE" selected>{heading}</option>' in page
    assert f'<html lang="{locale}" dir="{direction}">' in page
    assert len(page) < 40_000


def test_forms_are_not_forged():
    reward = make_reward(delivery=Delivery.GIFT)
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(path_of(reward, "/address"), HOME).status_code == 403
    assert not RewardAddress.objects.exists()
