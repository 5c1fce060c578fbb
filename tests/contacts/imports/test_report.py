"""The error file is the upload again: its columns, its delimiter, its encoding, and why."""

import pytest

from contacts.imports.report import error_file, has_errors
from contacts.models import Contact
from tests.factories.imports import import_file

pytestmark = pytest.mark.django_db


def test_error_file_keeps_columns_delimiter_and_encoding() -> None:
    run = import_file(
        "Email;Ort\nann@example.com;München\nkaputt;Köln\n"
        "ann@example.com;Bonn\nbob@example.com;a;b\n".encode("cp1252")
    )
    batch = run.batches.get()

    content = b"".join(error_file(batch)).decode("cp1252")

    assert has_errors(batch)
    assert content.splitlines() == [
        "Email;Ort;row;reason_code;reason",
        "kaputt;Köln;3;email_invalid;This is not an email address.",
        "ann@example.com;Bonn;4;duplicate;"
        "The same person is in an earlier row. The rows were merged. "
        "The earlier one is row 1.",
        "bob@example.com;a;b;5;too_many_cells;"
        "The row has more cells than the header. Is a delimiter or a quote missing?",
    ]


def test_error_file_can_be_corrected_and_imported_again() -> None:
    run = import_file("email,note\nann@example,=1+1\n")
    content = b"".join(error_file(run.batches.get()))

    again = import_file(content.replace(b"ann@example,", b"ann@example.com,"))

    assert again.counts["new"] == 1
    assert Contact.objects.get().attributes == {"note": "=1+1"}


def test_error_file_in_utf_16_has_one_mark() -> None:
    run = import_file("Email\tOrt\nkaputt\tKöln\n".encode("utf-16"))

    content = b"".join(error_file(run.batches.get()))

    assert content.decode("utf-16").splitlines()[1].startswith("kaputt\tKöln\t2\t")
    assert content.count(b"\xff\xfe") == 1
