"""What is wrong with a draft."""

import pytest

from campaigns.flows.checks import check_document
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step

CONTENT = {"default_locale": "en", "variants": {}}
CONDITION = {"kind": "list", "list": 1, "operator": "on"}
INVITE = new_step("email", key="ask", name="Invite", content=CONTENT)


def make_document(*steps, **changes):
    document = empty_document()
    document["trigger"]["audience"] = 1
    document["goal"]["condition"] = CONDITION
    document["steps"] = list(steps) or [INVITE]
    for path, value in changes.items():
        part, _, name = path.partition("__")
        document[part][name] = value
    return document


def found(document):
    return [
        (one.severity, one.part, one.step_key, one.message)
        for one in check_document(document)
    ]


def test_a_complete_draft_has_no_findings():
    assert found(make_document()) == []


def test_an_empty_draft_says_what_to_do_first():
    assert found(empty_document()) == [
        (
            "error",
            "trigger",
            "",
            "Nobody can enter yet. Choose the audience whose members are asked.",
        ),
        ("error", "flow", "", "The flow is empty. Add at least one email."),
        (
            "warning",
            "goal",
            "",
            "No goal is set, so nobody counts as converted and nobody leaves early for"
            " it.",
        ),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            new_step("email", key="x", name="Hi"),
            "“Hi” has no content. Write the email.",
        ),
        (
            new_step("email", key="x", name="Hi", content=CONTENT, if_held="cry"),
            "“Hi” needs a choice of what happens to contacts who may not be asked now.",
        ),
        (
            new_step("delay", key="x", name="Rest", amount=0),
            "“Rest” needs a length of at least 1.",
        ),
        (
            new_step("delay", key="x", name="Rest", amount=True),
            "“Rest” needs a length of at least 1.",
        ),
        (
            new_step("delay", key="x", name="Rest", unit="moons"),
            "“Rest” needs a unit, such as days.",
        ),
        (
            new_step("delay", key="x", name="Rest", amount=366),
            "“Rest” is longer than 365 days. Shorten it.",
        ),
        (
            new_step("delay", key="x", name="Rest", unit="calendar_days", at="9 am"),
            "“Rest” needs a time of day such as 09:00.",
        ),
        (new_step("delay", key="x", name=" "), "A delay has no name. Give it one."),
        (
            new_step("branch", key="x", name="Big?", yes=[INVITE | {"key": "y"}]),
            "“Big?” has no condition. Say who goes to the true side.",
        ),
        (
            new_step("branch", key="x", name="Big?", condition=CONDITION),
            "“Big?” has no step on either side. Add one, or remove the branch.",
        ),
        (
            {"key": "x", "kind": "jump", "name": "J"},
            "“J” is of a kind that is not known.",
        ),
    ],
)
def test_an_incomplete_step_is_named(step, message):
    document = make_document(
        step, new_step("email", ask=False, name="Z", content=CONTENT)
    )

    errors = [one for one in check_document(document) if one.blocks]

    assert [(one.step_key, one.message) for one in errors] == [("x", message)]


def test_a_flow_that_is_too_long_blocks():
    steps = [new_step("delay", name=f"Wait {n}") for n in range(100)]

    messages = [one.message for one in check_document(make_document(*steps, INVITE))]

    assert messages == ["The flow has more than 100 steps. Split it."]


def test_a_name_that_leads_to_two_steps_is_warned_of():
    one = new_step("delay", key="x", name="Wait")
    two = new_step("delay", key="y", name="wait ")

    assert found(make_document(INVITE, one, two)) == [
        (
            "warning",
            "flow",
            "y",
            "More than one step is called “wait”. Reports name steps, so give each its own"
            " name.",
        ),
    ]


def test_a_flow_that_asks_nobody_is_warned_of():
    assert found(make_document(INVITE | {"ask": False})) == [
        (
            "warning",
            "flow",
            "",
            "No step asks for a referral, so nobody is invited to refer.",
        )
    ]


@pytest.mark.parametrize(
    ("days", "policy", "severity"),
    [(89, "skip", "error"), (89, "wait", "warning"), (90, "skip", None)],
)
def test_a_second_ask_needs_ninety_days(days, policy, severity):
    again = INVITE | {"key": "again", "name": "Again", "if_held": policy}
    document = make_document(INVITE, new_step("delay", amount=days), again)

    assert [(one.severity, one.step_key) for one in check_document(document)] == (
        [(severity, "again")] if severity else []
    )


def test_an_ask_after_a_branch_may_be_too_soon_on_one_side_only():
    again = INVITE | {"key": "again", "name": "Again", "if_held": "exit"}
    branch = new_step("branch", name="B", condition=CONDITION, yes=[INVITE])

    assert [
        (one.severity, one.step_key)
        for one in check_document(make_document(branch, again))
    ] == [("warning", "again")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"trigger__frequency": "daily"},
            "Choose whether a contact enters once or again.",
        ),
        (
            {"goal__window_days": 0},
            "The goal counts for at least 1 and at most 365 days.",
        ),
        (
            {"settings__time_zone": "Mars/Olympus"},
            "“Mars/Olympus” is not a time zone. Choose one such as Europe/Berlin.",
        ),
        (
            {"settings__quiet_from": "late"},
            "Quiet hours need times of day such as 20:00.",
        ),
        (
            {"settings__snooze_days": 91},
            "“Not now” lasts at least 60 and at most 90 days.",
        ),
    ],
)
def test_values_that_can_not_be_used_block(changes, message):
    assert [one.message for one in check_document(make_document(**changes))] == [
        message
    ]
