import pytest
from django.db import connection

from tests.contacts.errand import Errand


@pytest.fixture
def errands(transactional_db):
    """The table of errands, for tests in which two connections see each other's commits."""
    with connection.schema_editor() as editor:
        editor.create_model(Errand)
    yield Errand
    with connection.schema_editor() as editor:
        editor.delete_model(Errand)
