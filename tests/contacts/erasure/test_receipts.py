import pytest

from contacts.erasure import receipts
from contacts.erasure.receipts import receipts_of_others, receipts_of_person
from contacts.erasure.traces import names_of
from contacts.models import Contact, Identifier, Receipt
from tests.factories.drain import take_in
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


def send(source, *items):
    """Let messages in, and tell their receipts."""
    whole = [
        {"type": "track", "event": "x", "messageId": f"m{number}", **item}
        for number, item in enumerate(items, Receipt.objects.count())
    ]
    return [result.receipt_id for result in take_in(source, *whole)]


def owner(value):
    return Contact.objects.get(identifiers__value=value)


def own(contact, **options):
    return sorted(set().union(*receipts_of_person(names_of(contact.pk), **options)))


def others(contact):
    return sorted(set().union(*receipts_of_others(names_of(contact.pk))))


def test_everything_that_is_booked_is_the_persons():
    source = make_source()
    ids = send(
        source,
        {"userId": "ada"},
        {"type": "identify", "userId": "ada", "traits": {"plan": "pro"}},
        # Says nothing new.
        {"type": "identify", "userId": "ada", "traits": {"plan": "pro"}},
        {"type": "group", "userId": "ada", "groupId": "acme"},
        {"anonymousId": "a-17", "userId": "ada"},
        {"anonymousId": "a-17"},
        {"userId": "ben"},
    )

    assert own(owner("ada")) == ids[:-1]
    assert own(owner("ada"), after_id=ids[3]) == ids[4:6]
    assert others(owner("ada")) == []


def test_what_was_refused_is_the_persons_wherever_it_names_him(monkeypatch):
    monkeypatch.setattr(receipts, "RECEIPTS", 1)
    source = make_source()
    [first] = send(source, {"userId": "ada", "anonymousId": "a-17"})
    refused = send(
        source,
        {"userId": "ada", "event": ""},
        {"anonymousId": "a-17", "event": ""},
        {"userId": ["no"], "properties": {"anonymousId": "a-17"}},
        {"userId": "ben", "event": ""},
    )

    assert own(owner("ada")) == [first, *refused[:3]]
    assert list(
        Receipt.objects.filter(pk__in=refused)
        .order_by("pk")
        .values_list("user_id", "anonymous_id")
    ) == [("ada", ""), ("", "a-17"), ("", ""), ("ben", "")]


def test_what_came_under_a_name_that_is_gone_is_still_the_persons():
    ids = send(
        make_source(), {"userId": "ada"}, {"userId": "ada", "anonymousId": "a-17"}
    )
    ada = owner("ada")
    Identifier.objects.filter(value="ada").delete()

    assert own(ada) == ids


def test_what_others_sent_with_a_name_of_the_person_is_known():
    source = make_source()
    ids = send(
        source,
        {"userId": "ada", "anonymousId": "shared"},
        {"userId": "ben", "anonymousId": "shared"},
        {"userId": "ben"},
        {"type": "identify", "userId": "ben", "traits": {"mate": {"userId": "ada"}}},
    )

    assert own(owner("ada")) == ids[:1]
    assert others(owner("ada")) == [ids[1], ids[3]]


def test_all_is_looked_through_where_links_were_let_go(monkeypatch):
    monkeypatch.setattr(receipts, "STRIDE", 2)
    monkeypatch.setattr("contacts.identities.resolve.MOST_REFUSED", 2)
    source = make_source()
    ids = send(
        source,
        *({"userId": f"user {number}", "anonymousId": "shared"} for number in range(5)),
    )
    first = owner("user 0")
    assert others(first) == ids[1:3]

    monkeypatch.setattr(receipts, "MOST_REFUSED", 2)

    assert others(first) == ids
