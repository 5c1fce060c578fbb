"""Why today's rule and what really was may differ."""

from datetime import timedelta

import pytest

from audiences.definitions import change_audience
from audiences.explain.reasons import reasons_of
from audiences.models import Audience, MembershipChange
from contacts.models import ImportRun
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_list

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
THEN = NOW - 30 * DAY


def entered(audience, at):
    MembershipChange.objects.create(
        contact=make_contact(),
        audience=audience,
        episode=1,
        change="entered",
        changed_at=at,
        cause="refreshed",
    )


def test_nothing_has_happened_since():
    audience = make_audience(now=THEN - DAY)
    entered(audience, THEN - DAY)

    assert reasons_of(audience, THEN) == []


def test_what_has_happened_since_is_named():
    audience = make_audience(now=THEN - DAY)
    entered(audience, THEN + DAY)
    rule = {"kind": "attribute", "name": "plan", "operator": "is", "value": "team"}
    changed = change_audience(
        audience, name="A", rule=rule, now=THEN + 2 * DAY, description=""
    )
    ImportRun.objects.create(confirmed_at=THEN + 3 * DAY)

    once = reasons_of(changed, THEN)
    listed = {"kind": "list", "list": make_list().pk, "operator": "on"}
    account = {"kind": "account", "quantifier": "any", "condition": rule}
    again = change_audience(
        changed,
        name="A",
        rule={"kind": "all", "conditions": [listed, account]},
        now=THEN + 4 * DAY,
        description="",
    )
    Audience.objects.update(counts_from=THEN + DAY, archived_at=THEN)
    again.refresh_from_db()

    assert once == [
        "Nobody was in it before 31 January 2026, 12:00, when its first member entered.",
        "The rule was changed on 1 February 2026, 12:00.",
        "Contacts were imported on 2 February 2026, 12:00, after that moment.",
    ]
    assert reasons_of(again, THEN)[1:-1] == [
        "It was archived on 30 January 2026, 12:00: nobody has entered or left since.",
        "The rule was changed 2 times since, first on 1 February 2026, 12:00.",
        "For the rule of today only events after 31 January 2026, 12:00 count.",
        "The rule asks about lists and accounts, of which only today is known.",
    ]


def test_a_rule_that_can_not_be_read_has_no_parts():
    audience = make_audience(now=THEN - DAY)
    Audience.objects.update(rule={"kind": "nonsense"})
    audience.refresh_from_db()

    assert reasons_of(audience, THEN) == ["Nobody has ever been in it yet."]
