"""The pages that draw what a trait or a list is connected with."""

import pytest
from django.urls import reverse

from tests.factories.audiences import make_audience, make_trait
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_list, make_user

pytestmark = pytest.mark.django_db


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def address(name, row):
    return reverse(f"admin:audiences_{name}_graph", args=[row.pk])


def test_a_list_leads_to_what_needs_it(admin_client, client):
    listed = make_list(name="VIP")
    on = {"kind": "list", "list": listed.pk, "operator": "on"}
    audience = make_audience(name="Regulars", rule=on)
    campaign = make_campaign(name="Autumn", trigger={"audience": audience.pk})
    about = reverse("admin:contacts_contactlist_change", args=[listed.pk])
    client.force_login(make_user("contacts.view_contactlist", "contacts.view_contact"))

    page = text_of(admin_client.get(address("list", listed)))
    allowed, refused = admin_client.get(about), client.get(about)

    assert "Connections of “VIP”" in page
    assert f'href="/campaigns/campaign/{campaign.pk}/overview/"' in page
    assert "Campaign: draft" in page
    assert f'href="{address("list", listed)}"' in text_of(allowed)
    assert address("list", listed) not in refused.content.decode()
    assert "VIP" in refused.content.decode()
    assert client.get(address("list", listed)).status_code == 403


def test_a_trait_leads_to_what_needs_it(admin_client, client):
    trait = make_trait({"kind": "count", "event": "order_completed"}, name="Orders")
    rule = {"kind": "trait", "trait": trait.pk, "operator": "at_least", "value": 2}
    make_audience(name="Regulars", rule=rule)
    about = reverse("admin:audiences_trait_change", args=[trait.pk])
    client.force_login(make_user("audiences.view_audience"))

    page = text_of(admin_client.get(address("trait", trait)))

    assert "Connections of “Orders”" in page
    assert "Regulars" in page
    assert "Order completed" in page
    assert f'href="{address("trait", trait)}"' in text_of(admin_client.get(about))
    assert client.get(address("trait", trait)).status_code == 403
