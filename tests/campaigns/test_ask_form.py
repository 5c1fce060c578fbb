"""The form of an ask: what it reads from a step, it writes back."""

import pytest

from campaigns.ask_form import AskStepForm
from campaigns.flows.edits import new_step
from campaigns.flows.ladder import ladder_problems
from campaigns.flows.service import is_service
from tests.factories.connections import make_connection
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

FULL = {
    "name": "Ask",
    "freshness_hours": 12,
    "fresh_from": "moment",
    "sender": "us",
    "by_email": True,
    "in_app": {
        "hours": 4,
        "variants": {
            "en": {"title": "Hi", "text": "A friend?"},
            "de": {"title": "Hallo", "text": "Wer noch?"},
        },
    },
    "passed_on": None,
    "task": {
        "hours": 48,
        "channel": "call",
        "title": "Call {{ contact.name }}",
        "text": "Hello",
        "owner": {"rule": "attribute", "attribute": "owner"},
        "due_days": 0,
    },
}


def post(step):
    """What a browser sends if nobody touches the form."""
    form = AskStepForm(initial=step, prefix="step")
    data = {}
    for bound in form:
        value = bound.value()
        if value is True:
            data[bound.html_name] = "on"
        elif value is not None and value is not False:
            data[bound.html_name] = value
    return data


def read(step, **changes):
    data = post(step) | {f"step-{name}": value for name, value in changes.items()}
    form = AskStepForm(data, initial=step, prefix="step")
    assert form.is_valid(), form.errors
    return form.values()


def test_what_is_read_is_written_back():
    step = new_step("email", **FULL)

    values = read(step)

    assert values == {**FULL, "ask": True, "service": False, "if_held": "wait"}


def test_an_ask_may_be_never_too_late():
    step = new_step("email", **FULL)

    values = read(step, freshness_hours="", fresh_from="")

    assert (values["freshness_hours"], values["fresh_from"]) == (None, "step")


def test_a_plain_mail_stays_plain():
    values = read(new_step("email"))

    assert values == {
        "name": "Email",
        "ask": True,
        "service": False,
        "if_held": "wait",
        "freshness_hours": None,
        "fresh_from": "step",
        "sender": "us",
        "by_email": True,
        "in_app": None,
        "passed_on": None,
        "task": None,
    }


def test_what_does_not_ask_has_no_ladder():
    step = new_step("email", **FULL) | {"ask": False, "by_email": False}

    values = read(step)

    assert (values["by_email"], values["in_app"], values["task"]) == (True, None, None)


def test_a_rung_begins_with_words_and_times():
    values = read(new_step("email"), in_app_on="on", task_on="on", in_app_title_en="Hi")

    assert values["in_app"] == {
        "hours": 24,
        "variants": {"en": {"title": "Hi", "text": ""}},
    }
    assert values["task"]["owner"] == {"rule": "anyone"}
    assert (values["task"]["hours"], values["task"]["due_days"]) == (72, 2)


def test_a_user_owns_the_task():
    user = make_user(username="sam")

    values = read(new_step("email"), task_on="on", task_owner=f"user:{user.pk}")
    step = new_step("email", task=values["task"])

    assert values["task"]["owner"] == {"rule": "user", "user": user.pk}
    assert read(step)["task"]["owner"] == {"rule": "user", "user": user.pk}


@pytest.mark.parametrize("name", ["task_text", "in_app_text_en"])
def test_words_that_cannot_be_read_are_refused(name):
    step = new_step("email")
    data = post(step) | {f"step-{name}": "{{ contact."}

    form = AskStepForm(data, initial=step, prefix="step")

    assert list(form.errors) == [name]
    assert "can't be read" in form.errors[name][0]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, ["has no content. Write the email."]),
        ({"ask": False}, ["has no content. Write the email."]),
        ({"sender": "elsewhere"}, []),
        (
            {"by_email": False},
            ["reaches nobody. Ask in the product, by email or in person."],
        ),
        (
            {
                "content": {"variants": {}},
                "in_app": {"hours": 1, "variants": {"en": {"title": " ", "text": ""}}},
                "task": FULL["task"] | {"text": ""},
            },
            [
                "has no words to show in the product. Write a title.",
                "has a task without words. Write its title and its text.",
            ],
        ),
    ],
)
def test_a_ladder_says_what_is_missing(changes, problems):
    assert ladder_problems(new_step("email", **changes)) == problems


