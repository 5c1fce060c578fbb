"""The campaigns on a contact's page."""

import pytest
from django.urls import reverse

from campaigns.admin.contact_panel import campaign_rows
from tests.factories.campaigns import (
    make_campaign,
    make_contact,
    make_enrollment,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


def test_where_a_contact_stands_in_each_campaign(django_assert_num_queries):
    contact = make_contact()
    make_campaign(name="Draft")
    entered = make_campaign(name="Entered", state="running")
    never = make_campaign(name="Never", state="running")
    make_enrollment(entered, contact=contact, state="completed")
    make_enrollment(entered, contact=contact, entry_key="episode:2")

    with django_assert_num_queries(2):
        rows = campaign_rows(contact)

    def why(campaign):
        return reverse("admin:campaigns_explain", args=[campaign.pk, contact.pk])

    assert [(row.label, row.value, row.link) for row in rows] == [
        (
            "All campaigns",
            "Why (not) asked?",
            reverse("admin:campaigns_why_person", args=[contact.pk]),
        ),
        ("Never", "Never entered", why(never)),
        ("Entered", "Active", why(entered)),
    ]


@pytest.mark.parametrize(
    ("permissions", "is_shown"),
    [
        (["contacts.view_contact", "campaigns.view_campaign"], True),
        (["contacts.view_contact"], False),
    ],
)
def test_the_section_is_for_who_may_see_campaigns(client, permissions, is_shown):
    campaign = make_campaign(name="Thank you in spring", state="running")
    contact = make_contact()
    client.force_login(make_user(*permissions))

    page = client.get(reverse("admin:contacts_contact_change", args=[contact.pk]))

    assert page.status_code == 200
    assert (campaign.name in page.content.decode()) is is_shown
