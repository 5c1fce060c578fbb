"""Who lacks what a mail writes without a default."""

import pytest

from audiences.previews.limits import TookTooLong
from campaigns.emails.document import empty_variant
from campaigns.flows.edits import new_step
from campaigns.seeing import missing_values
from campaigns.seeing.missing_values import Lack, Report, who_lacks_what
from tests.factories.campaigns import NOW, make_audience, make_campaign, make_contact

pytestmark = pytest.mark.django_db

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def mail(**subjects):
    variants = {
        locale: empty_variant() | {"subject": subject}
        for locale, subject in subjects.items()
    }
    content = {"default_locale": "en", "variants": variants}
    return new_step("email", key="mail", name="Mail", content=content)


def make_draft(step, **trigger):
    people = [
        make_contact(first_name="Ana", locale="en", attributes={"plan": "pro"}),
        make_contact(locale="en-GB", attributes={"plan": "pro"}),
        make_contact(locale="", attributes={"plan": ""}),
        make_contact(locale="de"),
    ]
    own = {"audience": make_audience(*people).pk, "existing": True}
    return make_campaign(steps=[step], trigger=own | trigger).draft


def test_people_are_counted_by_what_they_read():
    step = mail(
        en="{{ contact.first_name }} {{ contact.attributes.plan }}",
        de="{{ contact.first_name }}",
    )

    report = who_lacks_what(make_draft(step), step, now=NOW)

    assert report == Report(
        (
            Lack("contact.first_name", "en", 2, 3),
            Lack("contact.first_name", "de", 1, 1),
            Lack("contact.attributes.plan", "en", 1, 3),
        )
    )
    assert report.lacks[0].label == "first name"
    assert {one.label for one in report.lacks} == {"first name", "“plan”"}


def test_only_who_meets_the_condition_for_entering_counts():
    step = mail(en="{{ contact.first_name }}")

    report = who_lacks_what(make_draft(step, condition=PRO), step, now=NOW)

    assert report.lacks == (Lack("contact.first_name", "en", 1, 2),)


def test_where_nothing_can_be_counted(monkeypatch):
    step = mail(en="{{ contact.first_name }}")
    by_hand = make_draft(step, kind="manual")
    broken = make_draft(step, condition={"kind": "list", "list": 0, "operator": "on"})

    assert who_lacks_what(by_hand, mail(en="Hi"), now=NOW) == Report()
    problems = [who_lacks_what(one, step, now=NOW).problem for one in (by_hand, broken)]
    assert problems[0].startswith("Nobody can say whom the trigger lets in")
    assert problems[1] == "Mend the trigger first."

    def slow(*args):
        raise TookTooLong

    monkeypatch.setattr(missing_values, "_count", slow)
    report = who_lacks_what(make_draft(step), step, now=NOW)
    assert report.problem == "Counting takes longer than 4 seconds here."


def test_every_way_of_an_ask_is_counted():
    step = mail(en="Hello")
    step["in_app"] = {
        "hours": 4,
        "variants": {
            "en": {"title": "Hi {{ contact.first_name }}", "text": "A friend?"},
            "de": {"title": "Hallo", "text": "{{ contact.attributes.plan }}"},
        },
    }
    step["passed_on"] = {
        "hours": 48,
        "channel": "sms",
        "connection": 1,
        "address": "phone",
        "variants": {"en": {"text": "{{ contact.first_name }} {{ ask.url }}"}},
    }
    step["task"] = {
        "hours": 48,
        "channel": "call",
        "title": "Call {{ contact.name }}",
        "text": "",
    }

    report = who_lacks_what(make_draft(step), step, now=NOW)

    assert report.lacks == (
        Lack("contact.name", "", 3, 4, "call"),
        Lack("contact.first_name", "en", 3, 4, "sms"),
        Lack("contact.first_name", "en", 2, 3, "in_app"),
        Lack("contact.attributes.plan", "de", 1, 1, "in_app"),
    )


def test_a_way_that_is_not_gone_is_not_counted():
    step = mail(en="Hello") | {"ask": False}
    step["in_app"] = {"hours": 4, "variants": {"en": {"title": "{{ contact.name }}"}}}

    assert who_lacks_what(make_draft(step), step, now=NOW) == Report()
