import threading
from datetime import timedelta

import pytest
from django.db import connection

from contacts.models import Event
from referrals.fraud import judge as judging
from referrals.fraud import nightly
from referrals.fraud.decide import ReasonUnfit, decide
from referrals.fraud.judge import judge_batch, judge_due
from referrals.fraud.policies import save_policy
from referrals.fraud.policy import Policy, read_policy
from referrals.models import (
    FraudCase,
    FraudDecision,
    FraudFinding,
    Referral,
    Setback,
)
from tests.factories.contacts import make_contact, make_user
from tests.factories.fraud import (
    MINUTE,
    found,
    judge,
    refer_by_link,
    share,
    verdict_of,
)
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def ana(**names):
    return make_advocate(contact=make_contact(email="ana@fernweh.example", **names))


def held_referral():
    referral = refer_by_link(ana())
    share(
        "device", "a phone of theirs", referral.contact_id, referral.advocate_contact_id
    )
    judge()
    assert verdict_of(referral) == "held"
    return referral


def judge_again(referral, now):
    Referral.objects.filter(pk=referral.pk).update(judge_due_at=now)
    judge(now)
    return verdict_of(referral)


def told(contact_id):
    rows = Event.objects.filter(contact=contact_id, name__startswith="referral_")
    names = rows.exclude(name="referral_lead").order_by("occurred_at", "pk")
    return [(row.name, row.properties["by"]) for row in names]


def say(referral, verdict="approved", reason="household", now=LATER, **changes):
    return decide(
        referral_ids=[referral.pk],
        verdict=verdict,
        reason=reason,
        **{"note": "", "user": None, "now": now} | changes,
    )


def snapshot():
    return (
        list(FraudCase.objects.order_by("pk").values()),
        list(FraudFinding.objects.order_by("pk").values()),
        list(Referral.objects.order_by("pk").values()),
        Event.objects.count(),
    )


def test_a_clear_referral_is_judged_and_its_rewards_are_reckoned():
    referral = refer_by_link(ana())
    Referral.objects.update(rewards_due_at=None)

    judge(NOW + MINUTE)

    referral.refresh_from_db()
    assert (referral.fraud_state, referral.judge_due_at) == ("clear", None)
    assert referral.rewards_due_at == NOW + MINUTE
    assert told(referral.contact_id) == []
    case = FraudCase.objects.get()
    assert (case.verdict, case.points, case.held_at) == ("clear", 0, None)


def test_a_held_one_is_told_on_both_people_and_has_a_deadline():
    referral = held_referral()

    case = FraudCase.objects.get()
    assert (case.verdict, case.points, case.held_at) == ("held", 80, NOW + MINUTE)
    assert case.review_due_at == NOW + MINUTE + timedelta(days=7)
    event = [("referral_held", "checks")]
    assert told(referral.contact_id) == told(referral.advocate_contact_id) == event


def test_judging_twice_changes_nothing():
    referral = held_referral()
    before = snapshot()

    Referral.objects.update(judge_due_at=NOW + MINUTE)
    judge(NOW + MINUTE)

    assert snapshot() == before
    assert found(referral) == ["same_device"]


def test_nothing_is_judged_before_it_is_due():
    referral = refer_by_link(ana())
    Referral.objects.update(judge_due_at=LATER)

    assert judge_due(now=NOW) == 0
    assert verdict_of(referral) == "unjudged"
    assert judging.backlog(NOW).count == 0
    assert judging.backlog(LATER).count == 1


def test_what_is_gone_is_found_no_more_and_frees_the_referral():
    referral = held_referral()
    program = referral.program

    save_policy(
        program=program,
        policy=read_policy({"same_device": {"action": "off"}}),
        user=None,
        now=LATER,
    )
    judge(LATER)

    assert verdict_of(referral) == "clear"
    assert found(referral) == []
    assert told(referral.contact_id)[-1] == ("referral_cleared", "checks")


def test_a_finding_keeps_when_it_was_found():
    referral = held_referral()

    judge_again(referral, LATER)

    assert FraudFinding.objects.get().found_at == NOW + MINUTE


def test_a_check_in_shadow_is_noted_and_holds_nothing():
    referral = held_referral()
    save_policy(
        program=referral.program,
        policy=read_policy({"same_device": {"action": "shadow"}}),
        user=None,
        now=LATER,
    )

    judge(LATER)

    assert verdict_of(referral) == "clear"
    finding = FraudFinding.objects.get()
    assert (finding.is_shadow, finding.action) == (True, "shadow")


def test_what_a_person_approved_stays_until_something_else_would_hold_it():
    referral = held_referral()
    user = make_user()

    assert say(referral, user=user) == 1

    referral.refresh_from_db()
    assert (referral.fraud_state, referral.rewards_due_at) == ("clear", LATER)
    decision = FraudDecision.objects.get()
    assert (decision.decided_by, decision.reason) == (user, "household")
    assert decision.checks == ["same_device"]
    assert judge_again(referral, LATER + MINUTE) == "clear"
    share("phone", "+49 170 123456", referral.contact_id, referral.advocate_contact_id)
    assert judge_again(referral, LATER + 2 * MINUTE) == "held"
    assert FraudCase.objects.get().reopened_at == LATER + 2 * MINUTE
    assert told(referral.contact_id) == [
        ("referral_held", "checks"),
        ("referral_cleared", "person"),
        ("referral_held", "checks"),
    ]


def test_what_a_person_rejected_stays():
    referral = held_referral()

    say(referral, "rejected", "fake_account")

    assert verdict_of(referral) == "rejected"
    FraudFinding.objects.all().delete()
    assert judge_again(referral, LATER + MINUTE) == "rejected"


