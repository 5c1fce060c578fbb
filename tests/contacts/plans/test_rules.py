import pytest

from contacts.plans.rules import (
    MOST_BREACHES,
    Breach,
    Findings,
    PropertyRule,
    Reactions,
    check_object,
    plant,
)


def check(rules, values, **reactions):
    """What is kept, the breaches and what was left out."""
    findings = Findings(Reactions(**reactions))
    kept = check_object(
        plant(PropertyRule(**rule) for rule in rules), values, "", findings
    )
    return kept, findings.breaches, findings.omitted


def problems(rules, values, **reactions):
    return [
        (breach.problem, breach.path) for breach in check(rules, values, **reactions)[1]
    ]


@pytest.mark.parametrize(
    ("types", "value", "is_right"),
    [
        (("text",), "gold", True),
        (("text",), "2026-03-01", True),
        (("text",), 5, False),
        (("number",), 5, True),
        (("number",), 5.5, True),
        (("number",), True, False),
        (("number",), "5", False),
        (("integer",), 5, True),
        (("integer",), 5.0, True),
        (("integer",), 5.5, False),
        (("flag",), False, True),
        (("flag",), 0, False),
        (("date",), "2026-03-01T10:00:00Z", True),
        (("date",), "tomorrow", False),
        (("date", "number"), 7, True),
        (("list",), [1], True),
        (("list",), "1", False),
        (("object",), {"a": 1}, True),
        (("object",), [], False),
        (("text", "empty"), None, True),
        (("text",), None, True),
        ((), {"any": 1}, True),
    ],
)
def test_type_is_checked(types, value, is_right):
    found = problems([{"path": "tier", "types": types}], {"tier": value})

    assert found == ([] if is_right else [("wrong_type", "tier")])


def test_breach_says_what_was_expected_and_what_came():
    rules = [
        {"path": "total", "types": ("number", "integer")},
        {"path": "tier", "permitted": ("gold", 3)},
        {"path": "code", "pattern": "^[a-z]+$"},
    ]
    values = {"total": "12 EUR" + "!" * 99, "tier": "lead", "code": "A", "new": [1, 2]}

    assert check(rules, values, unplanned="block")[1] == [
        Breach(
            "wrong_type",
            "total",
            "Expected number or whole number; got text “12 EUR" + "!" * 54 + "…”.",
            "allow",
        ),
        Breach(
            "not_permitted",
            "tier",
            "Expected one of gold, 3; got text “lead”.",
            "allow",
        ),
        Breach(
            "not_permitted",
            "code",
            "Expected a match of ^[a-z]+$; got text “A”.",
            "allow",
        ),
        Breach("unplanned", "new", "list of 2", "block"),
    ]


@pytest.mark.parametrize(
    ("value", "is_permitted"),
    [("gold", True), (3, True), (3.0, True), (True, True), ("Gold", False), (4, False)],
)
def test_permitted_values_are_compared_as_written(value, is_permitted):
    found = problems(
        [{"path": "tier", "permitted": ("gold", 3, True)}], {"tier": value}
    )

    assert found == ([] if is_permitted else [("not_permitted", "tier")])


def test_required_property_is_missing():
    rules = [
        {"path": "total", "is_required": True},
        {"path": "note", "is_required": True, "types": ("empty", "text")},
        {"path": "coupon"},
    ]

    assert problems(rules, {}) == [("missing", "total"), ("missing", "note")]
    assert check(rules, {"total": None, "note": None}, missing="block")[1] == [
        Breach("missing", "total", "It came empty.", "block")
    ]
    assert problems(rules, {"total": 0, "note": ""}) == []


def test_what_is_required_below_is_missing_with_the_way_to_it():
    implied = [{"path": "address.geo.lat", "is_required": True}]
    optional = [{"path": "address"}, {"path": "address.city", "is_required": True}]

    assert problems(implied, {}) == [("missing", "address.geo.lat")]
    assert problems(implied, {"address": {}}) == [("missing", "address.geo.lat")]
    assert problems(optional, {}) == []
    assert problems(optional, {"address": {}}) == [("missing", "address.city")]


def test_lists_are_checked_by_element():
    rules = [
        {"path": "products.$.price", "types": ("number",), "is_required": True},
        {"path": "tags.$", "types": ("text",)},
    ]
    values = {"products": [{"price": 1}, {"price": "2"}, {}], "tags": ["a", 1]}

    assert problems(rules, values) == [
        ("wrong_type", "products.$.price"),
        ("missing", "products.$.price"),
        ("wrong_type", "tags.$"),
    ]
    assert problems(rules, {"products": [], "tags": []}) == []
    kept, breaches, omitted = check(rules, values, wrong="omit", missing="omit")
    assert kept == {"products": [{"price": 1}, {}, {}], "tags": ["a"]}
    assert [breach.reaction for breach in breaches] == ["omit", "allow", "omit"]
    assert omitted == ["products.$.price", "tags.$"]
    # What came is left as it was, for the receipt.
    assert values == {
        "products": [{"price": 1}, {"price": "2"}, {}],
        "tags": ["a", 1],
    }


def test_unplanned_is_found_where_something_is_planned():
    rules = [{"path": "total"}, {"path": "address.city"}, {"path": "extra"}]
    values = {
        "total": 1,
        "address": {"city": "Lima", "zip": "1"},
        "extra": {"anything": 1},
        "New": None,
    }

    kept, breaches, omitted = check(rules, values, unplanned="omit")
    assert kept == {
        "total": 1,
        "address": {"city": "Lima"},
        "extra": {"anything": 1},
    }
    assert omitted == ["address.zip", "New"]
    assert [breach.path for breach in breaches] == ["address.zip", "New"]


def test_event_without_planned_properties_finds_all_unplanned():
    assert problems([], {"total": 1}) == [("unplanned", "total")]


def test_name_with_a_dot_is_found():
    rules = [{"path": "utm.source", "types": ("text",), "is_required": True}]

    assert problems(rules, {"utm.source": "ad"}) == []
    assert problems(rules, {"utm.source": 1}) == [("wrong_type", "utm.source")]
    assert problems(rules, {"utm.medium": 1}) == [
        ("unplanned", "utm.medium"),
        ("missing", "utm.source"),
    ]


def test_right_message_is_handed_back_as_it_is():
    values = {"products": [{"price": 1}], "address": {"city": "Lima"}}
    rules = [{"path": "products.$.price"}, {"path": "address.city"}]

    kept, breaches, _ = check(rules, values, unplanned="omit")

    assert kept is values
    assert breaches == []


def test_breaches_are_bounded():
    values = {str(number): number for number in range(1000)}

    kept, breaches, omitted = check([{"path": "a"}], values, unplanned="omit")

    assert (kept, len(breaches), len(omitted)) == ({}, MOST_BREACHES, MOST_BREACHES)
