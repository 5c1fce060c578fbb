"""Signs: how they are read at first, changed, and left out while nothing is known."""

from datetime import timedelta

import pytest

from audiences import selection, usage
from audiences.conditions.errors import ConditionError
from campaigns.guardrails.reasons import LABELS, MAY_BE_OFF
from campaigns.guardrails.rules import (
    BY_CODE,
    SIGNS,
    prune,
    read_rules,
    rules_in_force,
    set_rule,
)
from contacts.events import Fact, record
from tests.factories.campaigns import NOW, make_audience, make_contact
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
DAY = timedelta(days=1)


def did(name, operator="at_least", count=1):
    return {
        "kind": "event",
        "name": name,
        "operator": operator,
        "count": count,
        "window": {"kind": "ever"},
        "filters": [],
    }


def group(kind, *conditions):
    return {"kind": kind, "conditions": list(conditions)}


def in_force(*off):
    return {rule.code: condition for rule, condition in rules_in_force(off).rules}


def who(code, *contacts, now=NOW):
    ids = [contact.pk for contact in contacts]
    condition = BY_CODE[code].condition
    found = selection.matching_ids(condition, as_of=now, contact_ids=ids)
    return [ids.index(pk) for pk in sorted(found)]


def happened(contact, name, days_ago, **properties):
    at = NOW - days_ago * DAY
    record(Fact(contact.pk, name, at, f"{name}{days_ago}", properties), now=at)


def test_every_sign_is_a_reason_and_can_be_understood():
    assert [sign.code for sign in SIGNS] == [code for code in LABELS if code in BY_CODE]
    assert all(selection.describe(sign.condition) for sign in SIGNS)
    assert set(MAY_BE_OFF) - {"lost_to"} == set(BY_CODE) - {"test_contact"}


def test_an_open_ticket_is_one_that_was_not_closed():
    waits, settled, old, counted = (make_contact() for _ in range(4))
    happened(waits, "ticket_opened", 30)
    happened(waits, "ticket_closed", 31)
    happened(settled, "ticket_opened", 30)
    happened(settled, "ticket_closed", 20)
    happened(old, "ticket_opened", 90)
    counted.attributes = {"open_tickets": 2}
    counted.save()

    assert who("open_ticket", waits, settled, old, counted) == [0, 3]


def test_a_ticket_is_recent_for_fourteen_days():
    opened, closed, before = (make_contact() for _ in range(3))
    happened(opened, "ticket_opened", 13)
    happened(closed, "ticket_closed", 13)
    happened(before, "ticket_opened", 14)

    assert who("recent_ticket", opened, closed, before) == [0, 1]


def test_the_last_answer_tells_satisfaction():
    sad, glad, glad_again = (make_contact() for _ in range(3))
    happened(sad, "survey_answered", 9, nps=9)
    happened(sad, "survey_answered", 3, nps=6)
    happened(glad, "survey_answered", 3, nps=7)
    happened(glad_again, "nps_answered", 30, score=1)
    happened(glad_again, "nps_answered", 3, score=9)

    assert who("low_satisfaction", sad, glad, glad_again) == [0]


def test_attributes_tell_the_others():
    contacts = [
        make_contact(attributes=attributes)
        for attributes in (
            {"churn_risk": "high"},
            {"churn_risk": "low"},
            {"engagement_score": 19},
            {"engagement_score": 20},
            {"is_test": "yes"},
        )
    ]

    assert who("churn_risk", *contacts) == [0]
    assert who("below_engagement", *contacts) == [2]
    assert who("test_contact", *contacts) == [4]


def test_what_never_happened_is_left_out():
    before = in_force()
    happened(make_contact(), "ticket_closed", 1)
    after = in_force()

    assert before["open_ticket"] == group(
        "any", BY_CODE["open_ticket"].condition["conditions"][0]
    )
    assert "recent_ticket" not in before
    assert "low_satisfaction" not in before
    assert after["recent_ticket"]["conditions"][0]["name"] == "ticket_closed"
    assert len(after["recent_ticket"]["conditions"]) == 1
    assert rules_in_force().never_happened >= {"ticket_opened", "survey_answered"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (PRO, PRO),
        (did("known"), did("known")),
        (did("unknown"), None),
        (did("unknown", "at_most"), did("unknown", "at_most")),
        (did("unknown", "at_least", 0), did("unknown", "at_least", 0)),
        ({"kind": "latest", "name": "unknown"}, None),
        (group("all", PRO, did("unknown")), None),
        (group("any", PRO, did("unknown")), group("any", PRO)),
        (group("any", did("unknown")), None),
        (
            {"kind": "not", "condition": did("unknown")},
            {"kind": "not", "condition": did("unknown")},
        ),
    ],
)
def test_prune_keeps_what_may_hold(condition, expected):
    assert prune(condition, {"known"}) == expected


def test_a_sign_is_changed_turned_off_and_read_as_it_came():
    user = make_user()
    change = {"code": "churn_risk", "user": user, "now": NOW}
    set_rule(is_on=True, condition=PRO, **change)
    changed = in_force()["churn_risk"]
    set_rule(is_on=False, condition=PRO, **change)
    off = in_force()
    set_rule(is_on=True, condition=BY_CODE["churn_risk"].condition, **change)
    [as_it_came] = [one for one in read_rules() if one.code == "churn_risk"]

    assert changed == PRO
    assert "churn_risk" not in off
    assert (as_it_came.is_own, as_it_came.row.condition) == (False, None)
    assert "below_engagement" not in in_force("below_engagement")
    with pytest.raises(ConditionError):
        set_rule(is_on=True, condition={"kind": "magic"}, **change)


def test_an_audience_that_a_sign_needs_is_not_archived():
    audience = make_audience()
    condition = {"kind": "audience", "audience": audience.pk, "operator": "in"}
    set_rule(
        code="churn_risk", is_on=True, condition=condition, user=make_user(), now=NOW
    )

    [use] = usage.uses_of(audience)

    assert (use.kind, use.name) == ("Guardrail", "Churn risk")
