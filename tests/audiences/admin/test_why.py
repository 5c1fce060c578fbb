"""The pages that explain who is in an audience: the search, the card, the panel."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audiences.admin.receipt_section import audience_rows
from audiences.admin.why import why_url
from audiences.memberships.refresh import refresh_audience
from audiences.models import Audience, MembershipChange
from audiences.models.membership import Cause
from contacts.models import Contact, Event
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact, make_event, make_user
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

DAY = timedelta(days=1)


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def orders(count=1):
    return {
        "kind": "event",
        "name": "order_completed",
        "operator": "at_least",
        "count": count,
        "window": {"kind": "ever"},
        "filters": [],
    }


def both(*conditions):
    return {"kind": "all", "conditions": list(conditions)}


def test_anybody_is_found_with_whether_he_is_a_member(admin_client):
    make_contact(first_name="Ada", last_name="Lovelace", attributes={"plan": "pro"})
    make_contact(first_name="Adam", last_name="Smith")
    make_contact(first_name="Zoe", last_name="Zed")
    audience = make_audience()

    page = text_of(admin_client.get(f"/audiences/audience/{audience.pk}/why/"))
    found = text_of(
        admin_client.get(f"/audiences/audience/{audience.pk}/why/results/", {"q": "ad"})
    )

    assert "Zoe Zed" in page
    assert "Zoe" not in found
    assert found.index("Adam Smith") < found.index("Not in it")
    assert found.index("Ada Lovelace") < found.index(">In it<")
    assert "Nobody begins with “x”." in text_of(
        admin_client.get(f"/audiences/audience/{audience.pk}/why/results/", {"q": "x"})
    )


def test_the_search_is_the_same_work_for_one_and_for_three(admin_client):
    audience = make_audience()

    def count():
        with CaptureQueriesContext(connection) as queries:
            text_of(admin_client.get(f"/audiences/audience/{audience.pk}/why/"))
        return len(queries)

    make_contact()
    one = count()
    make_contact()
    make_contact()
    assert count() == one


def test_nobody_to_search_says_so(admin_client):
    audience = make_audience()

    page = text_of(admin_client.get(f"/audiences/audience/{audience.pk}/why/"))

    assert "No contacts yet" in page


def test_the_card_shows_each_condition_and_what_is_missing(admin_client):
    contact = make_contact(first_name="Ada", attributes={"plan": "pro"})
    make_event(contact, total=3)
    audience = make_audience(rule=both(PRO, orders(3)), name="Regulars")

    page = text_of(admin_client.get(why_url(audience.pk, contact.pk)))

    assert "Does not fit “Regulars”" in page
    assert "1 of 2 conditions are as needed" in page
    assert "Did “Order completed” at least 3 times <strong>2 more</strong>" in page
    assert 'aria-label="Holds">✓' in page
    assert 'aria-label="Does not hold">✗' in page
    assert "1 event counted" in page
    assert "Ordered for 3" in page
    assert "Time alone does not change this." in page
    assert "Never in it so far." in page


def test_the_card_says_when_time_changes_the_answer(admin_client):
    contact = make_contact()
    make_event(contact, at=NOW)
    window = {"kind": "last", "amount": 100, "unit": "weeks"}
    audience = make_audience(rule={**orders(), "window": window})

    page = text_of(admin_client.get(why_url(audience.pk, contact.pk)))

    assert "Leaves on <time" in page
    assert "30 January 2028, 12:00:00" in page


def test_the_card_names_entries_and_exits_with_their_events(admin_client):
    contact = make_contact()
    audience = make_audience(rule=orders())
    source = make_source()
    receipt = make_receipt(source, message_id="m1")
    event = make_event(contact, key=f"{source.pk}:m1", total=9)
    Event.objects.filter(pk=event.pk).update(source=source)
    refresh_audience(audience, now=NOW + DAY, cause=Cause.EVENT)
    MembershipChange.objects.update(event_id=event.pk)

    page = text_of(admin_client.get(why_url(audience.pk, contact.pk)))
    before = text_of(admin_client.get(why_url(audience.pk, contact.pk, NOW - DAY)))

    assert "Fits “" in page
    assert "A member since 2 March 2026, 12:00:00." in page
    assert "Something happened: Ordered for 9" in page
    assert f'href="/data/debugger/{receipt.pk}/"' in page
    assert "On 28 February 2026, 12:00:00 the rule of today does not hold" in before


def test_what_differs_from_the_ledger_is_said(admin_client):
    contact = make_contact()
    audience = make_audience(rule=orders())
    make_event(contact)
    address = why_url(audience.pk, contact.pk)

    assert "Still no member until the audience is looked at again" in text_of(
        admin_client.get(address)
    )
    assert (
        "Really no member at that moment. Nobody has ever been in it yet."
        in text_of(admin_client.get(why_url(audience.pk, contact.pk, NOW + DAY)))
    )
    Audience.objects.update(archived_at=NOW)
    assert "The audience is archived" in text_of(admin_client.get(address))


def test_who_was_forgotten_is_told_apart(admin_client):
    contact = make_contact(attributes={"plan": "pro"})
    Contact.objects.update(erased_at=NOW)
    audience = make_audience()

    page = text_of(admin_client.get(why_url(audience.pk, contact.pk)))

    assert "this contact was forgotten on request" in page


def test_a_rule_that_can_not_be_asked_says_why(admin_client):
    contact = make_contact()
    audience = make_audience()
    Audience.objects.update(rule={"kind": "list", "list": 10**9, "operator": "on"})

    page = text_of(admin_client.get(why_url(audience.pk, contact.pk)))

    assert "The rule can’t be asked: This list is gone. Choose another." in page


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-02-30T10:00", "0001-01-01T00:00"]
)
def test_no_moment_is_no_page(admin_client, moment):
    audience, contact = make_audience(), make_contact()
    address = why_url(audience.pk, contact.pk)

    assert admin_client.get(address, {"as_of": moment}).status_code == 404
    assert admin_client.get(address, {"as_of": "2026-01-02T10:00"}).status_code == 200


def test_a_contact_shows_audiences_and_why(admin_client):
    contact = make_contact(attributes={"plan": "pro"})
    inside = make_audience(name="Inside")
    outside = make_audience(name="Outside", rule=orders())

    page = text_of(admin_client.get(f"/contacts/contact/{contact.pk}/change/"))

    assert (
        f'href="{why_url(inside.pk, contact.pk)}" aria-label="Why in Inside?"' in page
    )
    assert (
        f'href="{why_url(outside.pk, contact.pk)}" aria-label="Why not in Outside?"'
        in page
    )
    assert "Not in 1 audience<" in page


def test_a_contact_without_audiences_says_so(admin_client):
    contact = make_contact()
    address = f"/contacts/contact/{contact.pk}/change/"

    assert "There are no audiences yet." in text_of(admin_client.get(address))
    make_audience()
    assert "In none of the audiences." in text_of(admin_client.get(address))


def test_a_receipt_leads_to_the_explanation_of_that_moment(db):
    contact = make_contact(attributes={"plan": "pro"})
    audience = make_audience()
    receipt = make_receipt(make_source())
    MembershipChange.objects.update(receipt_id=receipt.pk)

    (row,) = audience_rows(receipt, contact)

    assert row.link == why_url(audience.pk, contact.pk, NOW)


def test_members_lead_to_their_explanations(admin_client):
    contact = make_contact(first_name="Ada", attributes={"plan": "pro"})
    audience = make_audience()

    page = text_of(admin_client.get(f"/audiences/audience/{audience.pk}/change/"))

    assert (
        f'href="{why_url(audience.pk, contact.pk)}" aria-label="Why is Ada in it?"'
        in page
    )


def test_only_who_may_see_people_gets_explanations(client, db):
    contact, audience = make_contact(), make_audience()
    client.force_login(make_user("audiences.view_audience"))

    assert client.get(why_url(audience.pk, contact.pk)).status_code == 403
    page = text_of(client.get(f"/audiences/audience/{audience.pk}/change/"))
    assert "Members" in page
    assert "Almost there" not in page
