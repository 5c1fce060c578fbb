import pytest
from django.db import IntegrityError, transaction

from referrals.endpoint_keys import create_key
from referrals.models import (
    AllowedHost,
    AskPreference,
    ClickId,
    Program,
    Referral,
    ReferralCode,
)
from referrals.preferences import never, snooze
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program, make_visit

pytestmark = pytest.mark.django_db


def test_each_row_tells_itself_from_the_others():
    advocate = make_advocate(make_program(name="Spring"))
    visit = make_visit(advocate)
    contact_id = advocate.contact_id
    key, _ = create_key(name="Shop", user=None, now=NOW)

    assert str(advocate) == f"{advocate.code} of contact {contact_id}"
    assert str(advocate.program) == "Spring"
    assert str(ReferralCode.objects.get()) == advocate.code
    assert str(visit) == "human at 2026-11-20 12:00:00"
    assert str(ClickId.objects.get()) == visit.click_id
    assert str(AllowedHost.objects.get()) == "shop.example.com"
    assert str(key) == f"Shop ({key.prefix}…)"


def test_a_preference_says_which():
    contact = make_contact()
    until = snooze(contact_id=contact.pk, days=60, now=NOW)
    assert (
        str(AskPreference.objects.get()) == f"Contact {contact.pk} not before {until}"
    )

    never(contact_id=contact.pk, now=NOW)
    assert str(AskPreference.objects.get()) == f"Contact {contact.pk} never"


@pytest.mark.parametrize(
    ("times", "stage"),
    [
        ({}, "lead"),
        ({"qualified_at": NOW}, "qualified"),
        ({"qualified_at": NOW, "opportunity_at": NOW}, "opportunity"),
        ({"won_at": NOW}, "won"),
    ],
)
def test_a_referral_stands_at_its_furthest_stage(times, stage):
    referral = Referral(contact_id=1, advocate_contact_id=2, lead_at=NOW, **times)

    assert referral.stage == stage
    assert str(referral) == "Contact 1 brought by 2"


def test_running_leaves_out_what_has_ended():
    running = make_program()
    make_program(ended_at=NOW)

    assert list(Program.objects.running()) == [running]


@pytest.mark.parametrize(
    ("field", "value"), [("snooze_days", 59), ("snooze_days", 91), ("window_days", 0)]
)
def test_the_database_refuses_lengths_out_of_range(field, value):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_program(**{field: value})
