import pytest

from contacts.attributes import Told, told_by


@pytest.mark.parametrize(
    ("traits", "context", "values", "omitted"),
    [
        ({}, {}, {}, []),
        ({"firstName": " Ada ", "last_name": "King"}, {}, {"first_name": "Ada", "last_name": "King"}, []),
        ({"firstName": "Ada", "first_name": "Augusta"}, {}, {"first_name": "Augusta"}, []),
        ({"email": "ADA@Example.com"}, {}, {"email": "ada@example.com"}, []),
        ({"email": None, "plan": None, "firstName": ""}, {}, {"plan": None, "first_name": None}, []),
        ({"email": "nobody", "locale": "??", "timezone": 5}, {}, {}, ["email", "locale", "timezone"]),
        ({"language": "de_de", "timeZone": "europe/berlin"}, {}, {"locale": "de-DE", "time_zone": "Europe/Berlin"}, []),
        ({"address": {"city": "Rome", "geo": {"lat": 1}}, "tags": [1]}, {}, {"address.city": "Rome", "address.geo.lat": 1, "tags": [1]}, []),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}, "empty": {}}, {}, {"a.b.c.d": {"e": 1}, "empty": {}}, []),
        ({"plan": "pro"}, {"locale": "en-US", "timezone": "Nowhere/Land"}, {"plan": "pro", "noticed:locale": "en-US"}, []),
        ({"noticed:locale": "de", "": 1, "plan": "pro"}, {}, {"plan": "pro"}, ["noticed:locale", ""]),
        ({"name": "Ada King", "firstName": True}, {}, {"name": "Ada King"}, ["firstName"]),
    ],
)  # fmt: skip
def test_traits_are_read(traits, context, values, omitted):
    assert told_by(traits, context) == Told(values, omitted)


def test_no_more_names_are_taken_than_make_sense():
    told = told_by({"x" * 201: 1} | {f"a{n}": n for n in range(302)}, {})

    assert (len(told.values), told.omitted) == (300, ["x" * 200, "a300", "a301"])
