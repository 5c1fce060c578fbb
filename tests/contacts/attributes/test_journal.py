from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.attributes import (
    Assertion,
    Changed,
    as_of,
    assert_attributes,
    begin_history,
    history,
    refold,
)
from contacts.identities.find import edit_contact
from contacts.models import (
    AttributeChange,
    Contact,
    Identifier,
    ImportChange,
    ImportRun,
    Reaction,
    WatchedEvent,
)
from contacts.models.event import CONTACT_CHANGED
from tests.factories.contacts import NOW, make_contact, make_user

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def empty_contact():
    return Contact.objects.create(created_at=NOW)


def told(contact, hours, key="1:a", **values):
    return Assertion(
        contact_id=contact.pk,
        at=NOW + hours * HOUR,
        order_key=key,
        values={name.replace("__", ":"): value for name, value in values.items()},
        cause="identify",
        receipt_id=7,
        source_id=3,
    )


def tell(*assertions):
    return assert_attributes(assertions, now=NOW + 100 * HOUR)


def shown(contact):
    contact.refresh_from_db()
    fields = ("email", "first_name", "last_name", "locale", "time_zone")
    given = {name: getattr(contact, name) for name in fields if getattr(contact, name)}
    return given | contact.attributes


def test_newest_counts_whatever_the_order():
    ada = empty_contact()

    assert tell(told(ada, 2, plan="pro", age=30)) == {ada.pk}
    assert tell(told(ada, 1, plan="free", city="Rome")) == {ada.pk}
    assert tell(told(ada, 1, plan="free", city="Rome")) == set()
    assert tell(told(ada, 0, "1:b", plan="basic")) == set()
    assert tell(told(ada, 3, age=None), told(ada, 2, "1:b", plan="max")) == {ada.pk}

    assert shown(ada) == {"plan": "max", "city": "Rome"}
    assert ada.attributes_at == NOW + 3 * HOUR
    assert AttributeChange.objects.count() == 5
    change = AttributeChange.objects.get(at=NOW + 2 * HOUR, order_key="1:a")
    assert (change.cause, change.receipt_id, change.source_id) == ("identify", 7, 3)


def test_keys_decide_within_an_instant_byte_by_byte():
    ada, ben = empty_contact(), empty_contact()
    both = [
        [told(one, 1, "1:Z", plan="upper"), told(one, 1, "1:a", plan="lower")]
        for one in (ada, ben)
    ]

    tell(*both[0])
    tell(both[1][1])
    tell(both[1][0])

    assert [shown(ada), shown(ben)] == [{"plan": "lower"}, {"plan": "lower"}]


def test_what_depends_on_the_past_is_looked_up():
    ada = empty_contact()

    tell(told(ada, 1, locale="de", first_name="Ada", noticed__time_zone="Europe/Rome"))
    tell(told(ada, 2, noticed__locale="fr", name="Augusta King"))
    assert shown(ada) == {
        "locale": "de",
        "first_name": "Ada",
        "last_name": "King",
        "time_zone": "Europe/Rome",
    }

    tell(told(ada, 3, locale=None, first_name=None))
    assert shown(ada) == {
        "locale": "fr",
        "last_name": "King",
        "time_zone": "Europe/Rome",
    }


def test_address_counts_while_it_names_the_contact():
    ada = empty_contact()
    for address in ("old@example.com", "new@example.com"):
        Identifier.objects.create(kind="email", value=address, contact=ada)
    make_contact(email="ben@example.com")

    tell(told(ada, 1, email="old@example.com"), told(ada, 3, email="ben@example.com"))
    assert shown(ada) == {"email": "old@example.com"}
    tell(told(ada, 2, email="new@example.com"))
    assert shown(ada) == {"email": "new@example.com"}

    Identifier.objects.filter(value="new@example.com").delete()
    assert refold([ada.pk], now=NOW) == {ada.pk}
    assert shown(ada) == {"email": "old@example.com"}


def test_refold_leaves_who_has_no_journal_and_empties_who_lost_it():
    kept = Contact.objects.create(first_name="Ada", created_at=NOW)
    lost = empty_contact()
    tell(told(lost, 1, plan="pro"))
    AttributeChange.objects.all().delete()

    assert refold([kept.pk, lost.pk], now=NOW) == {lost.pk}
    assert [shown(kept), shown(lost)] == [{"first_name": "Ada"}, {}]
    assert lost.attributes_at is None


def test_journal_begins_with_what_was_known():
    ada = Contact.objects.create(
        first_name="Ada", attributes={"plan": "free", "age": 30}, created_at=NOW
    )
    begin_history([ada.pk], now=NOW)

    tell(told(ada, -1, plan="pro", city="Rome"), told(ada, 1, age=31))

    assert shown(ada) == {
        "first_name": "Ada",
        "plan": "free",
        "age": 31,
        "city": "Rome",
    }
    first = AttributeChange.objects.get(cause="known")
    assert (first.at, first.values) == (
        NOW,
        {"first_name": "Ada", "plan": "free", "age": 30},
    )


