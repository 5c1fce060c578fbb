import re

import pytest

from tests.factories.audiences import make_audience
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_contact, make_list, make_user

pytestmark = pytest.mark.django_db


def found(client, words):
    """Titles, descriptions and addresses of what is found, in their order."""
    page = client.get("/search/", {"s": words, "extended": "1"}).content.decode()
    results = re.findall(
        r'href="([^"]+)"\s+data-title="([^"]+)"\s+data-description="([^"]+)"', page
    )
    return [(title, description, link) for link, title, description in results]


def test_pages_are_found_by_the_beginning_of_their_words(admin_client):
    assert found(admin_client, "new cam") == [
        ("New campaign", "Begin", "/campaigns/campaign/add/")
    ]
    assert found(admin_client, "SUPPR") == [
        ("Suppressions", "Contacts", "/contacts/suppression/"),
        ("Suppress addresses", "Begin", "/contacts/suppression/add/"),
    ]


def test_records_are_found_by_name(admin_client):
    ann = make_contact(email="spring@example.com", first_name="Ann", last_name="Lee")
    campaign = make_campaign(name="Early spring")
    chosen = make_list(name="Spring fair")
    audience = make_audience(name="Spring buyers")

    assert found(admin_client, "spring") == [
        ("Early spring", "Campaign", f"/campaigns/campaign/{campaign.pk}/change/"),
        ("Spring buyers", "Audience", f"/audiences/audience/{audience.pk}/change/"),
        ("Spring fair", "List", f"/contacts/contactlist/{chosen.pk}/change/"),
        ("Ann Lee", "spring@example.com", f"/contacts/contact/{ann.pk}/change/"),
    ]


def test_what_was_made_since_the_last_search_is_found(admin_client):
    assert found(admin_client, "autumn") == []

    make_list(name="Autumn")

    assert [title for title, *_ in found(admin_client, "autumn")] == ["Autumn"]


def test_only_what_the_user_may_open_is_found(client):
    make_contact(email="spring@example.com")
    make_campaign(name="Spring")
    chosen = make_list(name="Spring fair")
    client.force_login(make_user("contacts.view_contactlist"))

    assert found(client, "spring") == [
        ("Spring fair", "List", f"/contacts/contactlist/{chosen.pk}/change/")
    ]
    assert found(client, "suppressions") == []


@pytest.mark.parametrize("words", ["", "  ", "\0"])
def test_nothing_is_asked_for(admin_client, words):
    response = admin_client.get("/search/", {"s": words})

    assert (response.status_code, response.content) == (200, b"")


def test_one_letter_finds_no_people(admin_client):
    make_contact(email="q@example.com", first_name="Q")

    assert found(admin_client, "q") == []


def test_a_search_costs_the_same_for_one_and_for_three(
    admin_client, django_assert_max_num_queries
):
    for number in range(3):
        make_contact(email=f"spring{number}@example.com")
        make_list(name=f"Spring {number}")

    with django_assert_max_num_queries(9):
        assert len(found(admin_client, "spring")) == 6


def test_strangers_sign_in(client):
    assert client.get("/search/?s=a").status_code == 302
