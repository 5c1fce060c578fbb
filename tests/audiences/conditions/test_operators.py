"""Each comparison, by whom it selects."""

from datetime import UTC, datetime

import pytest

from audiences import selection
from audiences.conditions.operators import OPERATORS
from tests.factories.contacts import make_contact

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = {"amount": 2, "unit": "days"}

CASES = [
    ("is", "pro", {"yes": "pro", "no": "Pro", "unset": None}, {"yes"}),
    (
        "is",
        5,
        {"number": 5.0, "text": " 5 ", "other": "5x", "flag": True},
        {"number", "text"},
    ),
    ("is_not", "pro", {"yes": "pro", "no": "Pro", "unset": None}, {"no", "unset"}),
    ("is_one_of", ["a", 2], {"a": "a", "two": "2", "b": "b"}, {"a", "two"}),
    (
        "is_none_of",
        ["a", 2],
        {"a": "a", "two": 2, "b": "b", "unset": None},
        {"b", "unset"},
    ),
    (
        "contains",
        "0%",
        {"yes": "50% off", "no": "500", "list": ["10%"]},
        {"yes", "list"},
    ),
    ("not_contains", "a", {"yes": "cat", "no": "dog", "unset": None}, {"no", "unset"}),
    ("starts_with", "a_", {"yes": "a_b", "no": "axb"}, {"yes"}),
    ("ends_with", "\\", {"yes": "a\\", "no": "a"}, {"yes"}),
    ("greater_than", "0.1", {"equal": 0.1, "more": "0.11", "word": "x"}, {"more"}),
    ("less_than", 2, {"equal": 2, "less": "-3", "unset": None}, {"less"}),
    ("at_least", 2, {"equal": "2.0", "less": 1.99}, {"equal"}),
    ("at_most", 2, {"equal": 2, "more": 2.01}, {"equal"}),
    ("between", [1, 2], {"low": 1, "high": "2", "out": 2.1}, {"low", "high"}),
    (
        "before",
        "2026-03-01",
        {"yes": "2026-02-28T23:59:59Z", "no": "2026-03-01"},
        {"yes"},
    ),
    (
        "after",
        "2026-03-01",
        {"next": "2026-03-02", "same": "2026-03-01T23:59Z"},
        {"next"},
    ),
    (
        "after",
        "2026-03-01T10:00:00Z",
        {"later": "2026-03-01T12:00:01+02:00", "equal": "2026-03-01T12:00+02:00"},
        {"later"},
    ),
    (
        "in_the_last",
        DAYS,
        {
            "now": "2026-03-01T12:00Z",
            "edge": "2026-02-27T12:00Z",
            "future": "2026-03-02",
        },
        {"now"},
    ),
    (
        "in_the_next",
        DAYS,
        {"now": "2026-03-01T12:00Z", "edge": "2026-03-03T12:00Z", "no": "2026-02-30"},
        {"edge"},
    ),
    ("longer_ago", DAYS, {"edge": "2026-02-27T12:00Z", "now": "2026-03-01"}, {"edge"}),
    (
        "later_than",
        DAYS,
        {"edge": "2026-03-03T12:00Z", "later": "2026-03-03T12:00:01Z", "no": "soon"},
        {"later"},
    ),
    (
        "anniversary_today",
        None,
        {
            "born": "1990-03-01",
            "zone": "1990-03-02T00:30:00+01:00",
            "same_year": "2026-03-01T23:00Z",
            "next_year": "2027-03-01",
            "leap": "2000-02-29",
        },
        {"born", "zone", "same_year"},
    ),
    (
        "anniversary_in_the_next",
        {"amount": 363, "unit": "days"},
        {
            "today": "1990-03-01",
            "tomorrow": "1990-03-02",
            "leap": "2000-02-29",
            "last": "1990-02-28",
            "next_year": "2027-02-27",
            "after": "2027-03-01",
        },
        {"today", "tomorrow", "next_year"},
    ),
    (
        "is_true",
        None,
        {"flag": True, "word": "Yes", "one": 1, "no": False},
        {"flag", "word", "one"},
    ),
    ("is_false", None, {"flag": False, "word": "No", "unset": None}, {"flag", "word"}),
    (
        "is_set",
        None,
        {"text": "x", "zero": 0, "blank": "", "unset": None},
        {"text", "zero"},
    ),
    ("is_not_set", None, {"text": "x", "blank": "", "unset": None}, {"blank", "unset"}),
]


@pytest.mark.parametrize(("operator", "value", "stored", "expected"), CASES)
def test_operator_selects(db, operator, value, stored, expected):
    people = {
        name: make_contact(attributes={"trait": content})
        for name, content in stored.items()
    }
    document = {
        "kind": "attribute",
        "name": "trait",
        "operator": operator,
        "value": value,
    }

    selected = selection.matching_ids(
        document, as_of=AS_OF, contact_ids=[contact.pk for contact in people.values()]
    )

    assert {
        name for name, contact in people.items() if contact.pk in selected
    } == expected


def test_each_operator_has_a_case():
    assert {case[0] for case in CASES} == set(OPERATORS)


@pytest.mark.parametrize("day", ["2027-02-28", "2028-02-29"])
def test_29_february_has_its_anniversary_each_year(db, day):
    contact = make_contact(attributes={"born": "2000-02-29"})
    document = {"kind": "attribute", "name": "born", "operator": "anniversary_today"}

    selected = selection.matching_ids(
        document,
        as_of=datetime.fromisoformat(f"{day}T00:00:00Z"),
        contact_ids=[contact.pk],
    )

    assert selected == {contact.pk}


INSIDE = {
    "dogs": {"pets": [{"kind": "dog"}, {"kind": "cat"}]},
    "cats": {"pets": [{"kind": "cat"}, {}, 3]},
    "one": {"pets": {"kind": "dog"}},
    "none": {"pets": []},
    "unset": {},
}


@pytest.mark.parametrize(
    ("path", "operator", "value", "expected"),
    [
        (["*", "kind"], "is", "dog", {"dogs"}),
        (["*", "kind"], "is_not", "dog", {"cats", "one", "none", "unset"}),
        (["*", "kind"], "is_set", None, {"dogs", "cats"}),
        (["*", "kind"], "is_not_set", None, {"one", "none", "unset"}),
        (["kind"], "is", "dog", {"one"}),
        (["kind"], "is_not", "dog", {"dogs", "cats", "none", "unset"}),
        (["*"], "is", 3, {"cats"}),
        (["0"], "is_set", None, set()),
    ],
)
def test_a_path_leads_into_a_value(db, path, operator, value, expected):
    people = {name: make_contact(attributes=held) for name, held in INSIDE.items()}
    document = {
        "kind": "attribute",
        "name": "pets",
        "path": path,
        "operator": operator,
        "value": value,
    }

    selected = selection.matching_ids(
        document, as_of=AS_OF, contact_ids=[contact.pk for contact in people.values()]
    )

    assert {
        name for name, contact in people.items() if contact.pk in selected
    } == expected
