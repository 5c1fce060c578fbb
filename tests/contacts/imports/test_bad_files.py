"""Bad files get answers: real bytes through the real upload, up to the counts."""

import gzip
import io
import random
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts import consents
from contacts.imports import runs
from contacts.imports.batches import map_columns
from contacts.imports.mapping import read_columns
from contacts.models import Consent, Contact, ImportRun, Suppression
from contacts.models.import_run import RowState
from tests.factories.contacts import NOW, make_contact
from tests.factories.imports import commit_import, make_import, work_off

pytestmark = pytest.mark.django_db


def upload(client: Client, content: bytes, name: str = "people.csv") -> ImportRun:
    """Upload as a browser does; the answer is kept with the import."""
    run = make_import()
    response = client.post(
        reverse("admin:contacts_import_collect", args=[run.pk]),
        {"action": "file", "file": SimpleUploadedFile(name, content)},
        follow=True,
    )
    run.answer = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 200
    return run


def take(client: Client, content: bytes) -> ImportRun:
    """Upload, map as suggested, check and commit."""
    run = upload(client, content)
    batch = run.batches.get()
    map_columns(batch=batch, columns=read_columns(batch.columns), now=NOW)
    runs.start_check(run=run, policy="fill", now=NOW)
    work_off()
    run.refresh_from_db()
    assert run.stage == ImportRun.Stage.CHECKED, run.error
    return commit_import(run)


def people() -> list[tuple[str, str]]:
    return list(Contact.objects.order_by("email").values_list("email", "first_name"))


def refused(run: ImportRun) -> list[tuple[int, str]]:
    rows = run.rows.filter(state=RowState.INVALID).order_by("number")
    return list(rows.values_list("line", "reason"))


@pytest.mark.parametrize(
    "content",
    [
        "Email\tVorname\r\nann@example.com\tJürgen\r\n".encode("utf-16"),
        "Email\tVorname\r\nann@example.com\tJürgen\r\n".encode("utf-16-le"),
        "Email;Vorname\r\nann@example.com;Jürgen\r\n".encode("cp1252"),
        "Email,Vorname\nann@example.com,Jürgen\n".encode("utf-8-sig"),
        "sep=;\r\nEmail;Vorname\r\nann@example.com;Jürgen\r\n".encode(),
        "Email,Vorname\rann@example.com,Jürgen\r".encode(),
        "Email|Vorname\nann@example.com|Jürgen".encode(),
        gzip.compress("Email,Vorname\nann@example.com,Jürgen\n".encode()),
    ],
    ids=["utf16", "utf16-bare", "cp1252", "bom", "sep", "cr", "pipe", "gz"],
)
def test_upload_reads_what_spreadsheets_write(
    admin_client: Client, content: bytes
) -> None:
    take(admin_client, content)

    assert people() == [("ann@example.com", "Jürgen")]


def test_upload_names_the_row_of_a_quote_that_is_never_closed(
    admin_client: Client,
) -> None:
    run = take(
        admin_client,
        b'email,first name\nann@example.com,Ann\nbob@example.com,"Bob\n'
        b"cem@example.com,Cem\n",
    )

    assert refused(run) == [(3, "unclosed_quote")]
    assert people() == [("ann@example.com", "Ann"), ("cem@example.com", "Cem")]


def test_upload_pads_short_rows_and_refuses_long_ones_with_their_content(
    admin_client: Client,
) -> None:
    run = take(
        admin_client,
        b"email,first name,plan\nann@example.com\nbob@example.com,Bob,pro,x,y\n"
        b"cem@example.com,Cem,pro,,\n",
    )

    assert refused(run) == [(3, "too_many_cells")]
    long_row = run.rows.get(state=RowState.INVALID)
    assert long_row.cells == ["bob@example.com", "Bob", "pro", "x", "y"]
    assert run.rows.get(line=2).warnings == "short_row"
    assert people() == [("ann@example.com", ""), ("cem@example.com", "Cem")]


def test_upload_tells_equal_headers_apart_and_asks(admin_client: Client) -> None:
    run = upload(
        admin_client, b"Email,Email,Plan,Plan\na@example.com,b@example.com,1,2\n"
    )

    batch = run.batches.get()
    assert batch.headers == ["Email", "Email (2)", "Plan", "Plan (2)"]
    assert [column["field"] for column in batch.columns] == ["", "", "", ""]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_upload_of_an_empty_file_says_so(admin_client: Client, content: bytes) -> None:
    run = upload(admin_client, content)

    assert "Choose a file" in run.answer  # type: ignore[attr-defined]
    assert not run.batches.exists()


