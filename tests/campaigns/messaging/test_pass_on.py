"""Who waits at a step until another system has taken what it is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database
from django.db import transaction

from campaigns.messaging import outbox
from campaigns.messaging.send import send_due
from campaigns.models import Enrollment, Message
from tests.factories.campaigns import NOW, make_contact
from tests.factories.connections import make_connection, webhook_step
from tests.factories.flows import enroll_in, place_of, story_of, walk
from tests.receiver import receiver

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WAIT = {"amount": 2, "unit": "days"}


def deliver(now):
    return send_due(owner="worker", clock=lambda: now, lane=outbox.ELSEWHERE)


@pytest.fixture
def there(settings):
    """The other system, and a connection to it."""
    settings.OUTGOING_HOSTS = ["localhost"]
    with receiver() as found:
        found.connection = make_connection(url=found.url)
        yield found


@pytest.mark.parametrize(
    ("status", "word"), [(204, "delivered"), (400, "not_delivered")]
)
def test_who_waits_goes_on_once_it_is_decided(there, status, word):
    there.answers = [status]
    contact = make_contact()
    enroll_in([webhook_step(there.connection, wait=WAIT)], contact)
    walk()
    assert place_of(contact) == ("active", "tell", NOW + timedelta(minutes=15))

    deliver(NOW + timedelta(minutes=1))
    walk(NOW + timedelta(minutes=1))

    assert story_of(contact) == [("tell", word)]


def test_who_waits_in_vain_goes_on_when_the_time_is_over(there):
    there.answers = [500]
    contact = make_contact()
    enroll_in([webhook_step(there.connection, wait=WAIT)], contact)
    walk()
    walk(NOW + DAY)
    assert place_of(contact) == ("active", "tell", NOW + DAY + timedelta(minutes=15))

    walk(NOW + 2 * DAY)

    assert story_of(contact) == [("tell", "given_up")]


@pytest.mark.django_db(transaction=True)
def test_an_outcome_that_is_noted_while_somebody_is_looked_at_is_seen():
    contact = make_contact()
    enroll_in([webhook_step(make_connection(), wait=WAIT)], contact)
    walk()
    Enrollment.objects.update(due_at=NOW)

    def look():
        try:
            walk()
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Message.objects.update(state="accepted")
            looking = pool.submit(look)
            with pytest.raises(TimeoutError):
                looking.result(timeout=0.3)
        looking.result(timeout=20)

    assert story_of(contact) == [("tell", "delivered")]


def test_who_waits_for_a_connection_that_is_gone_goes_on():
    contact = make_contact()
    connection = make_connection()
    enroll_in([webhook_step(connection, wait=WAIT) | {"connection": 0}], contact)

    walk()

    assert story_of(contact) == [("tell", "not_delivered")]
    assert not Message.objects.exists()
