"""What the files of these tests name, and who brings them in."""

import pytest

from audiences.definitions import create_audience
from audiences.traits import create_trait
from contacts.lists import create_list, everyone
from tests.factories.campaigns import NOW, make_campaign
from tests.factories.connections import make_connection
from tests.factories.contacts import make_user

ORDERS = {
    "kind": "count",
    "event": "Order Completed",
    "window": {"kind": "ever"},
    "filters": [],
    "level": "contact",
}


@pytest.fixture
def known():
    """An audience that names another one and a list; a trait put together of two; and so on."""
    spring = create_list(name="Spring", now=NOW, description="Who came in spring")
    orders = create_trait(name="Orders", definition=ORDERS, now=NOW)
    spent = create_trait(
        name="Spent",
        definition=ORDERS | {"kind": "sum", "property": "total"},
        now=NOW,
    )
    each = create_trait(
        name="Spent per order",
        definition={
            "kind": "formula",
            "left": spent.pk,
            "operator": "divide",
            "right": orders.pk,
        },
        now=NOW,
    )
    on_list = {"kind": "list", "list": spring.pk, "operator": "on"}
    guests = create_audience(name="Guests", rule=on_list, now=NOW, counts_from=NOW)
    regulars = create_audience(
        name="Regulars <b>",
        rule={
            "kind": "all",
            "conditions": [
                {"kind": "audience", "audience": guests.pk, "operator": "in"},
                {
                    "kind": "trait",
                    "trait": each.pk,
                    "operator": "at_least",
                    "value": 20,
                },
            ],
        },
        now=NOW,
        description="They come back",
    )
    return {
        "list": [spring.pk, everyone().pk],
        "trait": [orders.pk, each.pk],
        "audience": [guests.pk, regulars.pk],
        "campaign": [make_campaign(name="Autumn").pk],
        "user": [make_user(username="maria").pk],
        "connection": [make_connection(name="CRM").pk],
    }


@pytest.fixture
def importer():
    """A user who may make campaigns and what they need."""
    return make_user(
        "campaigns.view_campaign",
        "campaigns.add_campaign",
        "campaigns.change_campaign",
        "audiences.view_audience",
        "audiences.add_audience",
        "audiences.add_trait",
        "contacts.add_contactlist",
        username="importer",
    )
