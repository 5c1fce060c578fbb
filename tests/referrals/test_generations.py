from datetime import timedelta

import pytest

from contacts.models import Contact
from referrals.generations import people_of, report
from referrals.models import Milestone, Referral
from referrals.shares import record_share
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def refer(advocate_contact, friend, program, *, days_ago=100, won=False, **changes):
    """Let somebody bring a friend, who becomes an advocate too."""
    advocate = make_advocate(program, advocate_contact)
    lead_at = NOW - days_ago * DAY
    return Referral.objects.create(
        contact=friend,
        program=program,
        advocate_contact_id=advocate_contact.pk,
        advocate_id=advocate.pk,
        source="click",
        lead_at=lead_at,
        won_at=lead_at + DAY if won else None,
        **changes,
    )


def pay(referral, minor, refunded=0, **changes):
    values = {"currency": "USD", "stage": "won", "key": f"order:{minor}"}
    Milestone.objects.create(
        contact_id=referral.contact_id,
        referral_id=referral.pk,
        program_id=referral.program_id,
        occurred_at=NOW,
        event_id=1,
        amount_minor=minor,
        refunded_minor=refunded,
        **values | changes,
    )


def old(advocate, days=200):
    type(advocate).objects.filter(pk=advocate.pk).update(joined_at=NOW - days * DAY)


def lines(found):
    return [
        (row.number, row.people, row.advocates, row.won, row.revenue)
        for row in found.generations
    ]


def test_report_counts_each_generation():
    program = make_program()
    ada, ben, cleo, dan = (make_contact(first_name=name) for name in "ABCD")
    lonely = make_advocate(program)
    first = refer(ada, ben, program, won=True)
    refer(ada, cleo, program)
    second = refer(ben, dan, program, won=True, days_ago=50)
    pay(first, 5000, refunded=2000)
    pay(first, 1000, canceled_at=NOW)
    pay(second, 700, currency="EUR")
    # Another program is another tree.
    refer(dan, make_contact(), make_program(), won=True)

    found = report(program, window_days=30, now=NOW)

    assert lines(found) == [
        (0, 2, 1, 0, []),
        (1, 2, 1, 1, [(3000, "USD")]),
        (2, 1, 0, 1, [(700, "EUR")]),
    ]
    assert found.rings == 0
    assert set(people_of(program, generation=0, who="people")) == {
        ada.pk,
        lonely.contact_id,
    }
    assert people_of(program, generation=1, who="advocates") == [ben.pk]
    assert people_of(program, generation=1, who="won") == [ben.pk]
    assert people_of(program, generation=2, who="people") == [dan.pk]


def test_k_counts_the_window_of_each_person():
    program = make_program()
    ada, early, late = make_contact(), make_contact(), make_contact()
    advocate = make_advocate(program, ada)
    old(advocate)
    record_share(advocate=advocate, channel="copy", now=NOW - 198 * DAY)
    record_share(advocate=advocate, channel="sms", now=NOW - 190 * DAY)
    record_share(advocate=advocate, channel="sms", now=NOW - 20 * DAY)
    refer(ada, early, program, days_ago=195, won=True)
    refer(ada, late, program, days_ago=100, won=True)

    first, second = report(program, window_days=30, now=NOW).generations

    assert (first.cohort, first.invites, first.joined, first.brought) == (1, 2, 1, 1)
    assert (first.k, first.invites_each, first.won_per_invite) == (1, 2, 0.5)
    assert first.cycle_days == pytest.approx(2)
    assert (second.cohort, second.brought, second.k) == (2, 0, 0)
    assert second.cycle_days is None


def test_who_came_lately_is_in_no_cohort():
    program = make_program()
    make_advocate(program)

    found = report(program, window_days=30, now=NOW)

    assert (found.generations[0].cohort, found.generations[0].k) == (0, None)
    assert (found.total.k, found.reach) == (None, None)


def test_a_circle_ends_and_is_counted_apart():
    program = make_program()
    ada, ben, cleo, fan = (make_contact() for _ in range(4))
    refer(ada, ben, program)
    refer(ben, cleo, program)
    refer(cleo, ada, program)
    refer(cleo, fan, program)
    seed = make_advocate(program)

    found = report(program, window_days=30, now=NOW)

    assert lines(found) == [(0, 1, 0, 0, [])]
    assert found.rings == 4
    assert set(people_of(program, generation=0, who="ring")) == {
        ada.pk,
        ben.pk,
        cleo.pk,
        fan.pk,
    }
    assert people_of(program, generation=0, who="people") == [seed.contact_id]


@pytest.mark.parametrize(
    "changes",
    [{"fraud_state": "rejected"}, {"withdrawn_at": NOW}],
)
def test_what_is_no_referral_any_more_counts_for_nobody(changes):
    program = make_program()
    ada, ben = make_contact(), make_contact()
    refer(ada, ben, program, won=True, **changes)

    assert lines(report(program, window_days=30, now=NOW)) == [(0, 1, 0, 0, [])]


def test_an_order_that_was_taken_back_is_not_won():
    program = make_program()
    refer(make_contact(), make_contact(), program, won=True, reversed_at=NOW)

    assert lines(report(program, window_days=30, now=NOW))[1] == (1, 1, 0, 0, [])


def test_numbers_stay_when_somebody_is_forgotten():
    program = make_program()
    ada, ben = make_contact(), make_contact()
    refer(ada, ben, program, won=True)
    before = lines(report(program, window_days=30, now=NOW))

    Contact.objects.filter(pk=ben.pk).update(erased_at=NOW, first_name="", email="")

    assert lines(report(program, window_days=30, now=NOW)) == before


def test_reach_says_what_a_hundred_become():
    program = make_program()
    for number in range(4):
        contact = make_contact()
        old(make_advocate(program, contact), days=100)
        if number == 0:
            refer(contact, make_contact(), program, days_ago=95, won=True)

    found = report(program, window_days=90, now=NOW)

    assert found.total.k == 1 / 5
    assert found.reach == 125
