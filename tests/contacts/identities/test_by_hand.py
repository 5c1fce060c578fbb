from contextlib import contextmanager
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from contacts.identities.by_hand import ContactBusy, preview_merge
from contacts.identities.lock import lock_identities
from contacts.identities.merge import lock_contacts
from contacts.models import Contact, Merge
from tests.factories.contacts import NOW, make_contact


@contextmanager
def elsewhere(hold):
    """Let another connection hold something meanwhile."""
    is_held, is_over = Signal(), Signal()

    def run():
        try:
            with transaction.atomic():
                hold()
                is_held.set()
                is_over.wait(20)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    is_held.wait(10)
    yield
    is_over.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_preview_waits_for_nobody_who_decides_who_is_who():
    ada, other = make_contact(), make_contact()

    with elsewhere(lock_identities):
        preview = preview_merge(contact_id=ada.pk, other_id=other.pk, now=NOW)

    assert (preview.survivor_id, preview.merged_id) == (ada.pk, other.pk)
    assert Contact.objects.count() == 2
    assert not Merge.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_preview_of_who_is_being_written_about_gives_up():
    ada, other = make_contact(), make_contact()

    with (
        elsewhere(lambda: lock_contacts(other.pk)),
        pytest.raises(ContactBusy),
    ):
        preview_merge(contact_id=ada.pk, other_id=other.pk, now=NOW)

    # Whoever comes afterwards is as patient as ever.
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
