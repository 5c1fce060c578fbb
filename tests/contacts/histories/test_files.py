"""Files of past events: how they are read, and what is remembered of them."""

import pytest

from contacts.histories import files
from contacts.imports.mapping import Column
from contacts.imports.uploads import UploadRefused
from tests.factories.histories import make_history, map_history
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
ANA = "Order Completed,ana@example.com,2026-01-05 10:00,99.50"


def test_file_can_be_read_in_another_way():
    run = make_history("Left|a@example.com|2026-01-05", header="Event|Email|Time")
    assert [column["field"] for column in run.columns] == ["event", "email", "time"]

    files.read_as(run=run, encoding="utf-8", delimiter=",", has_header=False)

    assert (run.delimiter, run.has_header, len(run.columns)) == (",", False, 1)


def test_columns_are_remembered():
    first = make_history("Left,a@example.com,2026-01-05", header="What,Email,Time")
    columns = [Column("event"), Column("email"), Column("time")]
    map_history(first, columns=columns)

    second = make_history("Left,b@example.com,2026-01-05", header="What,Email,Time")

    assert second.columns == [column.to_document() for column in columns]


def test_sources_of_another_kind_keep_their_name():
    make_source(name="Shop", kind="server")

    with pytest.raises(UploadRefused, match="The source “Shop” is a server"):
        make_history(ANA, source="Shop")
