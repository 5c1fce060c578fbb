from datetime import timedelta
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.guardrails.budget import lock_budgets
from campaigns.models import Ask, AskBudget, Campaign, Enrollment
from contacts import consents
from contacts.attributes import Assertion, assert_attributes
from contacts.identities.by_hand import merge_by_hand
from contacts.identities.merge import ContactGone, merge_contacts
from contacts.identities.resolve import Sighting, resolve
from contacts.identities.strays import backlog, move_strays
from contacts.identities.tables import person_tables
from contacts.identities.undo import AlreadyUndone, undo_merge
from contacts.identities.whereabouts import present_id, stand_in_for
from contacts.models import (
    AttributeChange,
    Consent,
    Contact,
    Event,
    Identifier,
    IdentifierLink,
    Merge,
)
from referrals.links import find_advocate, share_url
from referrals.models import Advocate, Referral
from referrals.views.share import find_page_owner
from tests.factories.campaigns import make_ask, make_campaign, make_enrollment
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.everything import dump, make_person, make_world
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def merge(survivor, merged):
    return merge_contacts(
        survivor_id=survivor.pk, merged_id=merged.pk, link=None, now=NOW
    )


def without(dumped, merged):
    """Everything but the record of the merge itself, and what is to be looked at anew."""
    own = [row for row in dumped["contacts.Merge"] if row["id"] != merged.pk]
    rung = [row for row in dumped["contacts.Reaction"] if row["name"] != "look_again"]
    return settled(dumped) | {"contacts.Merge": own, "contacts.Reaction": rung}


def settled(dumped):
    """Everything but when referrals are looked at anew."""
    rows = dumped["referrals.Referral"]
    due = {"judge_due_at": None, "rewards_due_at": None}
    return dumped | {"referrals.Referral": [row | due for row in rows]}


def test_merge_and_undo_restore_both_sides_exactly():
    world = make_world()
    first, second = make_person(world, "Anna"), make_person(world, "Berta")
    before = settled(dump())

    merged = merge(first, second)
    assert {row["id"] for row in dump()["contacts.Contact"]} == {
        first.pk,
        world.other.pk,
    }
    undo_merge(merge=merged, now=NOW)

    assert without(dump(), merged) == before


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_merge_and_undo_restore_whatever_the_two_had(data):
    point = transaction.savepoint()
    world = make_world()
    people = [make_person(world, "Anna"), make_person(world, "Berta")]
    for contact in people:
        for model in data.draw(st.lists(st.sampled_from(person_tables()), unique=True)):
            rows = model._base_manager.filter(contact=contact)
            rows._raw_delete(rows.db)
    before = settled(dump())

    merged = merge(*people)
    undo_merge(merge=merged, now=NOW)

    assert without(dump(), merged) == before
    transaction.savepoint_rollback(point)


@pytest.mark.parametrize("is_last_first", [True, False])
def test_chain_of_merges_is_undone(is_last_first):
    world = make_world()
    first, second, third = (
        make_person(world, name) for name in ("Anna", "Berta", "Clara")
    )
    before = settled(dump())

    inner = merge(second, third)
    outer = merge(first, second)
    assert present_id(third.pk) == first.pk
    for merged in (outer, inner) if is_last_first else (inner, outer):
        merged.refresh_from_db()
        undo_merge(merge=merged, now=NOW)

    after = without(without(dump(), inner), outer)
    if not is_last_first:
        # Worked out anew from their journals, which this world makes up.
        del after["contacts.Contact"], before["contacts.Contact"]
    assert after == before


def test_inner_merge_that_is_undone_leaves_no_value_behind():
    first, second, third = (
        make_contact(attributes={name: name}, first_name=name)
        for name in ("anna", "berta", "clara")
    )
    inner = merge(second, third)
    outer = merge(first, second)

    for merged in (inner, outer):
        merged.refresh_from_db()
        undo_merge(merge=merged, now=LATER)

    shown = Contact.objects.order_by("pk").values_list("first_name", "attributes")
    assert list(shown) == [(name, {name: name}) for name in ("anna", "berta", "clara")]


def test_merge_is_undone_once():
    first, second = make_contact(), make_contact()
    merged = merge(first, second)
    undo_merge(merge=merged, now=NOW)

    with pytest.raises(AlreadyUndone):
        undo_merge(merge=merged, now=NOW)


def test_what_came_since_goes_with_its_identifier():
    visitor, user = resolve(
        [
            Sighting((("anonymous_id", "a1"),), "together", NOW, "1:1"),
            Sighting((("user_id", "u1"),), "together", NOW, "1:2"),
        ],
        now=NOW,
    )
    both = (("user_id", "u1"), ("anonymous_id", "a1"))
    resolve([Sighting(both, "together", NOW, "1:3")], now=NOW)
    merged = Merge.objects.get()
    for name, one in (("of visitor", visitor), ("of user", user)):
        Event.objects.create(
            contact_id=user.contact_id,
            identifier_id=one.identifier_id,
            name=name,
            key=name,
            occurred_at=LATER,
        )
    make_event(Contact.objects.get(), name="of nobody", at=LATER)
    assert_attributes(
        [
            Assertion(
                user.contact_id,
                LATER,
                "1:9",
                {"plan": "pro"},
                "identify",
                identifier_id=visitor.identifier_id,
            )
        ],
        now=LATER,
    )

    undo_merge(merge=merged, now=LATER)

    owners = dict(Event.objects.values_list("name", "contact_id"))
    assert owners == {
        "of visitor": visitor.contact_id,
        "of user": user.contact_id,
        "of nobody": user.contact_id,
    }
    plans = dict(Contact.objects.values_list("pk", "attributes"))
    assert plans == {visitor.contact_id: {"plan": "pro"}, user.contact_id: {}}
    # The link is cut: the same message again does not join them.
    resolve([Sighting(both, "together", LATER, "1:10")], now=LATER)
    assert Contact.objects.count() == 2
    assert IdentifierLink.objects.get().cut_at == LATER


