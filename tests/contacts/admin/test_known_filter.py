import pytest
from django.urls import reverse

from contacts.identities.resolve import Sighting, resolve
from contacts.models import Contact
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (None, {"known", "typed"}),
        ("known", {"known", "typed"}),
        ("anonymous", {"visitor"}),
        ("all", {"known", "typed", "visitor"}),
    ],
)
def test_visitors_without_a_name_are_listed_on_demand(admin_client, who, expected):
    [visitor] = resolve(
        [Sighting((("anonymous_id", "a1"),), "together", NOW, "1:1")], now=NOW
    )
    people = {
        make_contact(user_id="u1").pk: "known",
        # Somebody whose address was taken away is known all the same.
        Contact.objects.create(first_name="Ada").pk: "typed",
        visitor.contact_id: "visitor",
    }

    page = admin_client.get(
        reverse("admin:contacts_contact_changelist"), {"who": who} if who else {}
    )

    listed = {people[contact.pk] for contact in page.context["cl"].result_list}
    assert listed == expected
