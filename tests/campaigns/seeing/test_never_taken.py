"""Sides that nobody takes, found in what has happened."""

from datetime import timedelta

import pytest

from audiences.previews.limits import TookTooLong
from campaigns.flows.edits import new_step
from campaigns.models import StepRun
from campaigns.seeing import never_taken
from campaigns.seeing.never_taken import look_back
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
)
from tests.factories.contacts import make_event

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def plan(value):
    return {"kind": "attribute", "name": "plan", "operator": "is", "value": value}


def branch(key, condition, *, yes=(), no=()):
    return new_step(
        "branch", key=key, name=key, condition=condition, yes=list(yes), no=list(no)
    )


def out(key):
    return new_step("exit", key=key, name=key)


def make_people(**plans):
    return [
        make_contact(attributes={"plan": name})
        for name, count in plans.items()
        for _ in range(count)
    ]


def make_draft(*steps, people, **trigger):
    audience = make_audience(*people)
    own = {"audience": audience.pk, "existing": True}
    return make_campaign(steps=list(steps), trigger=own | trigger)


def sides(history):
    return [
        (side.step["key"], side.name, side.fits, side.comes, side.enters, side.took)
        for side in history.sides
    ]


def test_who_would_take_which_side():
    inner = branch("inner", plan("free"), yes=[out("a")], no=[out("b")])
    draft = make_draft(
        branch("outer", plan("pro"), yes=[inner]),
        people=make_people(pro=6, free=4),
        condition=plan("pro"),
    )

    history = look_back(draft, now=NOW)

    assert (history.people, history.entering, history.problem) == (10, 6, "")
    assert sides(history) == [
        ("outer", "yes", 6, 6, 6, None),
        ("inner", "yes", 4, 0, 0, None),
        ("inner", "no", 6, 6, 6, None),
        ("outer", "no", 4, 4, 0, None),
    ]
    assert [(one.step["key"], one.name) for one in history.never_taken] == [
        ("inner", "yes")
    ]


def test_the_first_branch_of_a_split_takes_people_from_the_next():
    both = {"kind": "any", "conditions": [plan("pro"), plan("free")]}
    split = new_step(
        "split",
        key="split",
        name="Split",
        branches=[
            {"key": "one", "name": "One", "condition": both, "steps": [out("a")]},
            {
                "key": "two",
                "name": "Two",
                "condition": plan("pro"),
                "steps": [out("b")],
            },
        ],
        otherwise=[out("c")],
    )
    draft = make_draft(split, people=make_people(pro=6, free=4))

    history = look_back(draft, now=NOW)

    assert [(one.name, one.enters) for one in history.sides] == [
        ("one", 10),
        ("two", 0),
        ("otherwise", 0),
    ]
    assert len(history.never_taken) == 2


def test_what_was_really_taken_beats_the_guess():
    draft = make_draft(
        branch("pro", plan("pro"), yes=[out("a")], no=[out("b")]),
        people=make_people(free=10),
    )
    draft.published = draft.versions.create(
        number=1, revision=1, definition=draft.draft, published_at=NOW
    )
    draft.save()
    for days, contact in ((1, make_contact()), (91, make_contact())):
        StepRun.objects.create(
            contact=contact,
            enrollment_id=days,
            campaign=draft,
            step_key="pro",
            visit=1,
            ran_at=NOW - days * DAY,
            outcome="yes",
        )

    history = look_back(draft, now=NOW)
    assert [(one.name, one.enters, one.took) for one in history.sides] == [
        ("yes", 0, 1),
        ("no", 10, 0),
    ]
    assert history.never_taken == []

    draft.refresh_from_db()
    draft.draft["steps"][0]["condition"] = plan("gold")
    assert [one.name for one in look_back(draft, now=NOW).never_taken] == ["yes"]


def test_the_people_of_an_event_are_those_of_ninety_days():
    draft = make_campaign(
        steps=[branch("pro", plan("pro"), yes=[out("a")])],
        trigger={"kind": "event", "event": {"name": "ordered", "filters": []}},
    )
    for days in (1, 45, 89, 91):
        make_event(make_contact(), name="ordered", at=NOW - days * DAY)

    history = look_back(draft, now=NOW)

    assert history.people == 3
    assert history.never_taken == []


@pytest.mark.parametrize(
    ("steps", "trigger", "problem"),
    [
        ([out("a")], {}, "The flow has no branch"),
        ([branch("b", plan("pro"))], {"audience": None}, "Nobody can say whom"),
        ([branch("b", plan("pro"))], {"kind": "manual"}, "Nobody can say whom"),
        ([branch("b", {"kind": "list", "list": 0, "operator": "on"})], {}, "Mend"),
    ],
)
def test_where_nothing_can_be_counted(steps, trigger, problem):
    draft = make_draft(*steps, people=make_people(free=1), **trigger)

    assert look_back(draft, now=NOW).problem.startswith(problem)


def test_what_takes_too_long_is_said(monkeypatch):
    draft = make_draft(branch("b", plan("pro")), people=make_people(free=1))

    def slow(*args):
        raise TookTooLong

    monkeypatch.setattr(never_taken, "_count", slow)

    assert "longer than 4 seconds" in look_back(draft, now=NOW).problem
