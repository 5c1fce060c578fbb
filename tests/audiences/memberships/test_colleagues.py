"""What happens to one of an account may change the answer for everybody in it."""

from datetime import timedelta

import pytest

from audiences.memberships.live import react_next
from audiences.models import Audience, Membership, MembershipChange
from audiences.models.membership import Cause
from contacts.changes import tell_changed
from contacts.erasure.asking import request_erasure
from contacts.models import AccountMember
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.drain import take_in
from tests.factories.tracking import make_source, track

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=1)
ORDERED = {"kind": "event", "name": "order", "operator": "at_least", "count": 1}


def of_account(quantifier):
    return {"kind": "account", "quantifier": quantifier, "condition": ORDERED}


def join(account_id, *contacts):
    AccountMember.objects.bulk_create(
        AccountMember(
            contact=one, account_id=account_id, identifier_id=one.pk, first_at=NOW
        )
        for one in contacts
    )


def members():
    while react_next(LATER):
        pass
    return set(Membership.objects.values_list("contact_id", flat=True))


def test_colleagues_hear_of_history():
    ada, ben = make_contact(), make_contact()
    join(7, ada, ben)
    make_audience(rule=of_account("any"))
    make_event(contact=ada, name="order")

    tell_changed({ada.pk: None}, now=NOW, is_historical=True)

    assert members() == {ada.pk, ben.pk}


def test_colleagues_hear_of_whom_everything_may_be_different():
    ada, ben = make_contact(), make_contact()
    join(7, ada, ben)
    make_audience(rule=of_account("any"))
    make_event(contact=ada, name="order")

    tell_changed({ada.pk: None}, now=NOW, is_remade=True)

    assert members() == {ada.pk, ben.pk}


def test_colleagues_hear_of_who_is_forgotten():
    ada, ben = make_contact(), make_contact()
    join(7, ada, ben)
    make_event(contact=ben, name="order")
    make_audience(rule=of_account("all"))
    assert members() == set()

    request_erasure(contact=ada, never_again=False, statement="", user=None, now=NOW)

    assert members() == {ben.pk}


def test_who_is_forgotten_leaves_at_once():
    ada, ben = make_contact(), make_contact()
    make_event(contact=ada, name="order")
    make_event(contact=ben, name="order")
    make_audience(rule=ORDERED)
    assert members() == {ada.pk, ben.pk}

    request_erasure(contact=ada, never_again=False, statement="", user=None, now=NOW)

    assert members() == {ben.pk}
    assert Audience.objects.get().size == 1


def test_new_contacts_told_after_the_fact_are_looked_at_quietly():
    make_audience(rule={"kind": "not", "condition": ORDERED})
    source = make_source()

    [result] = take_in(
        source, track(event="Opened", userId="ada"), now=NOW, historical=True
    )

    assert members() == {result.contact_id}
    assert MembershipChange.objects.get().cause == Cause.HISTORY


def test_accounts_told_after_the_fact_are_looked_at_quietly():
    make_audience(
        rule={
            "kind": "account_attribute",
            "name": "plan",
            "operator": "is",
            "value": "pro",
        }
    )
    source = make_source()
    [ada] = take_in(source, track(event="Opened", userId="ada"))
    assert members() == set()
    group = {"type": "group", "userId": "ada", "groupId": "acme", "messageId": "g1"}

    take_in(source, {**group, "traits": {"plan": "pro"}}, now=NOW, historical=True)

    assert members() == {ada.contact_id}
    assert MembershipChange.objects.get().cause == Cause.HISTORY
