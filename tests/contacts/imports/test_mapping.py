"""Columns become fields: suggested by header and content, checked, remembered."""

import pytest

from contacts.imports.dialects import detect_dialect, guess_header
from contacts.imports.fields import ATTRIBUTE, EMAIL, IGNORE, attribute_name
from contacts.imports.fields import field_for_header as field_of
from contacts.imports.mapping import (
    Column,
    MappingError,
    check_columns,
    header_digest,
    suggest,
    unique_headers,
)
from contacts.imports.typed import read_typed


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-Mail Address", "email"),
        ("\ufeffEMAIL", "email"),
        ("E-mail 1 - Value", "email"),
        ("メールアドレス", "email"),
        ("电子邮件", "email"),
        ('דוא"ל', "email"),
        ("البريد الإلكتروني", "email"),
        ("Электронная почта", "email"),
        ("FNAME", "first_name"),
        ("firstName", "first_name"),
        ("Prénom", "first_name"),
        ("名", "first_name"),
        ("Nom", "last_name"),
        ("Apellidos", "last_name"),
        ("Nome", "first_name"),
        ("Full Name", "full_name"),
        ("Sprache (bevorzugt)", "locale"),
        ("Timezone", "time_zone"),
        ("Unsub_Time", "unsubscribed"),
        ("Favorite color", None),
    ],
)
def test_header_is_recognized(header: str, field: str | None) -> None:
    assert field_of(header) == field


def test_attribute_is_named_after_the_header() -> None:
    assert [attribute_name(h) for h in ("Favorite color!", "Mobile", "Größe")] == [
        "favorite_color",
        "phone",
        "größe",
    ]


def test_headers_are_told_apart() -> None:
    assert unique_headers(["Email", " Email ", "", "Plan"]) == [
        "Email",
        "Email (2)",
        "Column 3",
        "Plan",
    ]


def test_suggestion_asks_where_two_columns_fit_one_field() -> None:
    assert suggest(
        ["Email", "Mail", "Name", "First name", "Last name", "ZIP", "Points", "reason"],
        [["a@b.com", "c@d.com", "A B", "A", "B", "01234", "12", "why"]],
        has_header=True,
    ) == [
        Column(""),
        Column(""),
        Column(IGNORE),
        Column("first_name"),
        Column("last_name"),
        Column(ATTRIBUTE, "zip", "text"),
        Column(ATTRIBUTE, "points", "number"),
        Column(IGNORE),
    ]


def test_suggestion_without_header_finds_the_addresses() -> None:
    assert suggest(["", ""], [["Ann", "ann@example.com"]], has_header=False) == [
        Column(IGNORE),
        Column(EMAIL),
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([Column("email"), Column("")], "Choose what “B” becomes, or ignore it."),
        ([Column("email"), Column("shoe")], "Choose what “B” becomes, or ignore it."),
        ([Column("email"), Column("email")], "“A” and “B” both become “Email”."),
        (
            [Column(ATTRIBUTE, "x"), Column(ATTRIBUTE, "x")],
            "“A” and “B” both become the attribute “x”.",
        ),
        ([Column(IGNORE), Column(IGNORE)], "Choose the column that holds the email."),
        ([Column("email"), Column(ATTRIBUTE, "a b")], "Name the attribute for “B”"),
        ([Column("email"), Column(ATTRIBUTE, "email")], "is a field of its own"),
    ],
)
def test_columns_that_cannot_be_used_are_explained(
    columns: list[Column], message: str
) -> None:
    with pytest.raises(MappingError) as error:
        check_columns(columns, ["A", "B"])

    assert message in str(error.value)


def test_digest_of_headers_ignores_how_they_are_written() -> None:
    assert header_digest(["E-Mail", "First name"]) == header_digest(
        ["e mail", "FIRST_NAME"]
    )
    assert header_digest(["a", "b"]) != header_digest(["b", "a"])


@pytest.mark.parametrize(
    ("records", "has_header"),
    [
        ([], True),
        ([["Email"]], True),
        ([["ann@example.com", "Ann"]], False),
        ([["Kundennummer", "Ort"]], True),
        ([["17", "Rome"]], False),
    ],
)
def test_header_is_guessed(records: list[list[str]], has_header: bool) -> None:
    assert guess_header(records) is has_header


def test_dialect_of_one_column_is_legal(tmp_path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(b"ann@example.com\nbob@example.com\n")

    dialect = detect_dialect(path)

    assert (dialect.delimiter, dialect.has_header, dialect.encoding) == (
        ",",
        False,
        "utf-8",
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("имя;почта\nАнна;a@example.com\n" * 20, "cp1251"),
        ("名前,メール\n田中さんは東京に住んでいます,a@example.com\n" * 20, "shift_jis"),
    ],
)
def test_dialect_finds_the_likeliest_legacy_encoding(
    tmp_path, text: str, encoding: str
) -> None:
    path = tmp_path / "legacy.csv"
    path.write_bytes(text.encode(encoding))

    dialect = detect_dialect(path)

    assert (dialect.encoding, dialect.is_certain) == (encoding, False)


def test_typed_text_is_split_into_people() -> None:
    assert read_typed(
        'Ana Ruiz <ana@example.com>, "Lee, Ann" <ann@example.com>;\n'
        "bob@example.com cem@example.com\n\nnonsense"
    ) == [
        ("ana@example.com", "Ana", "Ruiz"),
        ("ann@example.com", "Ann", "Lee"),
        ("bob@example.com", "", ""),
        ("cem@example.com", "", ""),
        ("nonsense", "", ""),
    ]
