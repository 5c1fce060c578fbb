"""One bad record never hides the next, and memory holds one record."""

from pathlib import Path

import pytest

from contacts.imports import records
from contacts.imports.dialects import Dialect
from contacts.imports.records import UnreadableFile, open_records


def read(
    path: Path, content: bytes, **changes: object
) -> list[tuple[int, list[str], str]]:
    path = path / "file.csv"
    path.write_bytes(content)
    dialect = Dialect("utf-8", ",", True, **changes)  # type: ignore[arg-type]
    stream = open_records(path, dialect)
    return [(record.line, record.cells, record.problem) for record in stream]


def test_records_keep_quoted_line_ends_and_know_their_lines(tmp_path: Path) -> None:
    assert read(tmp_path, b'sep=,\na,"1\n2"\nb,"say ""hi"""\n', skipped_lines=1) == [
        (2, ["a", "1\n2"], ""),
        (4, ["b", 'say "hi"'], ""),
    ]


def test_records_read_sloppy_quotes_as_well_as_it_goes(tmp_path: Path) -> None:
    assert read(tmp_path, b'"Acme" Inc,1\n"a \\"b\\" c",2\nx,3\n') == [
        (1, ["Acme Inc", "1"], ""),
        (2, ['a "b" c', "2"], ""),
        (3, ["x", "3"], ""),
    ]


def test_records_give_each_open_quote_its_line(tmp_path: Path) -> None:
    assert read(tmp_path, b'a,"1\nb,2\nc,"3\nd,4') == [
        (1, ['a,"1'], "unclosed_quote"),
        (2, ["b", "2"], ""),
        (3, ['c,"3'], "unclosed_quote"),
        (4, ["d", "4"], ""),
    ]


def test_records_do_not_swallow_a_file_behind_an_open_quote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_OPEN_LINES", 3)

    found = read(tmp_path, b'a,"1\n' + b"b,2\n" * 9)

    assert found[0] == (1, ['a,"1'], "unclosed_quote")
    assert [line for line, _, _ in found] == list(range(1, 11))


def test_records_cut_a_line_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MAX_LINE", 10)

    found = read(tmp_path, b"a,b\n" + b"x" * 35 + b"\nc,d\n")

    assert [(line, problem) for line, _, problem in found] == [
        (1, ""),
        (2, "line_too_long"),
        (3, ""),
    ]


def test_records_in_another_encoding_say_the_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="^Line 1 cannot be read"):
        read(tmp_path, b"a,\xff\n")


def test_records_with_and_without_quotes_take_turns(tmp_path: Path) -> None:
    text = 'a,b\n1,2\n"x,y",3\n\n4,5\n"six\nty",7\n8,9'

    assert read(tmp_path, text.encode()) == [
        (1, ["a", "b"], ""),
        (2, ["1", "2"], ""),
        (3, ["x,y", "3"], ""),
        (4, [], ""),
        (5, ["4", "5"], ""),
        (6, ["six\nty", "7"], ""),
        (8, ["8", "9"], ""),
    ]
