import pytest

from contacts.models import Event
from contacts.sentences import event_sentence
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    make_order,
    make_referral,
    make_rule,
    refund,
    touch,
    work_off,
)

pytestmark = pytest.mark.django_db


def told(advocate):
    rows = Event.objects.filter(contact=advocate.contact_id, name="tier_reached")
    return sorted(row.properties["friends"] for row in rows)


def test_each_number_of_friends_is_told_once():
    program = make_program(name="Spring")
    make_rule(program, counting="every", friend_count=2, amount_minor=500)
    advocate = make_advocate(program)
    referrals = [make_referral(advocate) for _ in range(4)]
    for referral in referrals[:3]:
        make_order(referral)
    work_off()
    assert told(advocate) == [2]

    for referral in (*referrals, referrals[3]):
        make_order(referral)
        work_off()

    assert told(advocate) == [2, 4]
    event = Event.objects.filter(name="tier_reached").latest("pk")
    assert event.properties == {
        "program": "Spring",
        "program_id": program.pk,
        "friends": 4,
    }
    assert (
        event_sentence(event.name, event.properties) == "Reached 4 friends in “Spring”"
    )


def test_number_that_is_lost_and_reached_again_is_told_once():
    program = make_program()
    make_rule(program, counting="reaching", friend_count=1, amount_minor=500)
    advocate = make_advocate(program)
    order = make_order(make_referral(advocate))
    work_off()
    refund(order, 6000)
    work_off()
    make_order(make_referral(advocate))
    work_off()

    assert told(advocate) == [1]


def test_number_with_a_friend_in_doubt_is_told_when_he_is_cleared():
    program = make_program()
    make_rule(program, counting="reaching", friend_count=1, amount_minor=500)
    advocate = make_advocate(program)
    referral = make_referral(advocate, fraud_state="held")
    make_order(referral)
    work_off()
    assert told(advocate) == []

    touch(referral, NOW, fraud_state="clear")
    work_off()

    assert told(advocate) == [1]


def test_promise_that_replaces_another_tells_no_number_anew():
    program = make_program()
    old = make_rule(program, counting="reaching", friend_count=1, amount_minor=500)
    advocate = make_advocate(program)
    make_order(make_referral(advocate))
    work_off()
    make_rule(
        program, counting="reaching", friend_count=1, amount_minor=900, replaces=old
    )
    make_order(make_referral(advocate))
    work_off()

    assert told(advocate) == [1]
