import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.attributes.fold import Settled, newest, overlay, settled

NAMES = [
    "email", "first_name", "last_name", "name", "locale", "time_zone",
    "noticed:locale", "noticed:time_zone", "plan", "age",
    "claimed:email", "claimed:first_name", "claimed:name", "claimed:locale", "claimed:plan",
]  # fmt: skip
TEXTS = [None, "Ada", "Ada King", "en"]


def shown(**values):
    fields = dict.fromkeys(
        ["email", "first_name", "last_name", "locale", "time_zone"], ""
    )
    attributes = {name: values.pop(name) for name in list(values) if name not in fields}
    return Settled(fields | values, attributes)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, shown()),
        ({"name": "Ada King"}, shown(first_name="Ada", last_name="King")),
        ({"name": "Ada King", "first_name": "Augusta"}, shown(first_name="Augusta", last_name="King")),
        ({"name": "Ada King", "last_name": None}, shown(first_name="Ada")),
        ({"noticed:locale": "en"}, shown(locale="en")),
        ({"noticed:locale": "en", "locale": "de"}, shown(locale="de")),
        ({"noticed:locale": "en", "locale": None}, shown(locale="en")),
        ({"plan": "pro", "age": None, "score": 0}, shown(plan="pro", score=0)),
        ({"claimed:plan": "pro", "claimed:name": "Ada King"}, shown(plan="pro", first_name="Ada", last_name="King")),
        ({"claimed:plan": "pro", "plan": "free", "claimed:age": 3, "age": None}, shown(plan="free")),
        ({"claimed:first_name": "Eve", "name": "Ada King"}, shown(first_name="Ada", last_name="King")),
        ({"claimed:name": "Eve Moth", "first_name": "Ada"}, shown(first_name="Ada", last_name="Moth")),
        ({"claimed:locale": "de", "noticed:locale": "en"}, shown(locale="de")),
    ],
)  # fmt: skip
def test_newest_values_settle(values, expected):
    assert settled(values) == expected


STATEMENTS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), max_size=5),
    max_size=6,
)


@given(before=STATEMENTS, after=STATEMENTS)
def test_newer_values_lie_over_what_is_shown(before, after):
    outcome = overlay(settled(newest(before)), newest(after))

    assert outcome in (None, settled(newest([*before, *after])))


def test_what_is_plain_needs_no_look_back():
    before = shown(first_name="Ada", last_name="King", locale="de", plan="free", age=3)
    newer = {
        "first_name": "Augusta",
        "last_name": None,
        "plan": "pro",
        "age": None,
        "noticed:locale": "de",
        "noticed:time_zone": "Europe/Rome",
    }

    assert overlay(before, newer) == shown(
        first_name="Augusta", locale="de", time_zone="Europe/Rome", plan="pro"
    )
    assert overlay(before, {"name": "Ada King"}) == before
    assert overlay(before, {"name": "Ben King"}) is None
    assert overlay(before, {"noticed:locale": "fr"}) is None
    assert overlay(before, {"locale": None}) is None