def test_changed_row_keeps_its_change_and_goes_back():
    first, second = make_contact(), make_contact()
    enrollment = make_enrollment(make_campaign(state="running"), contact=second)
    merged = merge(first, second)
    Enrollment.objects.filter(pk=enrollment.pk).update(visit=7)

    undo_merge(merge=merged, now=LATER)

    assert list(Enrollment.objects.values_list("contact_id", "visit")) == [
        (second.pk, 7)
    ]


def test_strictest_permission_counts_and_nobody_is_asked_twice():
    first, second = make_contact(), make_contact()
    consents.grant([first.pk, second.pk], source="test", statement="", now=NOW)
    consents.withdraw(contact=second, source="test", now=LATER)
    today = NOW.date()
    AskBudget.objects.create(contact=first, last_asked_on=today, next_on=today)
    AskBudget.objects.create(
        contact=second, last_asked_on=None, next_on=today + timedelta(days=90)
    )

    merge(first, second)

    assert list(Consent.objects.values_list("contact_id", "state", "changed_at")) == [
        (first.pk, "withdrawn", LATER)
    ]
    assert list(AskBudget.objects.values_list("last_asked_on", "next_on")) == [
        (today, today + timedelta(days=90))
    ]


def test_furthest_pass_goes_on_and_the_other_ends():
    first, second = make_contact(), make_contact()
    campaign = make_campaign(state=Campaign.State.RUNNING)
    behind = make_enrollment(campaign, contact=first, visit=1)
    ahead = make_enrollment(campaign, contact=second, visit=3)

    merge(first, second)

    assert set(
        Enrollment.objects.values_list("pk", "contact_id", "state", "end_reason")
    ) == {
        (behind.pk, first.pk, "exited", "merged"),
        (ahead.pk, first.pk, "active", ""),
    }


def test_both_codes_and_old_links_lead_to_who_remained():
    program = make_program()
    ours = make_advocate(program=program, contact=make_contact())
    theirs = make_advocate(program=program, contact=make_contact())
    token = share_url(theirs.contact_id, theirs.pk).rpartition("/")[2]

    merge(ours.contact, theirs.contact)

    assert find_advocate(ours.code) == find_advocate(theirs.code) == ours
    assert find_page_owner(token) == ours
    assert stand_in_for(Advocate, ours.contact_id, theirs.pk) == ours.pk


def test_nobody_refers_himself_after_a_merge():
    program = make_program()
    advocate = make_advocate(program=program, contact=make_contact())
    friend = make_contact()
    Referral.objects.create(
        contact=friend,
        program=program,
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        source="code",
        lead_at=NOW,
    )

    merged = merge(advocate.contact, friend)
    assert not Referral.objects.exists()
    undo_merge(merge=merged, now=NOW)

    assert Referral.objects.get().contact_id == friend.pk


def test_contact_that_is_gone_is_not_merged():
    first, second = make_contact(), make_contact()
    merge(first, second)

    with pytest.raises(ContactGone):
        merge(first, second)


def test_rows_written_during_a_merge_come_along():
    first, second = make_contact(), make_contact()
    merged = merge(first, second)
    stray = Event.objects.create(
        contact_id=second.pk, name="late", key="1", occurred_at=NOW
    )
    assert move_strays(now=NOW) == backlog(NOW).count == 0

    soon = NOW + timedelta(minutes=1)
    assert backlog(soon).count == 1
    assert move_strays(now=soon) == 1
    assert move_strays(now=soon) == 0
    assert Event.objects.get(pk=stray.pk).contact_id == first.pk

    merged.refresh_from_db()
    undo_merge(merge=merged, now=LATER)
    assert Event.objects.get(pk=stray.pk).contact_id == second.pk
    assert backlog(LATER).count == 0


def in_thread(work):
    """Run on a connection of its own."""

    def run():
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_are_one():
    first, second = make_contact(), make_contact()
    outcomes = []

    def try_merge(one, other):
        try:
            merge_by_hand(contact_id=one.pk, other_id=other.pk, user=None, now=NOW)
            outcomes.append("merged")
        except ContactGone:
            outcomes.append("gone")

    threads = [
        in_thread(lambda: try_merge(first, second)),
        in_thread(lambda: try_merge(second, first)),
    ]
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["gone", "merged"]
    assert list(Contact.objects.values_list("pk", flat=True)) == [first.pk]
    assert set(Identifier.objects.values_list("contact_id", flat=True)) == {first.pk}


@pytest.mark.django_db(transaction=True)
def test_merge_waits_for_an_ask_that_is_being_decided():
    first, second = make_contact(), make_contact()
    campaign = make_campaign(state=Campaign.State.RUNNING)
    AskBudget.objects.create(contact=second)
    is_locked, may_go_on = Signal(), Signal()

    def decide():
        with transaction.atomic():
            lock_budgets([second.pk])
            is_locked.set()
            may_go_on.wait(10)
            make_ask(campaign, contact=second)
            AskBudget.objects.filter(contact=second).update(last_asked_on=NOW.date())

    deciding = in_thread(decide)
    is_locked.wait(10)
    merging = in_thread(lambda: merge(first, second))
    merging.join(0.5)
    assert merging.is_alive()
    may_go_on.set()
    deciding.join()
    merging.join()

    assert Ask.objects.get().contact_id == first.pk
    assert AskBudget.objects.get().last_asked_on == NOW.date()
    assert not AttributeChange.objects.filter(contact_id=second.pk).exists()
