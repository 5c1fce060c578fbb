import pytest

from campaigns.admin.sentences import (
    plain_subject,
    sentence_within,
    step_sentence,
)
from campaigns.admin.step_kinds import look_of
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("A small favor", "A small favor"),
        (
            'A favor, {{ contact.first_name | default: "if you like" }}?',
            "A favor, [first name]?",
        ),
        (
            'Hi{% if contact.first_name != "" %} {{contact.first_name}}{% endif %}!',
            "Hi [first name]!",
        ),
        ("{{ program.offer }}", "[offer]"),
        ("", ""),
    ],
)
def test_subject_is_shown_with_the_names_of_its_variables(subject, shown):
    assert plain_subject(subject) == shown


def test_a_jump_says_the_name_of_the_step_it_leads_to():
    leads = new_step("continue_at", key="leads", target="end")
    lost = new_step("continue_at", key="lost", target="gone")
    steps = [leads, lost, new_step("exit", key="end", name="Done")]
    say = sentence_within(empty_document() | {"steps": steps})

    assert [say(step) for step in steps] == [
        "Continue at “Done”.",
        "Continue at another step.",
        "Leave the campaign here.",
    ]


def test_a_task_names_its_variables():
    step = new_step("task", title="Call {{ contact.first_name }}")

    assert step_sentence(step) == "“Call [first name]”, due within 2 days."


def test_a_message_by_text_says_its_words():
    way = {
        "hours": 48,
        "channel": "sms",
        "connection": 1,
        "address": "phone",
        "variants": {
            "en": {"text": "Hi {{ contact.first_name }}"},
            "de": {"text": "Hallo"},
        },
    }
    text = new_step("email", ask=False, by_email=False, passed_on=way)
    blank = text | {"passed_on": {**way, "variants": {}}}

    assert [step_sentence(step) for step in (text, blank)] == [
        "Text message · Hi [first name] · 2 languages",
        "Text message · No words yet",
    ]
    assert look_of(text) == {
        "title": "Text message",
        "icon": "sms",
        "text": "Ask, or write by email, text message or push",
    }
