import pytest

from campaigns.flows.definition import empty_document, fill_in
from campaigns.flows.goals import (
    add_goal,
    change_goal,
    check_goals,
    check_primary,
    goals_of,
    remove_goal,
)

CONDITION = {"kind": "list", "list": 1, "operator": "on"}


def make_document(*goals):
    return empty_document() | {"goals": list(goals)}


def make_goal(key="goal1", **changes):
    return {
        "key": key,
        "name": key.capitalize(),
        "condition": CONDITION,
        "window_days": 90,
        "touch": "delivered",
    } | changes


def messages(document):
    return [(one.severity, one.part, one.message) for one in check_goals(document)]


def test_goals_are_added_changed_and_removed_without_touching_the_document():
    document = make_document()
    added = add_goal(add_goal(document))
    changed = change_goal(added, "goal2", name="Bought", window_days=7)
    removed = remove_goal(changed, "goal1")

    assert document["goals"] == []
    assert [goal["key"] for goal in added["goals"]] == ["goal1", "goal2"]
    assert added["goals"][1]["name"] == ""
    assert removed["goals"] == [
        make_goal("goal2", name="Bought", window_days=7, condition=None)
    ]
    # A key that is free again is given again; who is inside has the old version's goal.
    assert [goal["key"] for goal in add_goal(removed)["goals"]] == ["goal2", "goal1"]


def test_there_are_at_most_eight():
    document = make_document(*(make_goal(f"goal{number}") for number in range(8)))

    with pytest.raises(ValueError, match="at most 8 goals"):
        add_goal(document)


def test_goals_without_a_condition_are_none():
    document = make_document(make_goal(), make_goal("goal2", condition=None))
    assert list(goals_of(document)) == ["goal1"]

    document["goal"]["condition"] = CONDITION
    assert list(goals_of(document)) == ["goal", "goal1"]


def test_old_documents_have_a_touch_and_no_tracked_goals():
    document = fill_in({"goal": {"condition": None}, "trigger": {}, "steps": []})

    assert document["goal"] == {
        "condition": None,
        "window_days": 30,
        "touch": "delivered",
    }
    assert document["goals"] == []
    filled = fill_in(document | {"goals": [{"key": "goal1", "name": "Bought"}]})
    assert filled["goals"] == [make_goal(name="Bought", condition=None)]


@pytest.mark.parametrize(
    ("goals", "sentence"),
    [
        ([make_goal(name=" ")], "Tracked goal 1 has no name. Give it one."),
        (
            [make_goal(condition=None)],
            "“Goal1” is tracked, and nobody can reach it. Say what it is.",
        ),
        (
            [make_goal(window_days=0)],
            "“Goal1” counts for at least 1 and at most 365 days.",
        ),
        (
            [make_goal(touch="opened")],
            "“Goal1”: choose what has to come before it.",
        ),
    ],
)
def test_what_can_not_be_counted_blocks(goals, sentence):
    assert messages(make_document(*goals)) == [("error", "goal", sentence)]


def test_names_are_told_apart_and_are_not_too_many():
    two = make_document(make_goal(name="Bought"), make_goal("goal2", name="Bought"))
    nine = make_document(*(make_goal(f"goal{number}") for number in range(9)))

    sentence = "Two tracked goals are called “Bought”. Rename one."
    assert messages(two) == [("error", "goal", sentence)] * 2
    assert [text for _, _, text in messages(nine)] == [
        "A campaign tracks at most 8 goals. Remove some."
    ]


def test_a_goal_that_is_right_is_fine():
    assert messages(make_document(make_goal())) == []
    assert list(check_primary(make_goal())) == []
