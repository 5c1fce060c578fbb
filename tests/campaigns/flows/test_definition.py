"""What a document holds: its steps with their sides, and what an older one lacks."""

from copy import deepcopy

from campaigns.flows.blanks import BLANKS
from campaigns.flows.definition import (
    empty_document,
    fill_in,
    following,
    side_titles,
    sides_of,
    walk_steps,
)
from campaigns.flows.edits import new_step


def wait(key: str) -> dict:
    return new_step("delay", key=key)


def test_each_kind_has_its_sides_with_titles():
    titles = {kind: side_titles(new_step(kind)) for kind in BLANKS}

    assert {kind: named for kind, named in titles.items() if named} == {
        "branch": {"yes": "True", "no": "False"},
        "split": {"a": "First", "b": "Second", "otherwise": "Everyone else"},
        "cohort": {"a": "Cohort A", "b": "Cohort B"},
        "wait_until": {"met": "It happened", "timeout": "Time ran out"},
        "wait_answer": {"yes": "Yes", "not_now": "Not now", "none": "No answer"},
    }
    assert {kind: list(sides_of(new_step(kind))) for kind in BLANKS} == {
        kind: list(named) for kind, named in titles.items()
    }


def test_steps_are_walked_side_by_side_and_all_sides_re_join():
    split = new_step("split", key="split", otherwise=[wait("else")])
    for branch in split["branches"]:
        branch["steps"] = [wait(f"in {branch['key']}")]
    steps = [split, wait("last")]

    assert [step["key"] for step in walk_steps(steps)] == [
        "split",
        "in a",
        "in b",
        "else",
        "last",
    ]
    assert following(steps) == {
        "split": "last",
        "in a": "last",
        "in b": "last",
        "else": "last",
        "last": "",
    }


def test_a_document_of_before_gets_what_came_later():
    old = {
        "trigger": {"audience": 7},
        "steps": [
            {
                "key": "b",
                "kind": "branch",
                "name": "Big?",
                "condition": None,
                "yes": [{"key": "d", "kind": "delay", "name": "Rest", "amount": 3}],
                "no": [],
            },
            {"key": "x", "kind": "of another world", "name": "?"},
        ],
        "exit": {},
    }

    filled = fill_in(deepcopy(old))

    expected = empty_document()
    expected["trigger"]["audience"] = 7
    expected["steps"] = deepcopy(old["steps"])
    expected["steps"][0]["yes"] = [
        new_step("delay", key="d", name="Rest", amount=3),
    ]
    assert filled == expected
    assert fill_in(deepcopy(filled)) == filled
