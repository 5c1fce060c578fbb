from datetime import timedelta

import pytest

from contacts.models import Event
from referrals.fraud.decide import decide
from referrals.fraud.policies import save_policy
from referrals.fraud.policy import Policy, read_policy
from referrals.fraud.whatif import try_out
from referrals.models import FraudCase, FraudFinding, Referral
from tests.factories.fraud import judge, refer_by_link, share, verdict_of
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
STRICT = {"disposable_address": {"action": "hold"}}


def rows():
    return [
        list(model.objects.order_by("pk").values())
        for model in (FraudCase, FraudFinding, Referral)
    ] + [Event.objects.count()]


def try_settings(program, document, present=None):
    return try_out(
        program=program,
        present=present or Policy(),
        changed=read_policy(document),
        now=LATER,
    )


def test_what_would_be_held_is_counted_and_nothing_is_written():
    advocate = make_advocate(make_program())
    thrown = refer_by_link(advocate, email="a@mailinator.com")
    refer_by_link(advocate)
    judge()
    before = rows()

    outcome = try_settings(advocate.program, STRICT)

    assert rows() == before
    assert (outcome.referrals, outcome.changes) == (2, 1)
    assert outcome.newly_held == [thrown.pk]
    assert dict(outcome.before) == {"clear": 2}
    assert dict(outcome.after) == {"clear": 1, "held": 1}
    assert outcome.found_after == {"disposable_address": 1}


def test_what_is_tried_out_is_what_is_judged_then():
    advocate = make_advocate(make_program())
    thrown = refer_by_link(advocate, email="a@mailinator.com")
    judge()
    outcome = try_settings(advocate.program, STRICT)

    save_policy(
        program=advocate.program, policy=read_policy(STRICT), user=None, now=LATER
    )
    judge(LATER)

    assert outcome.newly_held == [thrown.pk]
    assert verdict_of(thrown) == "held"


def test_honest_people_are_those_whom_somebody_approved():
    advocate = make_advocate(make_program())
    honest = refer_by_link(advocate, email="a@mailinator.com")
    cheat = refer_by_link(advocate)
    share("device", "a phone of theirs", cheat.contact_id, cheat.advocate_contact_id)
    judge()
    for referral, verdict, reason in (
        (honest, "approved", "household"),
        (cheat, "rejected", "fake_account"),
    ):
        decide(
            referral_ids=[referral.pk],
            verdict=verdict,
            reason=reason,
            note="",
            user=None,
            now=NOW,
        )

    outcome = try_settings(
        advocate.program, STRICT | {"same_device": {"action": "off"}}
    )

    assert (outcome.hurt, outcome.hurt_before) == ([honest.pk], 0)
    assert outcome.missed == outcome.newly_free == [cheat.pk]


def test_only_the_last_90_days_of_the_program_count():
    advocate = make_advocate(make_program())
    refer_by_link(advocate, at=NOW - timedelta(days=92))
    refer_by_link(make_advocate(make_program()))

    assert try_settings(advocate.program, STRICT).referrals == 0
