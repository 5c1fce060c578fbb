import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.models import Event
from referrals.attribution import Outcome, attribute_referral
from referrals.claims import Happening
from referrals.models import Referral
from tests.factories.contacts import make_contact, make_event
from tests.factories.referrals import NOW, make_advocate, make_program, make_visit

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def sign_up(friend, at=NOW, key="once", **claims):
    make_once(friend, "signed_up", key, at)
    return attribute_referral(
        friend_contact_id=friend.pk,
        event=Happening("signed_up", at, key, {}),
        now=at,
        **claims,
    )


def order(friend, at=NOW, key="order:1", **claims):
    properties = {"total": 49.9, "currency": "EUR", "order_id": key}
    make_once(friend, "order_completed", key, at, properties)
    return attribute_referral(
        friend_contact_id=friend.pk,
        event=Happening("order_completed", at, key, properties),
        now=at,
        **claims,
    )


def make_once(friend, name, key, at, properties=None):
    if not Event.objects.filter(contact=friend, name=name, key=key).exists():
        make_event(friend, name=name, key=key, at=at, **(properties or {}))


def story_of(contact):
    rows = Event.objects.filter(contact=contact).order_by("pk")
    return list(rows.values_list("name", flat=True))


def test_a_click_is_credited_with_a_receipt():
    advocate, friend = make_advocate(), make_contact()
    visit = make_visit(advocate, now=NOW - DAY)

    outcome = sign_up(friend, click_id=visit.click_id)

    referral = Referral.objects.get()
    assert outcome == Outcome("credited", "", referral)
    assert (referral.contact, referral.program) == (friend, advocate.program)
    assert referral.advocate_contact_id == advocate.contact_id
    assert referral.advocate_id == advocate.pk
    assert (referral.source, referral.click_id) == ("click", visit.click_id)
    assert (referral.lead_at, referral.won_at, referral.stage) == (NOW, None, "lead")
    assert referral.receipt == {
        "event": "signed_up",
        "event_at": NOW.isoformat(),
        "decided_at": NOW.isoformat(),
        "claims": [
            {
                "source": "click",
                "value": visit.click_id,
                "advocate_contact_id": advocate.contact_id,
                "code": advocate.code,
                "program": advocate.program.name,
                "visited_at": (NOW - DAY).isoformat(),
                "visit_kind": "human",
                "accepted": True,
            }
        ],
    }
    assert story_of(friend) == ["signed_up", "referred"]
    assert story_of(advocate.contact) == ["link_visited", "referral_lead"]


def test_an_order_wins_once():
    advocate, friend = make_advocate(), make_contact()
    sign_up(friend, code=advocate.code)

    order(friend, NOW + DAY, "order:1")
    order(friend, NOW + 2 * DAY, "order:2")

    referral = Referral.objects.get()
    assert (referral.lead_at, referral.won_at) == (NOW, NOW + DAY)
    assert story_of(advocate.contact) == ["referral_lead", "referral_won"]
    won = Event.objects.get(name="referral_won")
    assert won.properties == {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "source": "code",
        "total": 49.9,
        "currency": "EUR",
    }


def test_an_order_with_a_code_is_lead_and_won_at_once():
    advocate, friend = make_advocate(), make_contact()

    outcome = order(friend, code=advocate.code.upper())

    referral = Referral.objects.get()
    assert outcome.status == "credited"
    assert (referral.lead_at, referral.won_at, referral.stage) == (NOW, NOW, "won")
    assert referral.source == "code"


def test_an_order_from_before_the_lead_wins_nothing():
    advocate, friend = make_advocate(), make_contact()
    sign_up(friend, code=advocate.code)

    order(friend, NOW - DAY)

    assert Referral.objects.get().won_at is None


def test_an_order_that_is_reported_before_the_sign_up_wins_too():
    advocate, friend = make_advocate(), make_contact()
    visit = make_visit(advocate, now=NOW - DAY)
    order(friend, at=NOW + DAY)

    sign_up(friend, at=NOW, click_id=visit.click_id)

    referral = Referral.objects.get()
    assert (referral.lead_at, referral.won_at) == (NOW, NOW + DAY)
    assert story_of(advocate.contact)[-2:] == ["referral_lead", "referral_won"]