def test_deciding_twice_counts_once():
    referral = held_referral()

    assert (say(referral), say(referral)) == (1, 0)
    assert FraudDecision.objects.count() == 1
    assert say(referral, "rejected", "ring") == 1
    assert say(referral, now=LATER + MINUTE) == 1
    assert verdict_of(referral) == "clear"


def test_a_reason_must_fit_and_something_else_needs_words():
    referral = held_referral()

    with pytest.raises(ReasonUnfit):
        say(referral, "approved", "fake_account")
    with pytest.raises(ReasonUnfit):
        say(referral, "approved", "other", note=" ")
    assert say(referral, "approved", "other", note="She called us.") == 1


def test_who_is_forgotten_keeps_the_verdict():
    referral = held_referral()
    referral.contact.erased_at = LATER
    referral.contact.save()
    referral.contact.fraudsignal_set.all().delete()

    assert judge_again(referral, LATER) == "held"
    assert found(referral) == ["same_device"]


def test_what_was_withdrawn_by_hand_stays_rejected():
    referral = held_referral()
    Referral.objects.update(withdrawn_at=LATER, fraud_state="rejected")
    FraudCase.objects.update(verdict="rejected")

    assert judge_again(referral, LATER) == "rejected"
    assert say(referral) == 0
    assert verdict_of(referral) == "rejected"


def test_one_that_fails_does_not_stop_the_others(monkeypatch):
    bad, good = refer_by_link(ana()), refer_by_link(make_advocate())
    original = judging.rule

    def fail(case, *rest):
        if case.referral_id == bad.pk:
            raise ZeroDivisionError
        return original(case, *rest)

    monkeypatch.setattr(judging, "rule", fail)
    judge()

    assert (verdict_of(bad), verdict_of(good)) == ("unjudged", "clear")
    assert bad.judge_due_at == NOW + 3 * MINUTE
    [setback] = Setback.objects.all()
    assert (setback.work, setback.row_id) == ("judge", bad.pk)
    assert setback.error.startswith("ZeroDivisionError")
    monkeypatch.undo()
    judge(NOW + 3 * MINUTE)
    assert verdict_of(bad) == "clear"
    assert not Setback.objects.exists()


def test_a_batch_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    program = make_program()
    for _ in range(5):
        refer_by_link(make_advocate(program))

    with django_assert_max_num_queries(40):
        judge_batch(now=NOW + MINUTE)


def test_young_referrals_are_looked_at_again_once_a_day():
    young, old = refer_by_link(ana()), refer_by_link(make_advocate())
    judge()
    Referral.objects.filter(pk=old.pk).update(lead_at=NOW - timedelta(days=91))

    assert nightly.watch_backlog(LATER).count == 1
    assert nightly.look_again(now=LATER) == 1
    assert nightly.look_again(now=LATER) == 0

    due = Referral.objects.filter(judge_due_at=LATER)
    assert [row.pk for row in due] == [young.pk]
    assert nightly.watch_backlog(LATER).count == 0
    assert nightly.look_again(now=LATER + timedelta(hours=23)) == 0
    assert nightly.look_again(now=LATER + timedelta(hours=24)) == 1


def test_a_changed_policy_is_kept_as_what_differs():
    program = make_program()
    user = make_user()

    save_policy(program=program, policy=Policy(hold_points=80), user=user, now=NOW)

    row = program.fraud_policy
    assert (row.checks, row.hold_points, row.changed_by) == ({}, 80, user)


@pytest.mark.django_db(transaction=True)
def test_two_workers_judge_each_referral_once():
    referral = refer_by_link(ana())
    share(
        "device", "a phone of theirs", referral.contact_id, referral.advocate_contact_id
    )
    taken = []
    start = threading.Barrier(2)

    def work():
        try:
            start.wait()
            taken.append(judge_batch(now=NOW + MINUTE))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == [0, 1]
    assert told(referral.contact_id) == [("referral_held", "checks")]


def test_friend_who_comes_to_light_late_counts_before_those_who_joined_after_him():
    advocate = ana()
    friends = [
        refer_by_link(advocate, at=NOW + place * MINUTE) for place in range(1, 6)
    ]
    judge(NOW + 10 * MINUTE)
    assert {verdict_of(one) for one in friends} == {"clear"}

    refer_by_link(advocate, at=NOW)
    judge(NOW + 11 * MINUTE)

    assert [verdict_of(one) for one in friends] == ["clear"] * 4 + ["held"]
    assert found(friends[-1]) == ["velocity"]


def test_friends_who_joined_before_or_long_after_are_left_alone():
    advocate = ana()
    earlier = refer_by_link(advocate, at=NOW - timedelta(days=1))
    much_later = refer_by_link(advocate, at=NOW + timedelta(days=8))
    judge(NOW + timedelta(days=9))
    refer_by_link(advocate, at=NOW)

    judge_batch(now=NOW + timedelta(days=9))

    for referral in (earlier, much_later):
        referral.refresh_from_db()
        assert referral.judge_due_at is None


def test_judging_again_wakes_nobody():
    advocate = ana()
    first, later = (refer_by_link(advocate, at=NOW + one * MINUTE) for one in (0, 1))
    judge(NOW + 10 * MINUTE)
    Referral.objects.filter(pk=first.pk).update(judge_due_at=NOW)

    judge_batch(now=NOW + 11 * MINUTE)

    later.refresh_from_db()
    assert later.judge_due_at is None
