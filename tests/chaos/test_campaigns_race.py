"""Two campaigns, each in a process of its own, want the same people at the same time."""

from datetime import UTC, datetime

import pytest

from campaigns.flows.edits import new_step
from campaigns.models import Ask, AskBudget, Enrollment, Hold, Message
from contacts import consents
from contacts.models import Contact
from tests.chaos.drive import database_url, start
from tests.factories.campaigns import make_campaign

PEOPLE = 2_000
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_racing_campaign(name, ids):
    """A running campaign before whose ask everybody stands."""
    campaign = make_campaign(
        name=name,
        steps=[new_step("email", key="ask", if_held="exit")],
        state="running",
    )
    Enrollment.objects.bulk_create(
        Enrollment(
            contact_id=pk,
            campaign=campaign,
            version=campaign.published,
            entry_key="once",
            moment_at=NOON,
            enrolled_at=NOON,
            step_key="ask",
            due_at=NOON,
        )
        for pk in ids
    )
    return campaign


@pytest.mark.django_db(transaction=True)
def test_two_processes_ask_each_contact_once(processes):
    contacts = Contact.objects.bulk_create(
        Contact(email=f"person{number}@example.com") for number in range(PEOPLE)
    )
    ids = sorted(contact.pk for contact in contacts)
    consents.grant(ids, source="test", statement="Agreed", now=NOON)
    # One comes from below and one from above, so that they meet in the middle.
    campaigns = [
        make_racing_campaign("Spring", ids),
        make_racing_campaign("Autumn", ids[::-1]),
    ]
    racers = [
        start(
            processes,
            "racer.py",
            campaign.pk,
            "ask",
            NOON.isoformat(),
            DATABASE_URL=database_url(),
            DJANGO_SETTINGS_MODULE="tests.settings",
        )
        for campaign in campaigns
    ]
    assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 2

    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()
    assert [racer.stdout.readline() for racer in racers] == ["done\n"] * 2

    asks = Ask.objects.values_list("contact_id", "campaign_id")
    held = Hold.objects.filter(reason="cap").values_list("contact_id", "campaign_id")
    # Each was asked once, and the other campaign says that it held its ask.
    assert sorted(pk for pk, _ in asks) == ids
    assert sorted([*asks, *held]) == sorted(
        (pk, campaign.pk) for pk in ids for campaign in campaigns
    )
    # It was a race: both won some.
    assert len({campaign for _, campaign in asks}) == 2
    assert Message.objects.count() == PEOPLE
    assert AskBudget.objects.filter(last_asked_on=NOON.date()).count() == PEOPLE
    assert Enrollment.objects.filter(state="completed").count() == PEOPLE
    assert Enrollment.objects.filter(state="exited").count() == PEOPLE
