"""The migration that stops halfway can run again."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

NAME = "0006_receipts_of_person"


@pytest.mark.django_db(transaction=True)
def test_indexes_are_built_anew_without_a_transaction():
    loader = MigrationLoader(connection)
    before: ProjectState = loader.project_state(("contacts", "0005_link_identifiers"))
    migration = import_module(f"contacts.migrations.{NAME}").Migration(NAME, "contacts")
    assert not migration.atomic

    with connection.schema_editor(atomic=False) as editor:
        migration.apply(before, editor)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index AS i"
            " JOIN pg_class AS c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'contacts_receipt'::regclass ORDER BY 1"
        )
        valid = dict(cursor.fetchall())
    assert valid["receipt_refused_anonymous"]
    assert valid["receipt_refused_user"]
