"""Making, changing, archiving and deleting audiences."""

import pytest
from django.contrib.auth.models import User

from audiences import usage
from audiences.conditions.errors import ConditionError
from audiences.definitions import (
    AudienceInUse,
    archive_audience,
    change_audience,
    create_audience,
    delete_audience,
    restore_audience,
)
from audiences.models import Audience, AudienceRefresh
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact


def inside(audience):
    return {"kind": "audience", "audience": audience.pk, "operator": "in"}


def test_a_rule_is_saved_in_its_one_form(db):
    user = User.objects.create(username="marketer")
    audience = create_audience(
        name="Buyers",
        description="They buy.",
        rule={"kind": "event", "name": "order_completed", "count": "2"},
        now=NOW,
        user=user,
    )

    assert audience.rule == {
        "kind": "event",
        "name": "order_completed",
        "operator": "at_least",
        "count": 2,
        "window": {"kind": "ever"},
        "filters": [],
    }
    assert (audience.created_by, AudienceRefresh.objects.get().created_by) == (
        user,
        user,
    )


def test_a_rule_that_can_not_be_understood_is_refused(db):
    with pytest.raises(ConditionError):
        create_audience(name="Broken", rule={"kind": "magic"}, now=NOW)
    assert Audience.objects.count() == 0


def test_only_another_rule_fills_again(db):
    audience = make_audience()

    same = change_audience(audience, name="Renamed", rule=dict(PRO), now=NOW)
    assert (same.name, same.rule_version, AudienceRefresh.objects.count()) == (
        "Renamed",
        1,
        1,
    )

    other = change_audience(
        audience, name="Renamed", rule={**PRO, "value": "free"}, now=NOW
    )
    assert (other.rule_version, other.is_filled, AudienceRefresh.objects.count()) == (
        2,
        False,
        2,
    )


def test_a_rule_can_not_lead_back_to_itself(db):
    first = make_audience()
    second = make_audience(rule=inside(first))
    third = make_audience(rule=inside(second))

    for rule in (inside(first), inside(third)):
        with pytest.raises(ConditionError, match="leads back to this audience"):
            change_audience(first, name=first.name, rule=rule, now=NOW)
    first.refresh_from_db()
    assert (first.rule, third.depth) == (PRO, 2)


def test_what_is_in_use_can_not_be_archived_or_deleted(db, monkeypatch):
    audience = make_audience()
    campaign = usage.Use("Campaign", "Refer a friend", "/campaigns/1/")
    monkeypatch.setitem(
        usage.USERS, "campaign", lambda ids: {pk: [campaign] for pk in ids}
    )

    for act in (
        lambda: archive_audience(audience, now=NOW),
        lambda: delete_audience(audience, now=NOW),
    ):
        with pytest.raises(AudienceInUse) as caught:
            act()
        assert caught.value.uses == [campaign]
    assert Audience.objects.live().count() == 1


def test_an_audience_that_another_one_names_is_in_use(db):
    inner = make_audience()
    outer = make_audience(name="Outer", rule=inside(inner))

    assert [use.name for use in usage.uses_of(inner)] == ["Outer"]
    assert usage.uses_of(outer) == []


def test_archive_and_restore(db):
    user = User.objects.create(username="marketer")
    audience = make_audience()

    archive_audience(audience, now=NOW, user=user)
    audience.refresh_from_db()
    assert (audience.archived_at, audience.archived_by) == (NOW, user)

    restore_audience(audience, now=NOW)
    audience.refresh_from_db()
    assert (audience.archived_at, audience.is_filled) == (None, False)


def test_deleting_takes_the_members_along(db):
    contact = make_contact(attributes={"plan": "pro"})
    audience = make_audience()
    assert contact.membership_set.count() == 1

    delete_audience(audience, now=NOW)

    assert (Audience.objects.count(), contact.membership_set.count()) == (0, 0)
