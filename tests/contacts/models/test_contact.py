import pytest

from contacts.models import Contact, ContactList
from tests.factories.contacts import make_contact, make_list


@pytest.mark.parametrize(
    ("fields", "name", "text"),
    [
        (
            {"first_name": "Ada", "last_name": "Lovelace", "email": "a@example.com"},
            "Ada Lovelace",
            "Ada Lovelace <a@example.com>",
        ),
        ({"email": "a@example.com"}, "a@example.com", "a@example.com <a@example.com>"),
        ({"first_name": "花子", "last_name": "山田"}, "山田花子", "山田花子"),
        ({"pk": 7}, "Contact 7", "Contact 7"),
    ],
)
def test_contact_has_a_name_in_any_case(fields, name, text):
    contact = Contact(**fields)

    assert (contact.name, str(contact)) == (name, text)


@pytest.mark.django_db
def test_sizes_of_lists_come_in_one_query(django_assert_num_queries):
    ada, ben = make_contact(), make_contact()
    make_list(name="Both", contacts=[ada, ben])
    make_list(name="Nobody")

    with django_assert_num_queries(1):
        rows = list(ContactList.objects.with_size().order_by("name"))

    assert [(row.name, row.size) for row in rows] == [
        ("All customers", 2),
        ("Both", 2),
        ("Nobody", 0),
    ]