def test_upload_of_a_header_alone_has_nobody_to_import(admin_client: Client) -> None:
    run = upload(admin_client, b"email,first name\n")
    batch = run.batches.get()
    map_columns(batch=batch, columns=read_columns(batch.columns), now=NOW)
    runs.start_check(run=run, policy="fill", now=NOW)
    work_off()

    page = admin_client.get(reverse("admin:contacts_import_review", args=[run.pk]))

    assert "The file has a header and no rows below it." in run.answer  # type: ignore[attr-defined]
    assert "There is nobody to import." in page.content.decode()


def workbook() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (workbook(), "a workbook (XLSX) or a ZIP archive"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (XLS)"),
        (b"\n <HTML><body>", "a web page"),
    ],
    ids=["xlsx", "pdf", "xls", "html"],
)
def test_upload_of_another_kind_of_file_says_what_to_do(
    admin_client: Client, content: bytes, name: str
) -> None:
    run = upload(admin_client, content)

    assert f"This is {name}, not a CSV file." in run.answer  # type: ignore[attr-defined]
    assert "Save as" in run.answer  # type: ignore[attr-defined]
    assert not run.batches.exists()


def test_upload_of_a_damaged_archive_says_so(admin_client: Client) -> None:
    broken = gzip.compress(b"email\nann@example.com\n" * 999)[:10] + b"garbage"

    run = upload(admin_client, broken)

    assert "The compressed file is damaged." in run.answer  # type: ignore[attr-defined]


def test_upload_refuses_a_cell_of_131_kb_and_reads_on(admin_client: Client) -> None:
    big = "x" * 131 * 1024
    run = take(
        admin_client,
        f"email,first name,note\nann@example.com,Ann,{big}\n"
        f'bob@example.com,Bob,"{big}"\ncem@example.com,Cem,ok\n'.encode(),
    )

    assert refused(run) == [(2, "cell_too_long"), (3, "cell_too_long")]
    assert people() == [("cem@example.com", "Cem")]


def test_upload_removes_zero_characters_with_a_warning(admin_client: Client) -> None:
    run = take(admin_client, b"email,first name\nann@exa\x00mple.com,A\x00nn\n")

    assert people() == [("ann@example.com", "Ann")]
    assert run.rows.get().warnings == "nul_removed"


def test_upload_keeps_formulas_as_text_and_the_error_file_disarms_them(
    admin_client: Client,
) -> None:
    run = take(
        admin_client,
        b"email,first name,note\nann@example.com,=1+1,+SUM(A1)\n"
        b"@broken,=HYPERLINK(1),-2\n",
    )

    batch = run.batches.get()
    response = admin_client.get(
        reverse("admin:contacts_import_errors", args=[run.pk, batch.pk])
    )
    assert Contact.objects.get().first_name == "=1+1"
    assert b"".join(response).decode().splitlines() == [
        "Email,First name,Note,row,reason_code,reason".lower(),
        "'@broken,'=HYPERLINK(1),'-2,3,email_invalid,This is not an email address.",
    ]


def test_upload_leaves_an_unsubscribed_address_unsubscribed(
    admin_client: Client,
) -> None:
    contact = make_contact(email="ann@example.com")
    consents.withdraw(contact=contact, source="unsubscribe_page", now=NOW)

    run = take(admin_client, b"email,first name\nANN@Example.com ,Ann\n")

    assert run.counts["suppressed"] == 1
    assert Consent.objects.get().state == "withdrawn"
    assert Suppression.objects.exists()
    assert people() == [("ann@example.com", "")]


def test_upload_of_many_rows_with_a_percent_bad_counts_each(
    admin_client: Client,
) -> None:
    numbers = list(range(100_000))
    random.Random(1).shuffle(numbers)
    lines = [
        f"person{n}@example.com,P{n}" if n % 100 else f"person{n} at example,P{n}"
        for n in numbers
    ]

    run = take(admin_client, ("email,first name\n" + "\n".join(lines)).encode())

    assert run.row_count == 100_000
    assert (run.counts["new"], run.counts["invalid"]) == (99_000, 1_000)
    assert Contact.objects.count() == 99_000


def test_upload_with_too_many_columns_says_so(admin_client: Client) -> None:
    header = ",".join(f"c{n}" for n in range(201))

    run = upload(admin_client, f"{header}\n".encode())

    assert "The file has 201 columns; up to 200 can be read." in run.answer  # type: ignore[attr-defined]
