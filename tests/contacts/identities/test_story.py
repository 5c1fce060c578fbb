from datetime import timedelta

import pytest

from contacts.identities.resolve import Sighting, resolve
from contacts.identities.story import identifiers_of, merges_of
from contacts.models import Contact, Merge
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


def seen(*pairs, minute):
    at = NOW + timedelta(minutes=minute)
    return Sighting(pairs, "together", at, f"1:{minute}", receipt_id=minute)


def test_identifiers_tell_why_they_are_known_and_what_was_refused():
    device = ("anonymous_id", "a1")
    found = resolve(
        [
            seen(("user_id", "u1"), device, minute=1),
            seen(("user_id", "u2"), device, minute=2),
        ],
        now=NOW,
    )
    first, second = (Contact.objects.get(pk=one.contact_id) for one in found)

    told = {one.identifier.value: one for one in identifiers_of(first)}

    [reason] = told["u1"].reasons
    assert (reason.other.value, reason.basis, reason.receipt_id) == (
        "a1",
        "Came in one message",
        1,
    )
    assert told["u1"].refused == []
    [refused] = told["a1"].refused
    assert (refused.other.value, refused.other_contact_id) == ("u2", second.pk)
    assert refused.refusal == "Two users have used one device. They stay two people."


def test_merges_are_told_newest_first_without_their_journal(django_assert_num_queries):
    resolve(
        [
            seen(("user_id", "u1"), minute=1),
            seen(("anonymous_id", "a1"), minute=2),
        ],
        now=NOW,
    )
    resolve([seen(("user_id", "u1"), ("anonymous_id", "a1"), minute=3)], now=NOW)
    contact = Contact.objects.get()

    with django_assert_num_queries(1):
        [line] = merges_of(contact)
        assert line.sentence == "An anonymous visitor became a part of this contact"
        assert (line.basis, line.by, line.may_undo, line.merge.receipt_id) == (
            "Came in one message",
            None,
            True,
            3,
        )
    assert merges_of(make_contact()) == []


@pytest.mark.parametrize(
    ("was", "who"),
    [
        (
            {"first_name": "Ada", "last_name": "King", "email": "a@b.example"},
            "Ada King",
        ),
        ({"email": "a@b.example"}, "a@b.example"),
        ({}, "An anonymous visitor"),
        (None, "Somebody"),
    ],
)
def test_merges_tell_who_it_was(was, who):
    contact = make_contact()
    nobody = {"first_name": "", "last_name": "", "email": ""}
    images = {} if was is None else {"contacts": {"before": {"77": nobody | was}}}
    Merge.objects.create(
        contact=contact, merged_id=77, cause="email", merged_at=NOW, journal=images
    )

    [line] = merges_of(contact)

    assert line.sentence == f"{who} became a part of this contact"
