import pytest

from contacts.shapes import MOST_PATHS, type_of, walk


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("gold", "text"),
        ("", "text"),
        ("2026-02-30-1", "text"),
        ("2026-13-01", "text"),
        ("2026-03-01", "date"),
        ("2026-03-01T12:30:00.123Z", "date"),
        ("2026-03-01T12:30+02:00", "date"),
        (3, "integer"),
        (3.5, "number"),
        (True, "flag"),
        (None, "empty"),
        ([1], "list"),
        ({}, "object"),
    ],
)
def test_type_of_a_value_has_a_name(value, name):
    assert type_of(value) == name


def test_walk_lists_nested_paths_and_elements():
    values = {
        "total": 5,
        "address": {"city": "Lima"},
        "products": [{"price": 1}, {"price": "2"}],
        "tags": ["a"],
    }

    assert sorted(walk(values), key=str) == sorted(
        [
            ("total", 5),
            ("address", {"city": "Lima"}),
            ("address.city", "Lima"),
            ("products", [{"price": 1}, {"price": "2"}]),
            ("products.$", {"price": 1}),
            ("products.$", {"price": "2"}),
            ("products.$.price", 1),
            ("products.$.price", "2"),
            ("tags", ["a"]),
            ("tags.$", "a"),
        ],
        key=str,
    )


def test_walk_is_bounded():
    deep = {}
    for _ in range(1000):
        deep = {"down": deep}

    assert len(list(walk(deep))) == 6
    assert len(list(walk({str(n): n for n in range(9999)}))) == MOST_PATHS
    assert len(list(walk({"list": list(range(9999))}))) == 21
