"""The forms of steps: what they read, give and refuse."""

import pytest
from django.template.loader import render_to_string

from campaigns.flows.edits import new_step, update_step
from campaigns.step_forms.registry import STEP_FORMS
from contacts import lists
from tests.factories.campaigns import NOW
from tests.factories.connections import make_connection
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


def fill_form(step, steps=(), **values):
    posted = {f"step-{name}": value for name, value in {"name": "N", **values}.items()}
    return STEP_FORMS[step["kind"]](posted, initial=step, prefix="step", steps=steps)


def saved(step, **values):
    form = fill_form(step, **values)
    assert form.is_valid(), form.errors
    document = {"steps": [step]}
    return update_step(document, step["key"], **form.values())["steps"][0]


def test_a_delay_until_a_day_and_back_to_an_amount():
    step = new_step("delay", key="x", amount=3)

    until = saved(
        step, mode="until", attribute="renews_on", offset_days="-14", at="09:00"
    )
    back = saved(until, mode="for", amount="2", unit="calendar_days", at="10:00")

    assert until == step | {
        "name": "N",
        "until": {"attribute": "renews_on", "offset_days": -14},
        "at": "09:00",
    }
    assert back == step | {
        "name": "N",
        "amount": 2,
        "unit": "calendar_days",
        "at": "10:00",
    }
    shown = STEP_FORMS["delay"](initial=until, prefix="step")
    assert [shown[name].value() for name in ("mode", "attribute", "offset_days")] == [
        "until",
        "renews_on",
        -14,
    ]


