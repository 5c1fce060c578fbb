"""What is different between two documents."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.flows.definition import empty_document, find_step, walk_steps
from campaigns.flows.diff import differences, settings_of
from campaigns.flows.edits import (
    MAIN,
    Place,
    insert_step,
    move_step,
    new_step,
    remove_step,
    update_part,
    update_step,
)

KINDS = ("delay", "email", "branch", "wait_until", "split", "exit", "note")


def make_document():
    check = new_step("branch", key="check", name="Check")
    check["yes"] = [new_step("delay", key="in", name="Inside")]
    steps = [
        new_step("delay", key="a", name="Wait"),
        check,
        new_step("email", key="ask", name="Ask"),
        new_step("delay", key="z", name="Rest"),
    ]
    return empty_document() | {"steps": steps}


def said(old, new):
    return {change.key: change.words for change in differences(old, new).steps}


def test_nothing_is_different_between_equals():
    found = differences(make_document(), make_document())

    assert not found
    assert (found.steps, found.parts, found.is_text_only) == ((), {}, False)


def test_each_setting_that_changed_is_named():
    old = make_document()
    new = update_step(old, "a", amount=3, unit="hours")
    new = update_part(new, "settings", snooze_days=60)

    found = differences(old, new)

    [change] = found.steps
    assert (change.key, change.words) == ("a", ("changed",))
    assert [(one.path, one.old, one.new) for one in change.settings] == [
        (("amount",), 1, 3),
        (("unit",), "days", "hours"),
    ]
    [setting] = found.parts["settings"]
    assert (setting.path, setting.old, setting.new) == (("snooze_days",), 75, 60)
    assert not found.is_text_only


def test_steps_are_added_and_removed():
    old = make_document()
    new = remove_step(old, "z")
    new = insert_step(new, new_step("note", key="n"), Place("check", "no", 0))

    assert said(old, new) == {"n": ("added",), "z": ("removed",)}


def test_as_few_steps_as_possible_have_moved():
    old = make_document()

    assert said(old, move_step(old, "a", Place("", MAIN, 4))) == {"a": ("moved",)}
    assert said(old, move_step(old, "ask", Place("check", "yes", 0))) == {
        "ask": ("moved",)
    }


def test_a_step_that_moved_takes_what_is_inside_along():
    old = make_document()

    assert said(old, move_step(old, "check", Place("", MAIN, 4))) == {
        "check": ("moved",)
    }


def test_a_condition_is_one_value():
    old = make_document()
    condition = {"kind": "list", "list": 3, "operator": "on"}
    one = update_step(old, "check", condition=condition)
    two = update_step(old, "check", condition=condition | {"list": 4})

    [change] = differences(one, two).steps

    assert [setting.path for setting in change.settings] == [("condition",)]


def with_subject(document, subject, **more):
    content = {"default_locale": "en", "variants": {"en": {"subject": subject}}}
    return update_step(document, "ask", content=content | more)


@pytest.mark.parametrize(
    ("change", "is_text"),
    [
        ({"name": "Ask them"}, True),
        ({"in_app": {"hours": 24, "variants": {"en": {"title": "Hi"}}}}, False),
        ({"if_held": "exit"}, False),
    ],
)
def test_words_are_told_from_what_decides(change, is_text):
    old = make_document()

    assert differences(old, update_step(old, "ask", **change)).is_text_only is is_text


def test_a_subject_is_only_words_and_what_it_was_compiled_to_counts_for_nothing():
    old = with_subject(make_document(), "Hello", compiled={"en": "…"})

    assert not differences(old, with_subject(old, "Hello"))
    found = differences(old, with_subject(old, "Good day"))
    assert found.is_text_only
    assert found.steps[0].settings[0].path == ("content", "variants", "en", "subject")


def test_a_setting_beside_the_words_is_not_only_words():
    old = make_document()
    new = with_subject(old, "Hi")

    assert differences(old, new).is_text_only
    assert not differences(old, update_part(new, "settings", locale="de")).is_text_only
    assert not differences(
        old, insert_step(new, new_step("note"), Place())
    ).is_text_only


@st.composite
def documents(draw):
    """A flow of some kinds on some sides, and the same after some edits."""
    document = empty_document()
    for number in range(draw(st.integers(0, 6))):
        document = insert_somewhere(draw, document, f"k{number}")
    old = deepcopy(document)
    for number in range(draw(st.integers(0, 5))):
        keys = [step["key"] for step in walk_steps(document["steps"])]
        edit = draw(st.sampled_from(["insert", "delete", "rename"]))
        if edit == "insert" or not keys:
            document = insert_somewhere(draw, document, f"n{number}")
        elif edit == "delete":
            document = remove_step(document, draw(st.sampled_from(keys)))
        else:
            key = draw(st.sampled_from(keys))
            document = update_step(document, key, name=f"Name {number}")
    return old, document


def insert_somewhere(draw, document, key):
    places = [Place("", MAIN, draw(st.integers(0, 3)))]
    for step in walk_steps(document["steps"]):
        if step["kind"] in ("branch", "wait_until"):
            side = {"branch": "no", "wait_until": "met"}[step["kind"]]
            places.append(Place(step["key"], side, 0))
    kind = draw(st.sampled_from(KINDS))
    step = new_step(kind, key=key)
    return insert_step(document, step, draw(st.sampled_from(places)))


@given(documents())
def test_what_is_said_to_have_changed_is_all_that_changed(pair):
    old, new = pair
    there = differences(old, new)
    back = differences(new, old)

    assert bool(there) == (old != new)
    assert {change.key for change in there.steps if change.old is None} == {
        change.key for change in back.steps if change.new is None
    }
    for step in walk_steps(new["steps"]):
        before = find_step(old, step["key"])
        if before is not None:
            change = there.by_key.get(step["key"])
            settings = change.settings if change else ()
            made = settings_of(before) | {one.path[0]: one.new for one in settings}
            assert made == settings_of(step)


@given(documents())
def test_steps_that_have_not_moved_stand_in_their_order(pair):
    old, new = pair
    there = differences(old, new).by_key
    stayed = [
        [
            step["key"]
            for step in document["steps"]
            if find_step(other, step["key"])
            and not (there.get(step["key"]) and there[step["key"]].is_moved)
        ]
        for document, other in ((old, new), (new, old))
    ]

    assert stayed[0] == stayed[1]
