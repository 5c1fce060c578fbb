"""People whom somebody lets in, while others decide about the campaign."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from campaigns.engine import lifecycle
from campaigns.engine.by_hand import enroll_one
from campaigns.flows.edits import new_step
from campaigns.models import Moment, Refusal
from tests.factories.campaigns import NOW, make_campaign, make_contact


@pytest.mark.django_db(transaction=True)
def test_a_stop_waits_for_who_is_let_into_a_paused_campaign():
    campaign = make_campaign(
        state="running",
        steps=[new_step("delay", key="wait")],
        trigger={"kind": "manual"},
    )
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    contact = make_contact()

    def stop_in_time():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 300")
            lifecycle.stop(campaign=campaign, user=None, now=NOW)
        except OperationalError:
            return "waits"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor() as others:
        with transaction.atomic():
            let_in = enroll_one(
                campaign=campaign, contact_id=contact.pk, key="1", at=NOW, now=NOW
            )
            during = others.submit(stop_in_time).result()
        after = others.submit(stop_in_time).result()

    assert let_in == ("waiting", "campaign")
    assert (during, after) == ("waits", "done")
    assert Moment.objects.count() == 0
    assert Refusal.objects.get().reason == "stopped"