def test_words_in_the_product_are_asked_for_by_the_name_of_their_language():
    form = AskStepForm(initial=new_step("email", **FULL), prefix="step")

    assert [bound.label for bound in form.in_app_fields()] == [
        "Title (English)",
        "Text (English)",
        "Title (German)",
        "Text (German)",
        "For how many hours",
    ]


def test_a_short_text_is_delivered_by_the_connection_for_its_channel():
    push = make_connection(name="Push", purpose="push")
    make_connection()
    way = {
        "hours": 12,
        "channel": "push",
        "connection": push.pk,
        "address": "phone",
        "variants": {
            "en": {"text": "{{ ask.url }}"},
            "de": {"text": "Ja? {{ ask.url }}"},
        },
    }
    step = new_step("email", **FULL | {"passed_on": way})

    assert read(step)["passed_on"] == way
    assert read(step, text_on="")["passed_on"] is None
    form = AskStepForm(initial=step, prefix="step")
    choices = [str(label) for _, label in form.fields["text_connection"].choices]
    assert choices == ["Choose a connection", "Push"]
    shown = [field.name for field in form.text_fields()]
    assert shown == [
        *("text_connection", "text_text_en", "text_text_de"),
        *("text_hours", "text_address"),
    ]


def test_a_short_text_that_is_switched_on_is_not_complete():
    values = read(new_step("email", content={"variants": {}}), text_on="on")

    step = new_step("email", content={"x": 1}, passed_on=values["passed_on"])
    assert ladder_problems(step) == [
        "has no connection for its short text. Choose who delivers it.",
        "has no words for its short text. Write it.",
    ]
    step["passed_on"] |= {"connection": 1, "address": " "}
    step["passed_on"]["variants"]["en"]["text"] = "Hello"
    assert ladder_problems(step) == [
        "has a short text without {{ ask.url }}, so nobody can answer.",
        "needs the attribute that holds the phone number.",
    ]


def test_a_message_may_go_by_text():
    texts = make_connection(purpose="push")

    values = read(
        new_step("email", ask=False),
        message_by="text",
        text_connection=texts.pk,
        text_text_en="Hello",
    )

    assert (values["by_email"], values["in_app"], values["task"]) == (False, None, None)
    assert values["passed_on"] == {
        "hours": 48,
        "channel": "push",
        "connection": texts.pk,
        "address": "phone",
        "variants": {"en": {"text": "Hello"}},
    }
    step = new_step("email", **values)
    assert (read(step), ladder_problems(step)) == (values, [])
    assert read(step, message_by="email")["passed_on"] is None


def test_a_message_by_text_that_is_not_ready_says_why():
    way = {
        "hours": 48,
        "channel": "sms",
        "connection": None,
        "address": " ",
        "variants": {"en": {"text": "{{ ask.url }}"}},
    }

    step = new_step("email", ask=False, by_email=False, passed_on=way)

    assert ladder_problems(step) == [
        "has no connection for its short text. Choose who delivers it.",
        "mentions an answer, and asks for nothing. Take {{ ask.url }} out.",
        "needs the attribute that holds the phone number.",
    ]


def test_a_text_is_no_service_message():
    texts = make_connection(purpose="sms")
    step = new_step("email", ask=False)

    mail = read(step, service="on")
    text = read(step, service="on", message_by="text", text_connection=texts.pk)

    assert (mail["service"], text["service"]) == (True, False)
    assert is_service(new_step("email", **mail))
    assert not is_service(new_step("email", **text | {"service": True}))
