"""What may be wrong with a step, and with where it stands; each sentence says the mend."""

import pytest

from campaigns.flows.checks import check_document
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
NOTE = new_step("note", key="note", name="Note")
ASK = new_step("email", key="ask", name="Ask", content={"variants": {}})


def found(*steps):
    document = empty_document() | {"steps": list(steps)}
    return [
        (one.severity, one.step_key, one.message)
        for one in check_document(document)
        if one.step_key
    ]


def make(kind, **values):
    return new_step(kind, **({"key": "x", "name": "It"} | values))


def make_split(*names, condition=PRO):
    branches = [
        {
            "key": str(n),
            "name": name,
            "condition": condition,
            "steps": [NOTE] * (n == 0),
        }
        for n, name in enumerate(names)
    ]
    return make("split", branches=branches)


def make_cohort(*weights):
    arms = [
        {"key": str(n), "name": f"Arm {n}", "weight": w, "steps": [NOTE] * (n == 0)}
        for n, w in enumerate(weights)
    ]
    return make("cohort", arms=arms)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            make("delay", until={"attribute": "", "offset_days": 0}),
            "“It” needs the attribute that holds the day to wait for.",
        ),
        (
            make("delay", until={"attribute": "a", "offset_days": 999}),
            "“It” needs a number of days from -365 to 365.",
        ),
        (make_split(), "“It” has no branch. Add one, or remove the split."),
        (
            make_split("Owners", condition=None),
            "“It”: nobody can go to “Owners”, which has no condition. Say for whom it is,"
            " or remove the branch.",
        ),
        (
            make_split("One", "one "),
            "“It” has two sides of the same name. Rename one of them.",
        ),
        (make_split("One", " "), "“It” has a side without a name. Give it one."),
        (
            make_split(*(f"B{n}" for n in range(9))),
            "“It” has more than 8 sides. Split it.",
        ),
        (
            make("cohort"),
            "“It” has no step on any side. Add one, or remove it.",
        ),
        (make_cohort(1), "“It” has a single cohort. Add another one."),
        (
            make_cohort(0, 0),
            "“It”: give at least one cohort a weight above 0.",
        ),
        (make_cohort(1, -1), "“It”: “Arm 1” needs a weight from 0 to 10,000."),
        (make("window", days=[]), "“It” never opens. Choose at least one day."),
        (
            make("window", **{"from": "nine"}),
            "“It” needs times of day such as 09:00.",
        ),
        (make("wait_until"), "“It” has no condition. Say what to wait for."),
        (
            make("wait_until", condition=PRO, amount=None),
            "“It” has no time-out, so people could wait for ever. Say for how long at"
            " most.",
        ),
        (
            make("wait_until", condition=PRO, unit="calendar_days"),
            "“It” needs a unit, such as days.",
        ),
        (
            make("wait_answer"),
            "“It” has no ask before it, so nobody can answer. Put an ask before it, or"
            " remove it.",
        ),
        (
            make("attribute", value="x"),
            "“It” does not say which attribute to set.",
        ),
        (
            make("attribute", attribute="a", type="number", value="x"),
            "“It” needs a number, such as 3.",
        ),
        (
            make("attribute", attribute="a", type="flag"),
            "“It” needs yes or no.",
        ),
        (
            make("attribute", attribute="a"),
            "“It” has no value. Write one, or choose to take the attribute away.",
        ),
        (make("list"), "“It” has no list. Choose one."),
        (make("task"), "“It” does not say what to do. Write it."),
        (
            make("task", title="Call", owner={"rule": "attribute", "attribute": ""}),
            "“It” needs the attribute that names who does it. Write it, or leave the task"
            " to anybody.",
        ),
        (
            make("task", title="Call", due_days=91),
            "“It” is due within 0 to 90 days.",
        ),
        (
            make("task", title="Call", wait={"amount": 0, "unit": "days"}),
            "“It” needs a length of at least 1.",
        ),
        (make("webhook"), "“It” has no connection. Choose whom to tell."),
        (
            make("webhook", connection=3, fields=["password"]),
            "“It” tells something that is not known.",
        ),
        (
            make("webhook", connection=3, attributes=["a"] * 51),
            "“It” tells more than 50 attributes.",
        ),
        (
            make("webhook", connection=3, wait={"amount": 400, "unit": "days"}),
            "“It” is longer than 365 days. Shorten it.",
        ),
        (
            make("continue_at"),
            "“It” leads nowhere. Choose the step to continue at.",
        ),
        (
            make("continue_at", target="gone"),
            "“It” leads to a step that is gone. Choose another one.",
        ),
        (
            make("continue_at", target="x"),
            "“It” leads back, and people would go in circles. Choose a step that comes"
            " after it.",
        ),
    ],
)
def test_an_incomplete_step_is_named(step, message):
    assert ("error", "x", message) in found(step)


