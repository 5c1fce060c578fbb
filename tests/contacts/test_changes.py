from datetime import timedelta

import pytest

from contacts.changes import tell_changed
from contacts.models import Reaction, WatchedEvent
from contacts.models.event import CONTACT_CHANGED
from tests.factories.contacts import NOW, make_contact

LATER = NOW + timedelta(hours=1)


def told():
    rows = Reaction.objects.order_by("consumer", "contact_id")
    return list(rows.values_list("consumer", "contact", "event_id", "receipt_id"))


@pytest.mark.django_db
def test_who_watches_changes_is_told_once_for_each_contact():
    ada, ben = make_contact(), make_contact()
    WatchedEvent.objects.create(consumer="audiences", name=CONTACT_CHANGED)
    WatchedEvent.objects.create(consumer="others", name="order_completed")

    tell_changed({ada.pk: 7, ben.pk: None}, now=NOW)
    tell_changed({ada.pk: 8}, now=LATER)
    tell_changed({}, now=LATER)

    assert told() == [
        ("audiences", ada.pk, 0, 8),
        ("audiences", ben.pk, 0, None),
    ]


@pytest.mark.django_db
def test_history_is_told_to_those_alone_who_ask_for_it():
    ada = make_contact()
    WatchedEvent.objects.create(
        consumer="audiences.history", name=CONTACT_CHANGED, tells_history=True
    )
    WatchedEvent.objects.create(consumer="audiences", name=CONTACT_CHANGED)

    tell_changed({ada.pk: 7}, now=NOW, is_historical=True)
    assert told() == [("audiences.history", ada.pk, 0, 7)]

    tell_changed({ada.pk: 9}, now=NOW)
    assert told() == [
        ("audiences", ada.pk, 0, 9),
        ("audiences.history", ada.pk, 0, 7),
    ]
