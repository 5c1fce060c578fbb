import pytest

from contacts.plans.steps import StepRefused, check_steps, repair


def fixed(body, **step):
    """What a step makes of the properties, and what it said."""
    repaired = repair("Order", body, [step])
    return repaired.body, repaired.done


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        (" 12.50 ", 12.5),
        ("-3", -3),
        ("1,234", 1234),
        ("1,234,567.89", 1234567.89),
        ("12,5", 12.5),
        ("€ 12", 12),
        ("$1,200.50", 1200.5),
        ("12 EUR", 12),
        ("40%", 40),
    ],
)
def test_text_is_turned_into_a_number(value, number):
    body, done = fixed({"total": value}, do="to_number", path="total")

    assert body == {"total": number}
    assert done == ("Turn “total” into a number",)


@pytest.mark.parametrize(
    "value", ["", "free", "1.2.3", "1e400", "NaN", "12,", "9" * 99, None, [1], True, 5]
)
def test_what_is_no_number_stays(value):
    assert fixed({"total": value}, do="to_number", path="total") == (
        {"total": value},
        (),
    )


def test_number_is_turned_into_text():
    body = {"ids": [7, True, "x", None]}

    assert fixed(body, do="to_text", path="ids.$")[0] == {
        "ids": ["7", "true", "x", None]
    }


def test_steps_reach_into_lists_and_objects():
    body = {"products": [{"price": "1"}, {"name": "x"}, 7], "address": {"zip": 1}}

    repaired = repair(
        "Order",
        body,
        [
            {"do": "to_number", "path": "products.$.price"},
            {"do": "drop", "path": "address.zip"},
            {"do": "rename", "path": "products.$.name", "to": "products.$.title"},
            {"do": "set", "path": "address.country", "value": "PE"},
            {"do": "set", "path": "currency", "value": "EUR"},
            {"do": "rename_event", "to": "Order Completed"},
        ],
    )

    assert repaired.name == "Order Completed"
    assert repaired.body == {
        "products": [{"price": 1}, {"title": "x"}, 7],
        "address": {"country": "PE"},
        "currency": "EUR",
    }
    assert len(repaired.done) == 6
    assert body == {
        "products": [{"price": "1"}, {"name": "x"}, 7],
        "address": {"zip": 1},
    }


def test_rename_moves_into_an_object_and_out_of_it():
    assert fixed({"zip": 1}, do="rename", path="zip", to="address.zip")[0] == {
        "address": {"zip": 1}
    }
    assert fixed({"a": {"b": 1}}, do="rename", path="a.b", to="b")[0] == {
        "a": {},
        "b": 1,
    }


def test_rename_never_overwrites():
    for body in (
        {"zip": 1, "postcode": 2},
        {"zip": 1, "postcode": {"x": 1}, "other": 1},
        {},
    ):
        assert fixed(body, do="rename", path="zip", to="postcode") == (body, ())
    taken = {"zip": 1, "address": {"zip": 2}}
    assert fixed(taken, do="rename", path="zip", to="address.zip") == (taken, ())
    text = {"zip": 1, "address": "Lima"}
    assert fixed(text, do="rename", path="zip", to="address.zip") == (text, ())


@pytest.mark.parametrize(
    "step",
    [
        {"do": "drop", "path": "gone"},
        {"do": "drop", "path": "total.deep"},
        {"do": "drop", "path": "total.$"},
        {"do": "set", "path": "total", "value": 5},
        {"do": "set", "path": "gone.deep", "value": 5},
        {"do": "rename_event", "to": "Order"},
    ],
)
def test_step_that_finds_nothing_changes_nothing(step):
    assert fixed({"total": 5}, **step) == ({"total": 5}, ())


def test_elements_are_dropped():
    assert fixed({"tags": [1, 2]}, do="drop", path="tags.$")[0] == {"tags": []}


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "Say what should be put right."),
        ([{"do": "explode", "path": "x"}], "Choose what should be done."),
        ([{"do": "drop"}], "Name the property, such as total or address.city."),
        (
            [{"do": "drop", "path": "a..b"}],
            "Name the property, such as total or address.city.",
        ),
        ([{"do": "rename", "path": "a", "to": ""}], "Say what the new name is."),
        ([{"do": "rename_event"}], "Say what the new name is."),
        (
            [{"do": "rename", "path": "a", "to": "b."}],
            "The new name is no name of a property.",
        ),
        (
            [{"do": "rename", "path": "a", "to": "b.$.c"}],
            "A property can be renamed inside a list, not moved into one.",
        ),
        (
            [{"do": "rename", "path": "a.$", "to": "a.b"}],
            "The elements of a list have no name.",
        ),
    ],
)
def test_step_that_can_not_be_used_says_why(steps, reason):
    with pytest.raises(StepRefused, match=reason):
        check_steps(steps)


def test_usable_steps_pass():
    check_steps(
        [
            {"do": "rename_event", "to": "Order Completed"},
            {"do": "rename", "path": "products.$.p", "to": "products.$.price"},
            {"do": "set", "path": "currency", "value": None},
        ]
    )