def test_a_typed_code_beats_a_click():
    program = make_program()
    clicked, typed = make_advocate(program), make_advocate(program)
    visit = make_visit(clicked, now=NOW - DAY)

    sign_up(make_contact(), click_id=visit.click_id, code=typed.code)

    referral = Referral.objects.get()
    assert referral.advocate_contact_id == typed.contact_id
    assert referral.click_id == ""


def test_a_mistyped_code_falls_back_to_the_click():
    advocate = make_advocate()
    visit = make_visit(advocate, now=NOW - DAY)

    sign_up(make_contact(), click_id=visit.click_id, code="zzzzzzzz")

    referral = Referral.objects.get()
    assert referral.advocate_contact_id == advocate.contact_id
    assert [
        (line["source"], line["accepted"], line.get("because"))
        for line in referral.receipt["claims"]
    ] == [
        ("code", False, "No advocate has this code."),
        ("click", True, None),
    ]


def test_a_lead_is_locked():
    program = make_program()
    first, second = make_advocate(program), make_advocate(program)
    friend = make_contact()
    sign_up(friend, code=first.code)

    outcome = order(friend, NOW + DAY, code=second.code)

    referral = Referral.objects.get()
    assert outcome == Outcome("already_credited", "", referral)
    assert referral.advocate_contact_id == first.contact_id
    assert story_of(second.contact) == []


def test_one_friend_may_have_one_advocate_in_each_program():
    first, second = make_advocate(), make_advocate()
    friend = make_contact()

    sign_up(friend, code=first.code)
    sign_up(friend, code=second.code)

    assert Referral.objects.filter(contact=friend).count() == 2


def test_the_database_refuses_a_second_advocate():
    advocate, friend = make_advocate(), make_contact()
    sign_up(friend, code=advocate.code)
    second = Referral.objects.get()
    second.pk = None

    with (
        pytest.raises(IntegrityError, match="one_advocate_per_friend"),
        transaction.atomic(),
    ):
        second.save(force_insert=True)


def test_the_database_refuses_a_referral_of_oneself():
    advocate = make_advocate()

    with (
        pytest.raises(IntegrityError, match="nobody_refers_himself"),
        transaction.atomic(),
    ):
        Referral.objects.create(
            contact=advocate.contact,
            program=advocate.program,
            advocate_contact_id=advocate.contact_id,
            advocate_id=advocate.pk,
            source="code",
            lead_at=NOW,
        )


def test_the_same_event_twice_changes_nothing():
    advocate, friend = make_advocate(), make_contact()
    visit = make_visit(advocate, now=NOW - DAY)
    sign_up(friend, click_id=visit.click_id)
    before = list(Event.objects.order_by("pk").values())

    outcome = sign_up(friend, click_id=visit.click_id)

    assert outcome.status == "already_credited"
    assert Referral.objects.count() == 1
    assert list(Event.objects.order_by("pk").values()) == before


def refused(friend, reason):
    assert not Referral.objects.exists()
    event = Event.objects.get(contact=friend, name="referral_refused")
    assert event.properties["reason"] == reason
    return event.properties["receipt"]["claims"][0]["because"]


@pytest.mark.parametrize(
    ("age", "status"),
    [(30 * DAY, "credited"), (30 * DAY + timedelta(seconds=1), "refused")],
)
def test_the_window_ends_after_thirty_days(age, status):
    visit = make_visit(make_advocate(), now=NOW - age)

    assert sign_up(make_contact(), click_id=visit.click_id).status == status


def test_the_window_is_the_programs_own():
    advocate, friend = make_advocate(make_program(window_days=7)), make_contact()
    visit = make_visit(advocate, now=NOW - 8 * DAY)

    outcome = sign_up(friend, click_id=visit.click_id)

    assert outcome == Outcome("refused", "window_over")
    assert refused(friend, "window_over") == (
        "The link was opened too long before: the window is 7 days."
    )


