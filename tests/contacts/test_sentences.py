import pytest

from contacts import sentences
from contacts.sentences import event_icon, event_sentence, register_event_sentence


@pytest.mark.parametrize(
    ("name", "properties", "expected"),
    [
        ("survey_answered", {"nps": 9}, "Answered the survey with 9 of 10"),
        ("survey_answered", {}, "Survey answered"),
        ("order_completed", {"total": 5, "currency": "EUR"}, "Ordered for 5 EUR"),
        (
            "order_completed",
            {"total": 5.5, "items": ["a", "b"]},
            "Ordered for 5.50: a, b",
        ),
        ("order_completed", {}, "Order completed"),
        ("signed_up", {"source": "app"}, "Signed up"),
        ("link_shared_by_hand", {}, "Link shared by hand"),
        ("unsubscribed", {"{x}": "{y}"}, "Unsubscribed"),
    ],
)
def test_event_is_told(name, properties, expected):
    assert event_sentence(name, properties) == expected


def test_apps_bring_their_sentences(monkeypatch):
    monkeypatch.setattr(sentences, "SENTENCES", {})
    register_event_sentence("asked", "Was asked by {campaign}", icon="mail")
    register_event_sentence("rewarded", lambda properties: properties["amount"][0])

    assert event_sentence("asked", {"campaign": True}) == "Was asked by yes"
    assert event_icon("asked") == "mail"
    assert event_sentence("rewarded", {"amount": []}) == "Rewarded"
    assert event_icon("unheard_of") == "bolt"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "yes"),
        (False, "no"),
        (None, ""),
        ([1, [True, None]], "1, yes, "),
        ({"a": 1.0, "b": "x"}, "a: 1, b: x"),
        (1234.5, "1,234.50"),
    ],
)
def test_values_are_shown_for_people(value, shown):
    assert sentences.show_value(value) == shown
