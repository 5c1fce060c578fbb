"""The documentation of the endpoint is that of the endpoint there is."""

import pytest
from django.urls import reverse

from contacts.admin.sources.endpoint import FIELDS
from contacts.tracking.plain import KNOWN
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
ADDRESS = "admin:contacts_endpoint"


def test_every_field_is_described():
    assert {field.name for field in FIELDS} == KNOWN


def test_page_shows_an_example_and_every_answer(client, settings):
    settings.SITE_URL = "https://data.example.com"
    client.force_login(make_user("contacts.view_source"))

    page = client.get(reverse(ADDRESS)).content.decode()

    assert "curl https://data.example.com/v1/events" in page
    assert "<td><code>unknown_field</code></td>" in page
    assert '<td class="gl-number">429</td><td><code>rate_limited</code></td>' in page
    assert "no_previous_id" not in page
    assert "<code>referral_lead</code>, <code>referral_lost</code>" in page


def test_page_is_for_those_who_may_see_sources(client):
    client.force_login(make_user())

    assert client.get(reverse(ADDRESS)).status_code == 403