def test_contact_that_does_not_exist_is_left_out():
    assert tell(told(Contact(pk=1), 1, plan="pro")) == set()
    assert not AttributeChange.objects.exists()


def test_who_watches_changes_is_told_of_those_that_show():
    WatchedEvent.objects.create(consumer="audiences", name=CONTACT_CHANGED)
    ada, ben = empty_contact(), empty_contact()
    tell(told(ben, 2, plan="pro"))
    Reaction.objects.all().delete()

    tell(told(ada, 1, plan="pro"), told(ben, 1, plan="free"))

    assert list(Reaction.objects.values_list("contact_id", "receipt_id")) == [
        (ada.pk, 7)
    ]


def test_many_cost_as_many_statements_as_one():
    contacts = [empty_contact() for _ in range(20)]

    with CaptureQueriesContext(
        connection,
    ) as one:
        tell(told(contacts[0], 1, plan="pro"))
    with CaptureQueriesContext(connection) as many:
        tell(*[told(contact, 2, plan="max") for contact in contacts])

    assert len(one) == len(many)


def test_history_says_what_changed_by_the_time_it_was_true():
    user = make_user()
    ada = make_contact(email="ada@example.com", first_name="Ada", now=NOW)
    tell(told(ada, 2, plan="pro"), told(ada, 1, plan="free", noticed__locale="de"))
    edit_contact(
        contact=Contact.objects.get(pk=ada.pk),
        email="augusta@example.com",
        fields={"first_name": "Augusta", "locale": "de"},
        attributes={},
        user=user,
        now=NOW + 3 * HOUR,
    )

    ada.refresh_from_db()
    at = [NOW + hours * HOUR for hours in range(4)]
    message = ("identify", 3, None, 7)
    hand = ("by_hand", None, user.pk, None)
    assert history(ada) == [
        Changed("email", None, "ada@example.com", at[0], "by_hand", None, None, None),
        Changed("first_name", None, "Ada", at[0], "by_hand", None, None, None),
        Changed("locale", None, "de", at[1], *message),
        Changed("plan", None, "free", at[1], *message),
        Changed("plan", "free", "pro", at[2], *message),
        Changed("email", "ada@example.com", "augusta@example.com", at[3], *hand),
        Changed("first_name", "Ada", "Augusta", at[3], *hand),
        Changed("plan", "pro", None, at[3], *hand),
    ]
    assert as_of(ada, at[1]) == {
        "email": "ada@example.com",
        "first_name": "Ada",
        "locale": "de",
        "plan": "free",
    }
    assert as_of(ada, NOW - HOUR) == {}


def test_history_of_who_has_no_journal_yet():
    ada = Contact.objects.create(first_name="Ada", created_at=NOW)

    assert history(ada) == [
        Changed("first_name", None, "Ada", NOW, "known", None, None, None)
    ]
    assert not AttributeChange.objects.exists()


def test_refold_takes_over_what_came_to_who_had_only_an_address():
    ada = make_contact(email="", user_id="u1")
    Identifier.objects.create(
        kind="email", value="ada@example.com", contact=ada, stated_at=NOW
    )
    ben = empty_contact()
    tell(told(ben, 1, plan="pro"))
    AttributeChange.objects.update(contact=ada)

    assert refold([ada.pk, ben.pk], now=NOW) == {ada.pk, ben.pk}
    assert [shown(ada), shown(ben)] == [
        {"email": "ada@example.com", "plan": "pro"},
        {},
    ]


def test_journal_of_an_import_is_a_part_of_the_history():
    ada = make_contact(email="ada@example.com")
    AttributeChange.objects.all().delete()
    run = ImportRun.objects.create(confirmed_at=NOW + HOUR)
    blank = {"first_name": "", "last_name": "", "locale": "", "time_zone": ""}
    ImportChange.objects.create(
        contact=ada,
        import_run=run,
        before=blank | {"attributes": {"plan": "free"}},
        after=blank | {"first_name": "Ada", "attributes": {"plan": "pro"}},
    )
    Contact.objects.filter(pk=ada.pk).update(
        attributes_at=None, first_name="Ada", attributes={"plan": "pro"}
    )

    tell(told(ada, 0.5, plan="max", age=30))

    assert shown(ada) == {
        "email": "ada@example.com",
        "first_name": "Ada",
        "plan": "pro",
        "age": 30,
    }
    assert as_of(ada, NOW + 0.5 * HOUR) == {
        "email": "ada@example.com",
        "plan": "max",
        "age": 30,
    }