@pytest.mark.parametrize(
    "step",
    [
        make("delay", until={"attribute": "renews_on", "offset_days": -3}),
        make_split("One", "Two"),
        make_cohort(1, 2),
        make("window"),
        make("wait_until", condition=PRO),
        make("attribute", attribute="a", value="x"),
        make("attribute", attribute="a", type="today"),
        make("list", list=3),
        make("task", title="Call", wait={"amount": 2, "unit": "hours"}),
        make("webhook", connection=3, wait={"amount": 2, "unit": "hours"}),
        make("exit"),
        make("note"),
    ],
)
def test_a_complete_step_is_not_named(step):
    assert found(step) == []


def test_a_narrow_window_is_a_warning():
    step = make("window", **{"from": "23:30", "until": "00:15"})

    assert found(step) == [
        (
            "warning",
            "x",
            "“It” is open for 45 minutes a day. With less than two hours a delay of the"
            " mail server is enough to miss it; make it longer.",
        ),
        (
            "warning",
            "x",
            "“It” lets people go on between 23:30 and 00:15, and quiet hours leave 0 minutes"
            " of it for an ask. Let the two overlap less.",
        ),
    ]


@pytest.mark.parametrize("kind", ["exit", "continue_at"])
def test_what_nobody_reaches_is_named_once(kind):
    lost = new_step("branch", key="lost", name="Lost", condition=PRO, yes=[NOTE])
    last = new_step("note", key="last", name="Last")
    leaving = make(kind) | ({"target": "last"} if kind == "continue_at" else {})

    errors = [one for one in found(leaving, lost, last) if one[0] == "error"]

    sentence = (
        "can't be reached: everybody has left the campaign or continued elsewhere before"
        " it. Move it up, or remove it."
    )
    lost_ones = [("error", "lost", f"“Lost” {sentence}")]
    if kind == "exit":
        lost_ones.append(("error", "last", f"“Last” {sentence}"))
    assert errors == lost_ones


def test_what_comes_after_two_exits_is_not_reached_and_after_one_it_is():
    both = make("branch", condition=PRO, yes=[make("exit", key="y", name="Out")])
    reached = found(both, NOTE)
    both["no"] = [make("exit", key="n", name="Away")]
    lost = found(both, NOTE)

    assert reached == []
    assert [(one[0], one[1]) for one in lost] == [("error", "note")]


def test_an_ask_whose_moment_is_over_by_then_is_an_error():
    late = [
        new_step("delay", key="d", name="Rest", amount=2),
        ASK | {"freshness_hours": 24, "fresh_from": "moment"},
    ]
    in_time = [
        new_step("delay", key="d", name="Rest", amount=2, unit="hours"),
        ASK | {"freshness_hours": 24, "fresh_from": "moment"},
    ]

    assert found(*late) == [
        (
            "error",
            "ask",
            "“Ask”: fresh for 1 day from the moment, but the wait “Rest” before it makes it"
            " stale for everybody, so nobody would be asked. Shorten the wait, let the"
            " moment stay fresh for longer, or count from this step.",
        )
    ]
    assert found(*in_time) == []


def test_a_mail_that_asks_for_nothing_has_no_moment_to_miss():
    mail = ASK | {"ask": False, "freshness_hours": 24, "fresh_from": "moment"}

    assert found(new_step("delay", key="d", name="Rest", amount=2), mail) == []
