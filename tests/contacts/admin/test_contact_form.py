import pytest

from contacts import consents
from contacts.forms import attribute_text, attribute_value
from contacts.models import ConsentChange, Contact
from tests.factories.contacts import make_contact, make_list, make_user

pytestmark = pytest.mark.django_db
ADD = "/contacts/contact/add/"


@pytest.fixture
def marketer(client):
    client.force_login(
        make_user(
            "contacts.view_contact", "contacts.add_contact", "contacts.change_contact"
        )
    )
    return client


def typed(attributes=(), **fields):
    rows = {
        f"attributes-{number}-{part}": text
        for number, row in enumerate(attributes)
        for part, text in zip(("name", "value"), row, strict=True)
    }
    return {
        "attributes-TOTAL_FORMS": len(attributes),
        "attributes-INITIAL_FORMS": 0,
        **rows,
        **fields,
    }


def edit_path(contact):
    return f"/contacts/contact/{contact.pk}/edit/"


def test_contact_is_added_with_permission_list_and_attributes(marketer):
    vips = make_list(name="VIPs")

    page = marketer.post(
        ADD,
        typed(
            [("plan", "pro"), ("nps", "9"), ("", "")],
            email="Ada@Example.com",
            user_id="u1",
            first_name="Ada",
            locale="de_at",
            time_zone="Europe/Vienna",
            contact_list=vips.pk,
            permission="on",
            statement="Asked at the fair",
        ),
        follow=True,
    )

    ada = Contact.objects.get()
    assert "Ada is a contact now." in page.content.decode()
    assert (ada.email, ada.locale, ada.time_zone, ada.attributes) == (
        "ada@example.com",
        "de-AT",
        "Europe/Vienna",
        {"plan": "pro", "nps": 9},
    )
    assert page.context["lists"] == [vips]
    change = ConsentChange.objects.get()
    assert (change.source, change.statement, change.state) == (
        "by_hand",
        "Asked at the fair",
        "granted",
    )


def test_contact_who_is_known_is_updated(marketer):
    ada = make_contact(email="ada@example.com", first_name="Ada")

    page = marketer.post(
        ADD, typed(email="ada@example.com", last_name="Lovelace"), follow=True
    )

    assert "Ada Lovelace was known already; updated." in page.content.decode()
    assert Contact.objects.get() == ada


def test_added_permission_does_not_undo_a_no(marketer):
    ada = make_contact(email="ada@example.com")
    consents.withdraw(contact=ada, source="one_click", now=ada.created_at)

    marketer.post(
        ADD, typed(email="ada@example.com", permission="on", statement="She said so")
    )

    assert ConsentChange.objects.get().state == "withdrawn"
    assert consents.suppression_of("ada@example.com") is not None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "Give an email address or a user ID."),
        ({"email": "no address"}, "Enter a valid email address."),
        (
            {"email": "a@b.co", "locale": "klingon!"},
            "Write it like en, de-AT or pt-BR.",
        ),
        ({"email": "a@b.co", "time_zone": "Mars/Base"}, "Select a valid choice."),
        ({"email": "a@b.co", "permission": "on"}, "Say how and when"),
        ({"email": "a@b.co", "first_name": "A\0"}, "Null characters are not allowed."),
    ],
)
def test_form_says_what_is_wrong(marketer, fields, message):
    page = marketer.post(ADD, typed(**fields))

    assert page.status_code == 200
    assert message in page.content.decode()
    assert not Contact.objects.exists()


def test_value_without_a_name_is_said(marketer):
    page = marketer.post(ADD, typed([("", "pro")], email="a@example.com"))

    assert "Name this value, or clear it." in page.content.decode()
    assert 'value="pro"' in page.content.decode()
    assert not Contact.objects.exists()


def test_identifiers_of_two_people_are_refused(marketer):
    make_contact(email="ada@example.com")
    make_contact(email="ben@example.com", user_id="u2")

    page = marketer.post(ADD, typed(email="ada@example.com", user_id="u2"))

    assert "Leave one of them out." in page.content.decode()


def test_forms_are_refused_without_permission(client):
    ada = make_contact(first_name="Ada")
    client.force_login(make_user("contacts.view_contact"))

    assert client.get(ADD).status_code == 403
    assert client.post(ADD, typed(email="ben@example.com")).status_code == 403
    assert client.get(edit_path(ada)).status_code == 403
    assert client.post(edit_path(ada), typed(email="")).status_code == 403
    assert list(Contact.objects.values_list("first_name", flat=True)) == ["Ada"]


def test_form_offers_the_list_it_came_from(marketer):
    vips = make_list(name="VIPs")

    page = marketer.get(ADD, {"list": vips.pk}).content.decode()

    assert f'<option value="{vips.pk}" selected>VIPs</option>' in page


def test_edit_shows_and_replaces_what_is_known(marketer):
    ada = make_contact(
        email="adda@example.com",
        first_name="Ada",
        user_id="u1",
        attributes={"plan": "pro", "nps": 9, "zip": "0049"},
    )

    page = marketer.get(edit_path(ada)).content.decode()
    assert 'value="adda@example.com"' in page
    assert 'value="u1"' in page
    marketer.post(
        edit_path(ada),
        typed(
            [("plan", ""), ("nps", "10"), ("zip", "0049"), ("tags", '["a", "b"]')],
            email="ada@example.com",
            user_id="u2",
            first_name="Ada",
        ),
    )

    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    assert ada.attributes == {"nps": 10, "zip": "0049", "tags": ["a", "b"]}
    assert Contact.objects.get(identifiers__value="u1") == ada
    assert not Contact.objects.filter(identifiers__value="u2").exists()


def test_edit_gives_a_user_id_to_who_has_none(marketer):
    ada = make_contact(email="ada@example.com")

    marketer.post(edit_path(ada), typed(email="ada@example.com", user_id="u1"))

    assert Contact.objects.get(identifiers__value="u1") == ada


def test_edit_leads_to_the_owner_of_an_address(marketer):
    ada = make_contact(email="ada@example.com")
    ben = make_contact(email="ben@example.com", user_id="u2")

    page = marketer.post(edit_path(ada), typed(email="ben@example.com"))
    assert f'<a href="/contacts/contact/{ben.pk}/change/">another contact</a>' in (
        page.content.decode()
    )
    page = marketer.post(edit_path(ada), typed(email="ada@example.com", user_id="u2"))
    assert "This user ID belongs to another contact." in page.content.decode()

    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    assert Contact.objects.get(identifiers__value="u2") == ben


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pro", "pro"),
        (" 9 ", 9),
        ("-1.5", -1.5),
        ("0049", "0049"),
        ("1e5", "1e5"),
        ("12345678901234567890", "12345678901234567890"),
        ("true", True),
        ('["a", 1]', ["a", 1]),
        ("[not a list", "[not a list"),
        ('"9"', "9"),
        ("Köln", "Köln"),
    ],
)
def test_attribute_is_read_back_as_it_is_written(text, value):
    assert attribute_value(text) == value
    assert attribute_value(attribute_text(value)) == value
