"""Edits return a new document and leave the old one alone."""

from copy import deepcopy

import pytest

from campaigns.flows.definition import (
    empty_document,
    find_step,
    first_key,
    following,
    walk_steps,
)
from campaigns.flows.edits import (
    FlowError,
    Place,
    duplicate_step,
    insert_step,
    move_step,
    name_anew,
    new_step,
    parse_place,
    remove_step,
    update_part,
    update_step,
)
from campaigns.flows.triggers import fill_trigger


@pytest.fixture
def document():
    steps = [
        new_step("delay", key="a"),
        new_step(
            "branch",
            key="b",
            name="Big?",
            yes=[new_step("email", key="y", name="Yes mail")],
            no=[new_step("delay", key="n", name="No wait")],
        ),
        new_step("email", key="c"),
    ]
    return empty_document() | {"steps": steps}


def shape(document):
    def of(steps):
        return [
            (step["key"], of(step["yes"]), of(step["no"]))
            if step["kind"] == "branch"
            else step["key"]
            for step in steps
        ]

    return of(document["steps"])


def test_following_re_joins_after_a_branch(document):
    assert following(document["steps"]) == {
        "a": "b",
        "b": "c",
        "y": "c",
        "n": "c",
        "c": "",
    }
    assert first_key(document["steps"]) == "a"
    assert first_key([], "c") == "c"


def test_insert_puts_a_step_at_a_place(document):
    step = new_step("delay", key="x")

    trunk = insert_step(document, step, Place(index=1))
    side = insert_step(document, step, Place("b", "no", 1))
    beyond = insert_step(document, step, Place(index=99))

    assert shape(trunk) == ["a", "x", ("b", ["y"], ["n"]), "c"]
    assert shape(side) == ["a", ("b", ["y"], ["n", "x"]), "c"]
    assert shape(beyond) == ["a", ("b", ["y"], ["n"]), "c", "x"]
    assert shape(document) == ["a", ("b", ["y"], ["n"]), "c"]


@pytest.mark.parametrize(
    ("key", "place", "expected"),
    [
        ("a", Place(index=2), [("b", ["y"], ["n"]), "a", "c"]),
        ("c", Place(index=0), ["c", "a", ("b", ["y"], ["n"])]),
        ("a", Place(index=1), ["a", ("b", ["y"], ["n"]), "c"]),
        ("n", Place("b", "yes", 0), ["a", ("b", ["n", "y"], []), "c"]),
        ("y", Place(index=3), ["a", ("b", [], ["n"]), "c", "y"]),
        ("b", Place(index=0), [("b", ["y"], ["n"]), "a", "c"]),
    ],
)
def test_move_means_the_places_as_they_are_shown(document, key, place, expected):
    before = deepcopy(document)

    moved = move_step(document, key, place)

    assert shape(moved) == expected
    assert document == before


def test_move_refuses_a_place_inside_the_step(document):
    with pytest.raises(FlowError, match="“Big\\?” can't be moved into itself"):
        move_step(document, "b", Place("b", "yes", 0))


def test_remove_takes_all_that_is_inside(document):
    assert shape(remove_step(document, "b")) == ["a", "c"]
    assert shape(remove_step(document, "n")) == ["a", ("b", ["y"], []), "c"]


def test_duplicate_gives_new_keys_to_everything(document):
    result = duplicate_step(document, "b")

    keys = [step["key"] for step in walk_steps(result["steps"])]
    assert len(keys) == len(set(keys)) == 8
    assert result["steps"][2]["name"] == "Copy of Big?"


def test_update_changes_values_only(document):
    result = update_step(document, "a", amount=5, unit="hours")

    assert find_step(result, "a") == {
        "key": "a",
        "kind": "delay",
        "name": "Wait 1 day",
        "amount": 5,
        "unit": "hours",
        "at": "",
        "until": None,
    }
    with pytest.raises(FlowError, match="A branch has no kind, yes"):
        update_step(document, "b", yes=[], kind="delay")


def test_update_part_knows_its_values(document):
    result = update_part(document, "trigger", audience=7, existing=True)

    assert result["trigger"] == fill_trigger({"audience": 7, "existing": True})
    with pytest.raises(FlowError, match="has no color"):
        update_part(document, "goal", color="red")
    with pytest.raises(FlowError, match="got 'steps'"):
        update_part(document, "steps", audience=1)


@pytest.mark.parametrize("place", [Place(), Place("b", "yes", 3)])
def test_a_place_is_read_as_it_is_printed(place):
    assert parse_place(str(place)) == place


@pytest.mark.parametrize("text", ["", "b.main.0", ".yes.1", "b.yes.-1", "b.yes"])
def test_parse_place_refuses_what_is_none(text):
    with pytest.raises(FlowError, match="does not exist"):
        parse_place(text)


def test_what_is_gone_is_said(document):
    for edit in (
        lambda: remove_step(document, "gone"),
        lambda: update_step(document, "gone", name="x"),
        lambda: insert_step(document, new_step("delay"), Place("gone", "yes", 0)),
    ):
        with pytest.raises(FlowError, match="no longer in the flow"):
            edit()
    with pytest.raises(FlowError, match="does not exist"):
        insert_step(document, new_step("delay"), Place("a", "yes", 0))
    with pytest.raises(FlowError, match="got 'jump'"):
        new_step("jump")


def test_a_flow_has_a_largest_size(document):
    for _ in range(95):
        document = insert_step(document, new_step("delay"), Place())

    with pytest.raises(FlowError, match="at most 100 steps"):
        insert_step(document, new_step("delay"), Place())


def test_a_new_step_is_numbered_if_its_name_is_taken():
    document = empty_document()
    names = []
    for _ in range(3):
        step = name_anew(new_step("email"), document)
        names.append(step["name"])
        document = insert_step(document, step, Place())

    assert names == ["Email", "Email 2", "Email 3"]
