"""Steps that lead elsewhere: a jump, an exit; and a note, which leads nowhere else."""

import pytest

from campaigns.flows.edits import new_step
from campaigns.models import Enrollment
from campaigns.steps.registry import step_kind
from tests.factories.campaigns import make_contact
from tests.factories.flows import enroll_in, story_of, walk

pytestmark = pytest.mark.django_db


def test_a_jump_goes_on_at_its_target_also_inside_a_branch():
    inside = new_step("note", key="inside")
    branch = new_step("branch", key="branch", yes=[inside])
    contact = make_contact()
    enroll_in(
        [
            new_step("continue_at", key="jump", target="inside"),
            branch,
            new_step("note", key="end"),
        ],
        contact,
    )

    walk()

    assert story_of(contact) == [
        ("jump", "jumped"),
        ("inside", "passed"),
        ("end", "passed"),
    ]


def test_an_exit_ends_the_pass():
    contact = make_contact()
    enroll_in([new_step("exit", key="exit"), new_step("note", key="end")], contact)

    walk()

    assert story_of(contact) == [("exit", "left")]
    last = Enrollment.objects.get(contact=contact)
    assert (last.state, last.end_reason, last.due_at) == ("exited", "exit_step", None)


def test_the_cards_say_what_happens():
    assert [
        step_kind(step["kind"]).describe(step)
        for step in (
            new_step("continue_at"),
            new_step("continue_at", target="end"),
            new_step("exit"),
            new_step("note"),
            new_step("note", text="Ask Ana first"),
        )
    ] == [
        "No step chosen yet",
        "Continue at another step",
        "Leave the campaign here",
        "Nothing written yet",
        "Ask Ana first",
    ]
