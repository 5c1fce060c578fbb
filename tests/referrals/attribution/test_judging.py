from datetime import timedelta

import pytest

from contacts import lists
from contacts.models import Contact, Event, Source
from referrals.attribution.inbox import credit_next
from referrals.clues import Trail, leave_clues
from referrals.models import Referral
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.drain import take_in
from tests.factories.plans import make_source
from tests.factories.referrals import make_advocate, make_program, make_visit

DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def server(**changes):
    return make_source(kind=Source.Kind.SERVER, **changes)


def track(event, at=NOW, user="u1", **fields):
    return {
        "type": "track",
        "event": event,
        "userId": user,
        "timestamp": at.isoformat(),
        **fields,
    }


def work(now=NOW):
    while credit_next(now=now):
        pass


def test_who_is_on_the_list_of_customers_is_nobodys_friend():
    program = make_program(customers_list=lists.create_list(name="Customers", now=NOW))
    advocate, friend = make_advocate(program), make_contact()
    lists.add_contacts(
        contact_list=program.customers_list, contact_ids=[friend.pk], now=NOW - DAY
    )
    make_event(friend, name="Signed Up", at=NOW)

    leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)
    work()

    refused = Event.objects.get(name="referral_refused")
    assert refused.properties["reason"] == "customer_listed"


def test_who_was_imported_as_a_customer_is_nobodys_friend_in_any_program():
    advocate, friend = make_advocate(), make_contact()
    imported = lists.create_list(name="Our customers", now=NOW)
    lists.add_contacts(contact_list=imported, contact_ids=[friend.pk], now=NOW - DAY)
    lists.mark_customers(contact_list=imported, now=NOW)
    make_event(friend, name="Signed Up", at=NOW)

    leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)
    work()

    refused = Event.objects.get(name="referral_refused")
    because = refused.properties["receipt"]["claims"][0]["because"]
    assert "“Our customers”" in because
    lists.unmark_customers(contact_list=imported)
    leave_clues([Trail(friend.pk, "coupon", advocate.code, NOW, "d")], now=NOW)
    work()
    assert Referral.objects.count() == 1


def test_whom_we_knew_before_the_day_is_nobodys_friend():
    program = make_program(customers_before=NOW.date())
    advocate = make_advocate(program)
    for name, at in (("old", NOW - DAY), ("new", NOW)):
        friend = make_contact(first_name=name)
        Contact.objects.filter(pk=friend.pk).update(created_at=at)
        make_event(friend, name="Signed Up", at=NOW)
        leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)

    work()

    assert Referral.objects.get().contact.first_name == "new"


@pytest.mark.parametrize(("choice", "first"), [("last", False), ("first", True)])
def test_the_program_says_which_of_several_visits_counts(choice, first):
    program = make_program(click_choice=choice)
    early, late = make_advocate(program), make_advocate(program)
    friend = make_contact()
    for advocate, at in ((late, NOW - DAY), (early, NOW - 2 * DAY)):
        visit = make_visit(advocate, now=at)
        leave_clues([Trail(friend.pk, "device", visit.click_id, at)], now=NOW)
    make_event(friend, name="Signed Up", at=NOW)

    work()

    winner = early if first else late
    assert Referral.objects.get().advocate_contact_id == winner.contact_id


@pytest.mark.parametrize(("beats", "source"), [(True, "code"), (False, "click")])
def test_the_program_says_whether_a_code_beats_a_click(beats, source):
    program = make_program(code_beats_click=beats)
    clicked, typed = make_advocate(program), make_advocate(program)
    visit, friend = make_visit(clicked, now=NOW - DAY), make_contact()
    make_event(friend, name="Signed Up", at=NOW)

    trails = [
        Trail(friend.pk, "click", visit.click_id, NOW),
        Trail(friend.pk, "code", typed.code, NOW, "c"),
    ]
    leave_clues(trails, now=NOW)
    work()

    referral = Referral.objects.get()
    assert referral.source == source
    reasons = [line.get("reason") for line in referral.receipt["claims"]]
    assert reasons == [None, "outranked"]


@pytest.mark.parametrize(("excludes", "count"), [(True, 0), (False, 1)])
def test_who_came_through_an_ad_is_left_out_where_the_program_wants_it(excludes, count):
    program = make_program(excludes_paid_ads=excludes)
    visit = make_visit(make_advocate(program), now=NOW - DAY)
    url = f"https://shop.example.com/?gl_click={visit.click_id}&gclid=x"
    context = {"page": {"url": url}}

    take_in(server(), track("Signed Up", context=context))
    work()

    assert Referral.objects.count() == count
