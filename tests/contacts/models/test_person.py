import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Consent
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


def test_row_of_a_person_is_updated_within_the_person():
    ada = make_contact()
    consent = Consent.objects.create(
        contact=ada, channel="email", state="granted", changed_at=NOW
    )

    consent.state = "withdrawn"
    with CaptureQueriesContext(connection) as queries:
        consent.save()

    statement = queries.captured_queries[-1]["sql"]
    assert '"contact_id"' not in statement.partition("WHERE")[0]
    assert f'"contact_id" = {ada.pk}' in statement.partition("WHERE")[2]
    consent.refresh_from_db()
    assert (consent.contact, consent.state) == (ada, "withdrawn")


def test_row_does_not_move_to_another_person():
    ada, ben = make_contact(), make_contact()
    consent = Consent.objects.create(
        contact=ada, channel="email", state="granted", changed_at=NOW
    )

    consent.contact = ben
    with pytest.raises(DatabaseError, match="did not affect any rows"):
        consent.save(force_update=True)
