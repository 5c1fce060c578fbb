"""A share of all contacts, picked by chance for ever."""

import hashlib

import pytest

from audiences import selection
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.contacts import make_contact


def share(percent, salt="spring"):
    return {"kind": "random", "percent": percent, "salt": salt}


def number(contact, salt="spring"):
    digest = hashlib.md5(f"{salt}:{contact.pk}".encode()).hexdigest()
    return int(digest[:8], 16) % 10_000


@pytest.mark.parametrize("percent", ["0.01", 12.34, 50, 100])
@pytest.mark.parametrize("salt", ["spring", "日本%s"])
def test_the_hash_decides(db, percent, salt):
    people = {str(index): make_contact() for index in range(40)}

    assert selected(share(percent, salt), people) == {
        name
        for name, contact in people.items()
        if number(contact, salt) < float(percent) * 100
    }


def test_it_is_said_and_explained(db):
    contact = make_contact()

    assert selection.describe(share("12.50")) == (
        "Contacts who are among the random 12.5 % “spring”."
    )
    assert found_of(share(5), contact) == {"value": number(contact) / 100}
    assert selection.describe(share(100)) == (
        "Contacts who are among the random 100 % “spring”."
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (share(0), "Enter a number from 0.01 to 100. (at percent)"),
        (share("100.01"), "Enter a number from 0.01 to 100. (at percent)"),
        (share(5, ""), "Enter a value. (at salt)"),
    ],
)
def test_errors_name_the_place(db, document, message):
    assert str(selection.check(document)[0]) == message
