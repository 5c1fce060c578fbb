import threading

import pytest
from django.db import connection, transaction

from contacts.identities import find as identities
from contacts.identities.merge import merge_contacts
from contacts.models import Contact, Identifier, IdentifierLink
from tests.factories.contacts import NOW, make_contact


def named():
    rows = Identifier.objects.order_by("kind", "value")
    return list(rows.values_list("kind", "value", "contact_id"))


@pytest.mark.django_db(transaction=True)
def test_contact_created_at_the_same_time_is_one_contact():
    claimed = threading.Event()
    results = []

    def create():
        results.append(
            identities.create_or_update_contact(
                email="ada@example.com", fields={"first_name": "Ada"}, now=NOW
            )
        )

    def create_later():
        claimed.wait()
        create()
        connection.close()

    other = threading.Thread(target=create_later)
    other.start()
    with transaction.atomic():
        create()
        claimed.set()
        other.join(timeout=0.3)  # waits for this transaction to commit
        assert other.is_alive()
    other.join()

    assert [is_new for _, is_new in results] == [True, False]
    assert results[0][0] == results[1][0] == Contact.objects.get()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["create", "edit"])
def test_name_that_is_added_during_a_merge_names_who_remains(way):
    ada = make_contact(email="ada@example.com", user_id="u1")
    other = make_contact(email="al@example.com")
    errors = []

    def add():
        try:
            if way == "create":
                identities.create_or_update_contact(
                    email="al@example.com", user_id="u2", now=NOW
                )
            else:
                identities.edit_contact(
                    contact=other,
                    email="al@example.com",
                    fields={},
                    attributes={},
                    user_id="u2",
                    now=NOW,
                )
        except Contact.DoesNotExist as error:
            errors.append(error)
        finally:
            connection.close()

    adding = threading.Thread(target=add)
    with transaction.atomic():
        merge_contacts(survivor_id=ada.pk, merged_id=other.pk, link=None, now=NOW)
        adding.start()
        adding.join(timeout=0.5)
        assert adding.is_alive()
    adding.join()

    # Who edits a contact that is gone is told so; nothing of it is left.
    added = [("user_id", "u2", ada.pk)] if way == "create" else []
    assert len(errors) == (way == "edit")
    assert named() == [
        ("email", "ada@example.com", ada.pk),
        ("email", "al@example.com", ada.pk),
        ("user_id", "u1", ada.pk),
        *added,
    ]


@pytest.mark.django_db
def test_contact_is_created_with_both_identifiers():
    contact, is_new = identities.create_or_update_contact(
        email=" Ada@Example.com",
        user_id="u1 ",
        fields={"first_name": " Ada ", "locale": "de"},
        attributes={"plan": "pro"},
        now=NOW,
    )

    contact.refresh_from_db()
    assert is_new
    assert named() == [
        ("email", "ada@example.com", contact.pk),
        ("user_id", "u1", contact.pk),
    ]
    assert (contact.email, contact.first_name, contact.locale, contact.attributes) == (
        "ada@example.com",
        "Ada",
        "de",
        {"plan": "pro"},
    )


@pytest.mark.django_db
def test_contact_is_updated_and_blanks_leave_what_is_there():
    ada = make_contact(
        email="ada@example.com",
        first_name="Ada",
        last_name="Byron",
        attributes={"plan": "pro", "city": "Ulm"},
    )

    contact, is_new = identities.create_or_update_contact(
        email="ada@example.com",
        fields={"first_name": "", "last_name": "Lovelace"},
        attributes={"plan": None, "nps": 9},
        now=NOW,
    )

    assert (contact, is_new) == (ada, False)
    assert (contact.first_name, contact.last_name) == ("Ada", "Lovelace")
    assert contact.attributes == {"city": "Ulm", "nps": 9}


@pytest.mark.django_db
def test_address_joins_a_contact_that_has_none():
    ada = make_contact(email="", user_id="u1")

    contact, is_new = identities.create_or_update_contact(
        email="ada@example.com", user_id="u1", now=NOW
    )

    assert (contact, is_new, contact.email) == (ada, False, "ada@example.com")
    assert contact.identifiers.count() == 2


@pytest.mark.django_db
def test_identifiers_that_disagree_change_nothing():
    make_contact(email="ada@example.com", user_id="u1")
    make_contact(email="ben@example.com", user_id="u2")
    before = named()

    with pytest.raises(identities.IdentifiersDisagree):
        identities.create_or_update_contact(
            email="ada@example.com", user_id="u2", now=NOW
        )

    assert named() == before