@pytest.mark.parametrize(
    ("kind", "values", "errors"),
    [
        (
            "delay",
            {"mode": "for"},
            {
                "amount": ["Write a whole number, such as 3."],
                "unit": ["Choose a unit, such as days."],
            },
        ),
        (
            "wait_answer",
            {"amount": "366", "unit": "days"},
            {"amount": ["Wait at most a year: 365 here."]},
        ),
        (
            "window",
            {"start": "9", "end": "17:00"},
            {
                "days": ["Choose at least one day."],
                "start": ["Write a time such as 09:00."],
            },
        ),
        (
            "attribute",
            {"attribute": "email", "type": "number", "value": "nan"},
            {
                "attribute": [
                    "“email” comes from your product and can't be set here. Choose an"
                    " attribute."
                ],
                "value": ["Write a number, such as 3 or 2.5."],
            },
        ),
        (
            "attribute",
            {"attribute": "a", "type": "flag", "value": "perhaps"},
            {"value": ["Write yes or no."]},
        ),
        (
            "list",
            {"action": "add", "list": "99"},
            {"list": ["This list is gone. Choose another one."]},
        ),
        (
            "continue_at",
            {"target": "back"},
            {"target": ["This step is gone. Choose another one."]},
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_does(kind, values, errors):
    assert fill_form(new_step(kind), **values).errors == errors


@pytest.mark.parametrize(
    ("posted", "value"),
    [
        ({"type": "text", "value": " invited "}, "invited"),
        ({"type": "number", "value": "2,5"}, 2.5),
        ({"type": "number", "value": "3"}, 3),
        ({"type": "flag", "value": "Yes"}, True),
        ({"type": "today", "value": "old"}, ""),
    ],
)
def test_a_value_is_read_as_what_it_is_said_to_be(posted, value):
    step = saved(new_step("attribute", key="x"), attribute="stage", **posted)

    assert (step["attribute"], step["value"]) == ("stage", value)


def test_a_flag_is_shown_as_a_word():
    step = new_step("attribute", type="flag", value=False)

    assert STEP_FORMS["attribute"](initial=step)["value"].value() == "no"


def test_branches_get_names_and_conditions_and_keep_what_is_in_them():
    inside = new_step("note", key="inside")
    step = new_step("split", key="x")
    step["branches"][0]["steps"] = [inside]

    changed = saved(step, name_a="Owners", name_b="Users")

    assert [
        (side["key"], side["name"], side["condition"], side["steps"])
        for side in changed["branches"]
    ] == [("a", "Owners", None, [inside]), ("b", "Users", None, [])]


def test_cohorts_get_weights():
    step = saved(
        new_step("cohort", key="x"), name_a="A", weight_a="9", name_b="B", weight_b="1"
    )

    assert [(arm["name"], arm["weight"]) for arm in step["arms"]] == [
        ("A", 9),
        ("B", 1),
    ]


def test_a_window_a_list_a_wait_and_a_note():
    regulars = lists.create_list(name="Regulars", now=NOW)
    window = saved(
        new_step("window", key="x"), days=["6", "7"], start="10:00", end="02:00"
    )
    change = saved(new_step("list", key="x"), action="remove", list=str(regulars.pk))
    wait = saved(
        new_step("wait_until", key="x"), since="ever", amount="2", unit="hours"
    )
    note = saved(new_step("note", key="x"), text="Ask Ana")

    assert (window["days"], window["from"], window["until"]) == (
        [6, 7],
        "10:00",
        "02:00",
    )
    assert (change["action"], change["list"]) == ("remove", regulars.pk)
    assert (wait["since"], wait["amount"], wait["unit"], wait["condition"]) == (
        "ever",
        2,
        "hours",
        None,
    )
    assert note["text"] == "Ask Ana"


def test_a_jump_may_lead_to_later_steps_only():
    steps = [
        new_step("note", key="before"),
        new_step("continue_at", key="jump"),
        new_step("branch", key="branch", yes=[new_step("note", key="in", name="In")]),
    ]

    form = fill_form(steps[1], steps, target="in")

    assert form.is_valid()
    assert [key for key, _ in form.fields["target"].choices] == ["", "branch", "in"]


def test_only_what_may_stay_blank_is_called_optional():
    form = STEP_FORMS["delay"](initial=new_step("delay"))

    drawn = {
        field.name: render_to_string("campaigns/_draft_field.html", {"field": field})
        for field in form.visible_fields()
    }

    assert [name for name, text in drawn.items() if ">optional<" in text] == ["at"]


def test_a_task_for_whom_an_attribute_names_and_back_to_anybody():
    step = new_step("task", key="x")
    values = {"title": "Call {{ contact.name }}", "text": "Why", "due_days": "3"}

    waiting = saved(
        step,
        **values,
        owner="attribute",
        attribute=" account_owner ",
        waits="wait",
        amount="2",
        unit="hours",
    )
    back = saved(waiting, **values, owner="anyone")

    assert waiting == step | {
        "name": "N",
        "title": "Call {{ contact.name }}",
        "text": "Why",
        "owner": {"rule": "attribute", "attribute": "account_owner"},
        "due_days": 3,
        "wait": {"amount": 2, "unit": "hours"},
    }
    assert back == waiting | {"owner": {"rule": "anyone"}, "wait": None}
    shown = STEP_FORMS["task"](initial=waiting, prefix="step")
    names = ("owner", "attribute", "waits", "amount", "unit")
    assert [shown[name].value() for name in names] == [
        "attribute",
        "account_owner",
        "wait",
        2,
        "hours",
    ]


def test_a_task_keeps_the_user_who_does_it():
    user = make_user()
    step = new_step("task", key="x")

    assert saved(step, owner=f"user:{user.pk}")["owner"] == {
        "rule": "user",
        "user": user.pk,
    }


def test_a_task_with_words_that_cannot_be_read_or_a_wait_without_length_is_refused():
    form = fill_form(
        new_step("task", key="x"), title="{{ contact.name", owner="anyone", waits="wait"
    )

    assert not form.is_valid()
    assert set(form.errors) == {"title", "amount", "unit"}


def test_a_webhook_tells_what_is_chosen():
    connection = make_connection()
    make_connection(name="Texts", purpose="sms")
    step = new_step("webhook", key="x")
    values = {"connection": connection.pk, "told": ["last_name", "email"]}

    told = saved(
        step,
        **values,
        attributes="plan\n plan \n\nseats, owner",
        with_event="on",
        waits="wait",
        amount="1",
        unit="hours",
    )
    less = saved(told, **values)

    assert told == step | {
        "name": "N",
        "connection": connection.pk,
        "fields": ["email", "last_name"],
        "attributes": ["plan", "seats", "owner"],
        "with_event": True,
        "wait": {"amount": 1, "unit": "hours"},
    }
    assert (less["attributes"], less["with_event"], less["wait"]) == ([], False, None)
    shown = STEP_FORMS["webhook"](initial=told, prefix="step")
    assert shown["attributes"].value() == "plan\nseats\nowner"
    assert shown["told"].value() == ["email", "last_name"]
    assert [str(label) for _, label in shown.fields["connection"].choices] == [
        "Choose a connection",
        "Our CRM",
    ]


def test_a_webhook_tells_no_more_than_fifty_attributes():
    names = "\n".join(f"a{number}" for number in range(51))

    form = fill_form(new_step("webhook", key="x"), attributes=names)

    assert form.errors == {"attributes": ["Write at most 50 attributes."]}
