"""Edits of the builder's tree."""

import pytest

from audiences.builder.tree import (
    Group,
    WrongEdit,
    edit,
    from_document,
    node_at,
    place_of,
    to_document,
)


def leaf(name):
    return {"kind": "list", "list": name, "operator": "on"}


A, B, C, D = (leaf(name) for name in "ABCD")


def tree(*children, mode="all"):
    return Group(
        mode,
        [
            tree(*child) if isinstance(child, tuple) else dict(child)
            for child in children
        ],
    )


def shape(node):
    if isinstance(node, Group):
        return (node.mode, *(shape(child) for child in node.children))
    return node["list"] if node["kind"] == "list" else node["kind"]


@pytest.mark.parametrize(
    ("action", "place", "detail", "expected", "focus"),
    [
        ("add", (), "event", ("all", "A", ("all", "B", "C"), "D", "event"), (3,)),
        ("add", (1,), "audience", ("all", "A", ("all", "B", "C", "audience"), "D"), (1, 2)),
        ("add", (), "group", ("all", "A", ("all", "B", "C"), "D", ("any", "attribute")), (3, 0)),
        ("remove", (0,), "", ("all", ("all", "B", "C"), "D"), (0,)),
        ("remove", (1, 1), "", ("all", "A", ("all", "B"), "D"), (1, 0)),
        ("duplicate", (1, 0), "", ("all", "A", ("all", "B", "B", "C"), "D"), (1, 1)),
        ("up", (1,), "", ("all", ("all", "B", "C"), "A", "D"), (0,)),
        ("up", (0,), "", ("all", "A", ("all", "B", "C"), "D"), (0,)),
        ("down", (1, 0), "", ("all", "A", ("all", "C", "B"), "D"), (1, 1)),
        ("down", (2,), "", ("all", "A", ("all", "B", "C"), "D"), (2,)),
        ("in", (2,), "", ("all", "A", ("all", "B", "C", "D")), (1, 2)),
        ("in", (0,), "", ("all", ("all", "A", "B", "C"), "D"), (0, 0)),
        ("out", (1, 0), "", ("all", "A", ("all", "C"), "B", "D"), (2,)),
        ("wrap", (0,), "", ("all", ("any", "A"), ("all", "B", "C"), "D"), (0, 0)),
        ("refresh", (0,), "", ("all", "A", ("all", "B", "C"), "D"), (0,)),
    ],
)  # fmt: skip
def test_edit_does_what_the_button_says(action, place, detail, expected, focus):
    edited = tree(A, (B, C), D)

    assert edit(edited, action, place, detail) == focus
    assert shape(edited) == expected


def test_a_group_that_is_left_empty_goes():
    removed, moved, last = tree(A, (B,)), tree(A, (B,)), tree(A)

    assert edit(removed, "remove", (1, 0)) == (0,)
    assert edit(moved, "out", (1, 0)) == (1,)
    assert edit(last, "remove", (0,)) == ()
    assert [shape(one) for one in (removed, moved, last)] == [
        ("all", "A"),
        ("all", "A", "B"),
        ("all",),
    ]


@pytest.mark.parametrize(
    ("action", "place", "detail"),
    [
        ("explode", (), ""),
        ("add", (), "magic"),
        ("add", (0,), "event"),
        ("remove", (), ""),
        ("remove", (9,), ""),
        ("remove", (0, 0), ""),
        ("in", (0,), ""),
        ("out", (0,), ""),
        ("insert", (0,), "filters.0"),
        ("insert", (0,), "name"),
        ("insert", (), "filters"),
        ("insert", (1,), "then.0.filters"),
        ("drop", (1,), "filters.0"),
        ("drop", (1,), "filters.x"),
        ("drop", (1,), "0"),
        ("later", (1,), "then.0"),
    ],
)
def test_edit_refuses_what_can_not_be_done(action, place, detail):
    with pytest.raises(WrongEdit):
        edit(tree(A, {"kind": "event"}), action, place, detail)


def test_filters_come_and_go():
    edited = tree({"kind": "event", "name": "order_completed"})

    edit(edited, "insert", (0,), "filters")
    edit(edited, "insert", (0,), "filters")
    node_at(edited, (0,))["filters"][0]["name"] = "first"
    edit(edited, "drop", (0,), "filters.0")

    assert node_at(edited, (0,))["filters"] == [
        {"name": "", "operator": "is", "value": ""}
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "all", "conditions": [A, {"kind": "any", "conditions": [B, C]}]},
        {"kind": "not", "condition": {"kind": "any", "conditions": [A, B]}},
        {"kind": "not", "condition": {"kind": "all", "conditions": [A, B]}},
    ],
)
def test_documents_come_back_as_they_were(document):
    assert to_document(from_document(document)) == document


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, ("all",)),
        (A, ("all", "A")),
        ({"kind": "not", "condition": A}, ("none", "A")),
        ({"kind": "all", "conditions": [A, {"kind": "not", "condition": B}]}, ("all", "A", ("none", "B"))),
        ({"kind": "not", "condition": {"kind": "not", "condition": {"kind": "any", "conditions": [A, B]}}}, ("any", "A", "B")),
        ({"kind": "all", "conditions": ["x", A]}, ("all", "A")),
        ({"kind": "any", "conditions": None}, ("any",)),
    ],
)  # fmt: skip
def test_any_document_can_be_shown(document, expected):
    assert shape(from_document(document)) == expected


def test_the_path_of_an_error_leads_to_a_place():
    path = ("conditions", 1, "condition", "conditions", 2, "filters", 0, "value")

    assert place_of(path) == ((1, 2), ("filters", 0, "value"))
    assert place_of(()) == ((), ())