@pytest.mark.django_db
def test_contact_needs_an_identifier():
    with pytest.raises(identities.IdentifierMissing):
        identities.create_or_update_contact(email=" ", now=NOW)

    assert not Contact.objects.exists()


@pytest.mark.django_db
def test_edit_replaces_what_is_known_and_the_address():
    ada = make_contact(
        email="adda@example.com",
        user_id="u1",
        first_name="Ada",
        locale="de",
        attributes={"plan": "pro"},
    )

    identities.edit_contact(
        contact=ada,
        email="Ada@example.com",
        fields={"first_name": "Ada", "last_name": "Lovelace"},
        attributes={"city": "Ulm"},
        now=NOW,
    )

    ada.refresh_from_db()
    assert (ada.email, ada.name, ada.locale, ada.attributes) == (
        "ada@example.com",
        "Ada Lovelace",
        "",
        {"city": "Ulm"},
    )
    assert named() == [
        ("email", "ada@example.com", ada.pk),
        ("user_id", "u1", ada.pk),
    ]


@pytest.mark.django_db
def test_edit_refuses_the_address_of_somebody_else():
    ada = make_contact(email="ada@example.com", first_name="Ada")
    ben = make_contact(email="ben@example.com")

    with pytest.raises(identities.AddressTaken) as raised:
        identities.edit_contact(
            contact=ada, email="ben@example.com", fields={}, attributes={}, now=NOW
        )

    assert raised.value.owner_id == ben.pk
    ada.refresh_from_db()
    assert (ada.email, ada.first_name) == ("ada@example.com", "Ada")


@pytest.mark.django_db
def test_edit_may_take_the_address_away():
    ada = make_contact(email="ada@example.com", user_id="u1")

    identities.edit_contact(contact=ada, email="", fields={}, attributes={}, now=NOW)

    assert named() == [("user_id", "u1", ada.pk)]


@pytest.mark.django_db
@pytest.mark.parametrize("many", [5_000, 1])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ADA@ex", ["ada"]),
        ("lov", ["ada"]),
        ("ada lov", ["ada"]),
        ("ada smith", []),
        ("u-2", ["ben"]),
        ("山", ["hana"]),
        ("100%", []),
        ("", ["ada", "ben", "hana"]),
    ],
)
def test_search_finds_by_the_beginning_of_words(text, expected, many, monkeypatch):
    monkeypatch.setattr("contacts.models.contact.MANY", many)
    make_contact(email="ada@example.com", first_name="Ada", last_name="Lovelace")
    make_contact(email="ben@example.com", first_name="Ben", user_id="u-22")
    make_contact(email="hana@example.com", first_name="花", last_name="山田")

    found = Contact.objects.matching(text).order_by("email")

    assert [contact.email.split("@")[0] for contact in found] == expected


@pytest.mark.django_db
def test_what_is_told_together_is_linked():
    ada = make_contact(email="ada@example.com", user_id="u1")

    first, second = ada.identifiers.order_by("pk").values_list("pk", flat=True)
    assert list(
        IdentifierLink.objects.values_list("first_id", "second_id", "basis", "at")
    ) == [(first, second, "email", NOW)]


@pytest.mark.django_db
def test_corrected_address_keeps_its_place_and_its_links():
    ada = make_contact(email="ada@example.com", user_id="u1")
    place = ada.identifiers.get(kind="email").pk

    identities.edit_contact(
        contact=ada, email="lovelace@example.com", fields={}, attributes={}, now=NOW
    )

    assert ada.identifiers.get(kind="email").pk == place
    assert ada.identifiers.get(kind="email").value == "lovelace@example.com"
    assert IdentifierLink.objects.count() == 1


@pytest.mark.django_db
def test_visitor_who_gets_a_name_is_no_visitor_any_more():
    visitor = Contact.objects.create(is_anonymous=True)
    Identifier.objects.create(kind="anonymous_id", value="a1", contact=visitor)

    identities.edit_contact(
        contact=visitor, email="a@example.com", fields={}, attributes={}, now=NOW
    )

    visitor.refresh_from_db()
    assert (visitor.is_anonymous, visitor.email) == (False, "a@example.com")
