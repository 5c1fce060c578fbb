"""Steps that hand something on: what only the database knows to be wrong."""

import pytest

from campaigns.draft_checks import check_handed_on, check_seen
from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step
from contacts.outgoing.signed import switch
from tests.factories.campaigns import NOW
from tests.factories.connections import make_connection
from tests.factories.contacts import make_contact, make_event, make_user

pytestmark = pytest.mark.django_db


def found(step):
    document = empty_document() | {"steps": [step]}
    return [(one.severity, one.message) for one in check_handed_on(document)]


def test_a_task_of_somebody_who_works_here_is_fine():
    owner = {"rule": "user", "user": make_user().pk}

    assert found(new_step("task", title="Call {{ contact.name }}", owner=owner)) == []


def test_a_task_whose_owner_is_gone_or_whose_words_cannot_be_read_is_named():
    gone = make_user(is_active=False)
    step = new_step(
        "task",
        name="Call",
        title="{{ contact.name",
        owner={"rule": "user", "user": gone.pk},
    )

    [(first, words), second] = found(step)

    assert (first, words[:27]) == ("error", "“Call”: “{{ contact.name”: ")
    assert second == (
        "warning",
        "“Call”: who is to do it no longer works here, so the task is everybody’s. Choose"
        " somebody else.",
    )


def test_a_webhook_whose_connection_is_gone_or_off_is_named():
    fine, off = make_connection(), make_connection(name="Old CRM")
    texts = make_connection(name="Texts", purpose="sms")
    switch(receiver=off, user=None, now=NOW)
    gone = "“Tell”: the connection is gone. Choose another one."

    assert [
        found(new_step("webhook", name="Tell", connection=one))
        for one in (None, fine.pk, off.pk, texts.pk, texts.pk + 1)
    ] == [
        [],
        [],
        [
            (
                "warning",
                "“Tell”: “Old CRM” is switched off. What it is told waits until somebody"
                " switches it on.",
            )
        ],
        [("error", gone)],
        [("error", gone)],
    ]


def test_a_text_message_in_many_parts_or_over_a_wrong_connection_is_named():
    texts = make_connection(name="Texts", purpose="sms")
    way = {
        "hours": 12,
        "channel": "sms",
        "connection": texts.pk,
        "address": "phone",
        "variants": {"en": {"text": "Hi {{ ask.url }}"}},
    }
    long = way | {"variants": {"en": {"text": "x" * 400}}}

    def say(**changes):
        return found(new_step("email", name="Ask", **changes))

    assert say(passed_on=way) == say() == say(passed_on=long, ask=False) == []
    assert say(passed_on=long) == [
        (
            "warning",
            "“Ask”: the text message is sent in 3 parts or more, and each of them costs."
            " Shorten it.",
        )
    ]
    assert say(passed_on=way | {"channel": "push"}) == [
        ("error", "“Ask”: the connection is gone. Choose another one.")
    ]


def test_the_connection_of_a_message_by_text_is_looked_at():
    way = {
        "hours": 48,
        "channel": "sms",
        "connection": make_connection(name="CRM").pk,
        "address": "phone",
        "variants": {"en": {"text": "x" * 400}},
    }
    values = {"name": "Tip", "ask": False, "by_email": False, "passed_on": way}

    assert found(new_step("email", **values)) == [
        ("error", "“Tip”: the connection is gone. Choose another one."),
        (
            "warning",
            "“Tip”: the text message is sent in 3 parts or more, and each of them costs."
            " Shorten it.",
        ),
    ]
    assert found(new_step("email", **values | {"by_email": True})) == []


def test_an_event_that_was_never_seen_is_named_where_it_is_meant():
    def happened(name):
        return {
            "kind": "event",
            "name": name,
            "operator": "at_least",
            "count": 1,
            "window": {"kind": "ever"},
            "filters": [],
        }

    make_event(make_contact(), name="paid")
    document = empty_document() | {
        "steps": [
            new_step("branch", key="check", condition=happened("upgradet")),
            new_step("branch", key="again", condition=happened("upgradet")),
            new_step("branch", key="fine", condition=happened("paid")),
            new_step("branch", key="own", condition=happened("ask_delivered")),
        ],
    }
    document["trigger"] |= {
        "kind": "event",
        "event": {"name": "sign_up", "filters": []},
    }
    document["goal"]["condition"] = happened("won")

    found = check_seen(document)

    assert [
        (one.severity, one.part, one.step_key, one.message[:26]) for one in found
    ] == [
        ("warning", "trigger", "", "The event “sign_up” has ne"),
        ("warning", "flow", "check", "The event “upgradet” has n"),
        ("warning", "goal", "", "The event “won” has never "),
    ]
