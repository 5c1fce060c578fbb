"""Two campaigns that want the same people at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from campaigns.engine.advance import advance_batch
from campaigns.engine.places import Place
from campaigns.flows.edits import new_step
from campaigns.models import Ask, AskBudget, Enrollment, Hold, Message
from contacts import consents
from contacts.models import Contact
from tests.factories.campaigns import NOW, make_campaign

PEOPLE = 2_000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("have_budgets", [True, False])
def test_two_campaigns_that_race_ask_each_contact_once(have_budgets):
    contacts = Contact.objects.bulk_create(
        [Contact(email=f"p{number}@example.com") for number in range(PEOPLE)]
    )
    ids = [contact.pk for contact in contacts]
    consents.grant(ids, source="test", statement="", now=NOW)
    if have_budgets:
        AskBudget.objects.bulk_create(AskBudget(contact_id=pk) for pk in ids)
    campaigns = [
        make_campaign(
            steps=[new_step("email", key="ask", if_held="exit")], state="running"
        )
        for _ in range(2)
    ]
    for campaign in campaigns:
        Enrollment.objects.bulk_create(
            [
                Enrollment(
                    contact_id=contact_id,
                    campaign=campaign,
                    version=campaign.published,
                    entry_key="once",
                    moment_at=NOW,
                    enrolled_at=NOW,
                    step_key="ask",
                    due_at=NOW,
                )
                for contact_id in ids
            ]
        )
    barrier = Barrier(2)

    def worker(campaign):
        place = Place(campaign.pk, "ask", PEOPLE, NOW)
        try:
            barrier.wait(timeout=20)
            while advance_batch(place, now=NOW, size=250):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(worker, campaigns))

    asked = set(Ask.objects.values_list("contact_id", flat=True))
    held = Hold.objects.filter(reason="cap", then="exit")
    assert asked == set(ids)
    assert Ask.objects.count() == Message.objects.count() == PEOPLE
    assert set(held.values_list("contact_id", flat=True)) == set(ids)
    assert Hold.objects.count() == PEOPLE
    assert AskBudget.objects.filter(last_asked_on=NOW.date()).count() == PEOPLE
    assert sorted(Enrollment.objects.values_list("state", flat=True).distinct()) == [
        "completed",
        "exited",
    ]
