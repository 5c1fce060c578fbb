"""What the flow before an ask, and the night, do to the freshness of its moment."""

import pytest

from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step
from campaigns.flows.freshness import (
    check_freshness,
    check_hours,
    explain_freshness,
    say_minutes,
)


def ask(hours=2, fresh_from="moment"):
    values = {"freshness_hours": hours, "fresh_from": fresh_from}
    return new_step("email", key="ask", name="Ask", **values)


def wait(amount, unit="hours", **values):
    values = {"key": "wait", "name": "Wait", "amount": amount, "unit": unit} | values
    return new_step("delay", **values)


def draft(*steps, **settings):
    document = empty_document()
    document["settings"] |= settings
    document["steps"] = list(steps)
    return document


def found(*steps):
    return [(one.severity, one.message) for one in check_freshness(list(steps))]


def hints(*steps, **settings):
    settings = {"quiet_from": "00:00", "quiet_until": "00:00"} | settings
    return explain_freshness(draft(*steps, **settings), steps[-1])


def test_what_is_stale_for_some_is_worth_a_look():
    branch = new_step("branch", key="b", name="B", yes=[wait(3)])

    assert found(branch, ask()) == [
        (
            "warning",
            "“Ask”: fresh for 2 hours from the moment, but the wait “Wait” before it makes"
            " it stale for some people: they come up to 3 hours after it.",
        )
    ]
    assert found(wait(2), ask()) == []
    assert found(wait(3), ask(fresh_from="step")) == []


def test_a_day_of_the_calendar_may_be_short():
    tomorrow = wait(1, "calendar_days", at="09:00")

    [(severity, message)] = found(tomorrow, ask(hours=20))

    assert severity == "warning"
    assert "stale for most people" in message
    assert found(wait(3, "calendar_days", at="09:00"), ask())[0][0] == "error"


def test_a_step_that_nobody_comes_to_is_not_judged():
    out = new_step("exit", key="out", name="Out")

    assert found(out, wait(3), ask()) == []
    assert hints(out, wait(3), ask()) == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([ask()], "People come here at the moment itself, so all of the time is left."),
        (
            [wait(3, "days"), ask()],
            "People come here 3 days after the moment: it is stale for everybody. Most of"
            " it is the wait “Wait”.",
        ),
        (
            [wait(1), ask(hours=3)],
            "People come here 1 hour after the moment, so at most 2 hours are left.",
        ),
        (
            [new_step("branch", key="b", name="B", yes=[wait(3)]), ask()],
            "People come here 0 minutes to 3 hours after the moment, so at most 2 hours"
            " are left. Some come too late.",
        ),
        (
            [wait(3, "days"), ask(fresh_from="step")],
            "People come here 3 days after the moment. From then on they may be asked for"
            " 2 hours; who is held for longer is not asked any more.",
        ),
    ],
)
def test_the_form_says_what_a_choice_means_for_the_flow(steps, sentence):
    assert hints(*steps) == [sentence]


def test_the_night_takes_moments_away():
    night = {"quiet_from": "20:00", "quiet_until": "08:00"}

    assert hints(ask(), **night)[1:] == [
        "Quiet hours end at 08:00, so of moments between 20:00 and 06:00 nobody is asked:"
        " by then they are older than 2 hours."
    ]
    assert hints(ask(hours=12), **night)[1:] == []
    assert hints(ask(fresh_from="step"), **night)[1:] == []
    assert hints(ask(hours=None)) == []


def test_too_little_of_a_day_is_left():
    window = new_step(
        "window", key="w", name="Evening", **{"from": "18:00", "until": "21:00"}
    )
    night = {"quiet_from": "19:00", "quiet_until": "08:00"}
    open_hours = {"quiet_from": "21:00", "quiet_until": "08:00"}

    assert [one.message for one in check_hours(draft(window, **night))] == [
        "“Evening” lets people go on between 18:00 and 21:00, and quiet hours leave 1 hour"
        " of it for an ask. Let the two overlap less."
    ]
    assert not list(check_hours(draft(window, **open_hours)))
    assert [
        one.message
        for one in check_hours(draft(quiet_from="09:00", quiet_until="08:00"))
    ] == [
        "Quiet hours leave 1 hour of each day. With less than two hours much is sent a day"
        " late; make them shorter."
    ]
    assert not list(check_hours(draft(quiet_from="soon", quiet_until="08:00")))


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (60, "1 hour"),
        (90, "90 minutes"),
        (1500, "25 hours"),
        (2880, "2 days"),
        (4330, "3 days"),
    ],
)
def test_times_are_written_in_the_largest_unit_that_fits(minutes, words):
    assert say_minutes(minutes) == words