@pytest.mark.parametrize("how", ["code", "click_id"])
def test_nobody_refers_himself(how):
    advocate = make_advocate()
    visit = make_visit(advocate, now=NOW - DAY)
    claim = {"code": advocate.code, "click_id": visit.click_id}[how]

    outcome = sign_up(advocate.contact, **{how: claim})

    assert outcome == Outcome("refused", "own_link")
    refused(advocate.contact, "own_link")


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("order_completed", "The friend was a customer before: ordered on 2026-11-18."),
        ("signed_up", "The friend was a customer before: signed up on 2026-11-18."),
    ],
)
def test_a_customer_from_before_the_visit_is_no_friend(name, because):
    advocate, friend = make_advocate(), make_contact()
    make_event(friend, name=name, at=NOW - 2 * DAY)
    visit = make_visit(advocate, now=NOW - DAY)

    outcome = order(friend, click_id=visit.click_id)

    assert outcome == Outcome("refused", "existing_customer")
    assert refused(friend, "existing_customer") == because


def test_who_signed_up_after_the_visit_is_a_friend():
    advocate, friend = make_advocate(), make_contact()
    visit = make_visit(advocate, now=NOW - 2 * DAY)
    make_event(friend, name="signed_up", at=NOW - DAY)

    assert order(friend, click_id=visit.click_id).status == "credited"


@pytest.mark.parametrize(
    ("name", "age", "status"),
    [
        ("signed_up", 29 * DAY, "credited"),
        ("signed_up", 31 * DAY, "refused"),
        ("order_completed", DAY, "refused"),
    ],
)
def test_a_code_counts_for_new_customers(name, age, status):
    advocate, friend = make_advocate(), make_contact()
    make_event(friend, name=name, key="before", at=NOW - age)

    assert order(friend, code=advocate.code).status == status


def test_a_visit_after_the_event_led_to_nothing():
    advocate, friend = make_advocate(), make_contact()
    visit = make_visit(advocate, now=NOW + timedelta(minutes=6))

    assert sign_up(friend, click_id=visit.click_id).reason == "visit_after_event"


def test_a_program_that_ended_credits_only_earlier_visits():
    advocate = make_advocate()
    before = make_visit(advocate, now=NOW - 2 * DAY)
    after = make_visit(advocate, now=NOW - DAY / 2)
    advocate.program.ended_at = NOW - DAY
    advocate.program.save()

    assert sign_up(make_contact(), click_id=before.click_id).status == "credited"
    assert sign_up(make_contact(), click_id=after.click_id).reason == "program_ended"
    assert sign_up(make_contact(), code=advocate.code).reason == "program_ended"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"code": "zzzzzzzz"}, "unknown_code"),
        ({"click_id": "nope"}, "unknown_click"),
        ({"click_id": "x" * 500}, "unknown_click"),
    ],
)
def test_what_nobody_knows_is_refused(claims, reason):
    make_program()
    friend = make_contact()

    assert sign_up(friend, **claims) == Outcome("refused", reason)
    refused(friend, reason)


def test_a_click_of_an_advocate_who_is_gone_is_refused():
    advocate = make_advocate()
    visit = make_visit(advocate, now=NOW - DAY)
    advocate.contact.delete()

    assert sign_up(make_contact(), click_id=visit.click_id).reason == "unknown_click"


def test_without_a_claim_nothing_is_said():
    friend = make_contact()

    assert sign_up(friend) == Outcome("no_claim")
    assert story_of(friend) == ["signed_up"]


@pytest.mark.django_db(transaction=True)
def test_two_advocates_at_the_same_time_end_with_one():
    program = make_program()
    advocates = [make_advocate(program), make_advocate(program)]
    friend = make_contact()
    make_once(friend, "signed_up", "once", NOW)
    barrier = threading.Barrier(2)
    statuses = []

    def attribute(advocate):
        barrier.wait()
        outcome = attribute_referral(
            friend_contact_id=friend.pk,
            event=Happening("signed_up", NOW, "once", {}),
            code=advocate.code,
            now=NOW,
        )
        statuses.append(outcome.status)
        connection.close()

    workers = [threading.Thread(target=attribute, args=(one,)) for one in advocates]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(statuses) == ["already_credited", "credited"]
    referral = Referral.objects.get()
    leads = Event.objects.filter(name="referral_lead")
    assert [lead.contact_id for lead in leads] == [referral.advocate_contact_id]
    assert Event.objects.filter(name="referred").count() == 1
