"""What rules ask about those who were asked, also of the past."""

from datetime import timedelta

import pytest

from audiences import selection
from contacts.models import Contact
from referrals import preferences
from tests.factories.contacts import NOW, make_contact, make_event

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SNOOZED = {"kind": "state", "state": "snoozed", "operator": "is"}


def snoozed(as_of):
    predicate = selection.predicate(SNOOZED, as_of=as_of, is_past=True)
    text = f"SELECT contact.id FROM contacts_contact AS contact WHERE {predicate.text}"
    return {row.pk for row in Contact.objects.raw(text, predicate.params)}


def test_who_said_not_now_had_said_so_until_it_was_over():
    ada = make_contact()
    preferences.snooze(contact_id=ada.pk, days=60, now=NOW)

    assert snoozed(NOW + DAY) == {ada.pk}
    assert snoozed(NOW + 60 * DAY) == set()


def test_nonsense_under_the_name_of_ours_stops_nobody():
    ada = make_contact()
    make_event(contact=ada, name="ask_snoozed", at=NOW, until="tomorrow")

    assert snoozed(NOW + DAY) == set()
