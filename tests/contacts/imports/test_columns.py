"""Column by column gives the same rows as one by one, whatever is in the cells."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from contacts.imports.columns import ColumnReader
from contacts.imports.fields import ATTRIBUTE, IGNORE
from contacts.imports.mapping import Column
from contacts.imports.records import UNCLOSED_QUOTE, Record
from contacts.imports.rows import RowReader, copy_line

COLUMNS = [
    Column("email"),
    Column("first_name"),
    Column("full_name"),
    Column("locale"),
    Column("time_zone"),
    Column(ATTRIBUTE, "größe", "number"),
    Column(ATTRIBUTE, "vip", "flag"),
    Column(ATTRIBUTE, "note"),
    Column("unsubscribed"),
    Column(IGNORE),
]
CELLS = [
    st.sampled_from(["ann@example.com", " Bob@Example.COM ", "cy@gamil.com", "x", "jürgen@exämple.de", ""]),
    st.sampled_from(["Ann", "", "Ann\tLee", "#N/A", "'=1+1", "a\\b", "x" * 201, "Zoë"]),
    st.sampled_from(["Ann Lee", "", "Ada de la Cruz", "李", "a\\b c"]),
    st.sampled_from(["de", "German", "", "xx-yy", "pt_BR"]),
    st.sampled_from(["Europe/Berlin", "europe/rome", "", "Mars"]),
    st.sampled_from(["7", "007", "1,250.5", "", "seven", "'7", "#REF!"]),
    st.sampled_from(["yes", "nein", "", "maybe"]),
    st.text(max_size=6) | st.sampled_from(["plain", 'say "hi"', "a\\nb\t", "'=1", "#NUM!"]),
    st.sampled_from(["", "no", "yes", "2024-05-01", " "]),
    st.sampled_from(["", "ignored"]),
]  # fmt: skip


def record(cells: list[str], **changes: object) -> Record:
    return Record(7, cells, **changes)  # type: ignore[arg-type]


regular = st.tuples(*CELLS).map(list).map(record)
irregular = st.sampled_from(
    [
        record([]),
        record(["", " "]),
        record(["ann@example.com"]),
        record(["ann@example.com", *[""] * 9, "further"]),
        record(["ann@example.com", "x" * 70_000, *[""] * 8], may_be_long=True),
        record(["ann@example.com", *[""] * 9], had_nul=True),
        record(['ann@example.com,"'], problem=UNCLOSED_QUOTE),
    ]
)


def one_by_one(records: list[Record], columns: list[Column]) -> list[str]:
    reader, number, contact_ids = RowReader(columns), count(5), count(1)
    return [
        copy_line(
            reader.read(one),
            prefix=f"3\t{next(number)}\t4",
            line=one.line,
            contact_id=next(contact_ids),
        )
        for one in records
        if not one.is_blank
    ]


def at_once(records: list[Record], columns: list[Column]) -> list[str]:
    return ColumnReader(columns).write_lines(
        records, run=3, batch=4, number=4, contact_ids=count(1)
    )


@given(st.lists(regular | irregular, min_size=1, max_size=12))
def test_columns_give_what_single_rows_give(records: list[Record]) -> None:
    assert at_once(records, COLUMNS) == one_by_one(records, COLUMNS)


def test_columns_need_no_more_than_an_email() -> None:
    records = [record(["ann@example.com"]), record(["bob"]), record([" "])]

    assert at_once(records, COLUMNS[:1]) == one_by_one(records, COLUMNS[:1])
