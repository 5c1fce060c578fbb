"""The wizard by HTTP: from an upload to the result, and who may see it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import Consent, ConsentChange, Contact, ContactList, ImportRun
from tests.factories.contacts import NOW, make_contact, make_list, make_user
from tests.factories.imports import check_import, import_file, make_import, work_off

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return response.content.decode()


def link(name: str, *arguments: int) -> str:
    return reverse(f"admin:contacts_import_{name}", args=arguments)


def upload(client: Client, run: ImportRun, content: bytes, name: str = "people.csv"):
    return client.post(
        link("collect", run.pk),
        {"action": "file", "file": SimpleUploadedFile(name, content)},
    )


def test_wizard_takes_a_file_from_upload_to_result(admin_client: Client) -> None:
    started = admin_client.post(link("start"), {"name": "Spring customers"})
    run = ImportRun.objects.get()
    assert started.url == link("collect", run.pk)

    uploaded = upload(
        admin_client, run, b"Email,First Name,Plan\nann@example.com,Ann,pro\n"
    )
    batch = run.batches.get()
    assert uploaded.url == link("columns", run.pk, batch.pk)

    mapped = admin_client.post(
        uploaded.url,
        {
            "0-field": "email",
            "1-field": "first_name",
            "2-field": "attribute",
            "2-name": "plan",
            "2-type": "text",
            "then": "check",
        },
    )
    assert mapped.url == link("review", run.pk)
    work_off()

    review = text_of(admin_client.get(mapped.url))
    assert "ann@example.com" in review
    assert link("confirm", run.pk) in review

    confirmed = admin_client.post(
        link("confirm", run.pk),
        {"is_given": "on", "statement": "They ticked the box at checkout."},
    )
    assert confirmed.url == link("result", run.pk)
    work_off()

    assert "The import is done" in text_of(admin_client.get(confirmed.url))
    contact = Contact.objects.get()
    assert (contact.email, contact.first_name, contact.attributes) == (
        "ann@example.com",
        "Ann",
        {"plan": "pro"},
    )
    assert ConsentChange.objects.get().changed_by.username == "admin"
    assert ContactList.objects.get(name="Spring customers").pk == run.contact_list_id


def test_wizard_takes_typed_emails_without_mapping(admin_client: Client) -> None:
    run = make_import()

    admin_client.post(
        link("collect", run.pk),
        {"action": "type", "emails": "Ann Lee <ann@example.com>, bob@example.com"},
    )
    admin_client.post(link("review", run.pk), {"action": "check"})
    work_off()
    admin_client.post(link("confirm", run.pk), {})
    work_off()

    assert list(
        Contact.objects.order_by("email").values_list("email", "first_name")
    ) == [("ann@example.com", "Ann"), ("bob@example.com", "")]
    assert not Consent.objects.exists()


def test_wizard_takes_rows_pasted_from_a_spreadsheet(admin_client: Client) -> None:
    run = make_import()

    response = admin_client.post(
        link("collect", run.pk),
        {"action": "paste", "text": "Email\tVorname\r\nann@example.com\tJürgen\r\n"},
    )

    batch = run.batches.get()
    assert response.url == link("columns", run.pk, batch.pk)
    assert (batch.delimiter, batch.has_header) == ("\t", True)
    assert [column["field"] for column in batch.columns] == ["email", "first_name"]


def test_columns_are_read_again_at_once_when_the_reading_changes(
    admin_client: Client,
) -> None:
    run = make_import()
    upload(admin_client, run, "Email;Ort\nann@example.com;Łódź\n".encode("cp1250"))
    batch = run.batches.get()

    response = admin_client.post(
        link("reading", run.pk, batch.pk),
        {"encoding": "cp1250", "delimiter": ";", "has_header": "1"},
        headers={"HX-Request": "true"},
    )

    page = text_of(response)
    assert "Łódź" in page
    assert "<html" not in page
    batch.refresh_from_db()
    assert (batch.encoding, batch.is_encoding_certain) == ("cp1250", True)


def test_columns_that_do_not_fit_are_explained(admin_client: Client) -> None:
    run = make_import()
    upload(admin_client, run, b"Email,E-Mail\nann@example.com,bob@example.com\n")
    batch = run.batches.get()
    page = link("columns", run.pk, batch.pk)

    asked = text_of(admin_client.get(page))
    both = text_of(admin_client.post(page, {"0-field": "email", "1-field": "email"}))
    none = text_of(admin_client.post(page, {"0-field": "ignore", "1-field": "ignore"}))

    assert "More than one column could be this." in asked
    assert "“Email” and “E-Mail” both become “Email”." in both
    assert "Choose the column that holds the email." in none
    batch.refresh_from_db()
    assert batch.mapped_at is None


def test_review_shows_old_and_new_values_and_removes_rows(admin_client: Client) -> None:
    make_contact(email="ann@example.com", first_name="Ann")
    run = check_import(
        make_import(
            "email,last name\nann@example.com,Lee\nbob@example.com,Ray\nbroken,X\n"
        )
    )

    updates = text_of(admin_client.get(link("review", run.pk), {"kind": "update"}))
    invalid = text_of(admin_client.get(link("rows", run.pk), {"kind": "invalid"}))
    found = text_of(admin_client.get(link("rows", run.pk), {"q": "BOB"}))
    admin_client.post(link("review", run.pk), {"action": "remove", "row": ["2"]})

    run.refresh_from_db()
    assert "<ins>Lee</ins>" in updates
    assert "bob@example.com" not in updates
    assert "This is not an email address." in invalid
    assert "<html" not in invalid
    assert "bob@example.com" in found
    assert "ann@example.com" not in found
    assert run.counts == {
        "new": 0,
        "update": 1,
        "unchanged": 0,
        "duplicate": 0,
        "invalid": 1,
        "suppressed": 0,
        "removed": 1,
    }


def test_confirm_asks_for_words_with_the_tick(admin_client: Client) -> None:
    run = check_import(make_import("email\nann@example.com\n"))

    wordless = text_of(admin_client.post(link("confirm", run.pk), {"is_given": "on"}))
    tickless = text_of(
        admin_client.post(link("confirm", run.pk), {"statement": "They said yes."})
    )

    run.refresh_from_db()
    assert "Say how and when they agreed, in a sentence." in wordless
    assert "Tick the box if this is so" in tickless
    assert run.stage == ImportRun.Stage.CHECKED


def test_confirm_warns_of_a_file_that_was_imported_before(admin_client: Client) -> None:
    import_file("email\nann@example.com\n")
    again = check_import(make_import("email\nann@example.com\n"))

    page = text_of(admin_client.get(link("confirm", again.pk)))
    collected = text_of(admin_client.get(link("collect", again.pk)))

    assert "The very same file was imported" in page
    assert "You imported this very file" in collected


def test_pages_lead_to_where_the_import_is(admin_client: Client) -> None:
    fresh = make_import()
    done = import_file("email\nann@example.com\n")

    assert admin_client.get(link("review", fresh.pk)).url == link("collect", fresh.pk)
    assert admin_client.get(link("confirm", fresh.pk)).url == link("collect", fresh.pk)
    assert admin_client.get(link("collect", done.pk)).url == link("result", done.pk)
    history = reverse("admin:contacts_importrun_change", args=[done.pk])
    assert admin_client.get(history).url == link("result", done.pk)


@pytest.mark.parametrize(
    ("permissions", "starts", "sees"),
    [
        (("contacts.add_importrun", "contacts.view_contact"), 200, 403),
        (("contacts.view_importrun", "contacts.view_contact"), 403, 200),
        (("contacts.add_importrun", "contacts.view_importrun"), 403, 403),
        (("contacts.view_contact",), 403, 403),
    ],
)
def test_pages_are_for_those_who_may(
    client: Client, permissions: tuple[str, ...], starts: int, sees: int
) -> None:
    run = import_file("email\nann@example.com\n")
    client.force_login(make_user(*permissions))

    assert client.get(link("start")).status_code == starts
    assert client.get(link("result", run.pk)).status_code == sees


@pytest.mark.parametrize("size", [1, 3])
def test_rows_cost_the_same_queries_for_one_and_for_three(
    admin_client: Client, size: int, django_assert_num_queries
) -> None:
    rows = "".join(f"p{n}@example.com\n" for n in range(size))
    run = check_import(make_import(f"email\n{rows}"))

    with django_assert_num_queries(7):
        page = text_of(admin_client.get(link("rows", run.pk)))

    assert page.count("@example.com") == size


def test_history_lists_imports(admin_client: Client) -> None:
    empty = text_of(admin_client.get(reverse("admin:contacts_importrun_changelist")))
    run = import_file("email\nann@example.com\n", contact_list=make_list(name="Spring"))

    page = text_of(admin_client.get(reverse("admin:contacts_importrun_changelist")))

    assert "No imports yet" in empty
    assert "people.csv" in page
    assert "Spring" in page
    assert "1 new" in page
    assert run.confirmed_at == NOW
