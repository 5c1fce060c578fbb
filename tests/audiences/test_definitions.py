"""Making, changing, archiving and deleting audiences."""

from datetime import timedelta

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
    restore_version,
)
from audiences.memberships.fill import fill_next
from audiences.memberships.impact import Impact, impact
from audiences.memberships.live import react_next
from audiences.models import (
    Audience,
    AudienceRefresh,
    AudienceVersion,
    Membership,
    MembershipReaction,
    WatchedAudience,
)
from audiences.models.audience import Telling
from contacts.events import Fact, record
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


BOUGHT = {
    "kind": "event",
    "name": "order",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
LATER = NOW + timedelta(hours=1)


def buy(contact, at):
    record(Fact(contact_id=contact.pk, name="order", at=at, key=str(at)), now=at)


def fill(now=LATER):
    while fill_next(now):
        pass


def versions(audience):
    rows = AudienceVersion.objects.filter(audience=audience).order_by("number")
    return list(rows.values_list("number", "rule", "counts_from", "created_at"))


def told():
    rows = MembershipReaction.objects.filter(change="entered").order_by("contact_id")
    return list(rows.values_list("contact_id", "episode"))


def test_each_rule_is_a_version_and_an_old_one_comes_back(db):
    audience = make_audience()
    free = {**PRO, "value": "free"}
    change_audience(audience, name="Free", rule=free, now=LATER)
    change_audience(audience, name="Named", rule=free, now=LATER)
    audience.refresh_from_db()

    back = restore_version(audience, number=1, now=LATER)

    assert versions(audience) == [
        (1, PRO, None, NOW),
        (2, free, None, LATER),
        (3, PRO, None, LATER),
    ]
    assert (back.name, back.rule, back.rule_version) == ("Named", PRO, 3)


def test_earlier_events_can_be_left_out_of_account(db):
    ada, ben, eve = make_contact(), make_contact(), make_contact()
    buy(ada, NOW - timedelta(hours=1))
    audience = make_audience(rule=BOUGHT, counts_from=NOW)
    assert Membership.objects.count() == 0

    buy(ben, LATER)
    # As one that was late on its way.
    buy(eve, NOW - timedelta(minutes=1))
    while react_next(LATER):
        pass
    assert list(Membership.objects.values_list("contact_id", flat=True)) == [ben.pk]

    change_audience(audience, name="All", rule=BOUGHT, counts_from=None, now=LATER)
    fill()

    assert Membership.objects.count() == 3
    assert [row[2] for row in versions(audience)] == [NOW, None]


@pytest.mark.parametrize("tells", Telling.values)
def test_who_is_told_of_when_a_rule_changes(db, tells):
    stays, enters, later = (
        make_contact(attributes={"plan": plan}) for plan in ("pro", "free", "none")
    )
    audience = make_audience()
    WatchedAudience.objects.create(consumer="campaign:1", audience=audience)
    rule = {
        "kind": "any",
        "conditions": [PRO, {**PRO, "value": "free"}, BOUGHT],
    }
    foreseen = impact(audience, rule, now=NOW)

    change_audience(audience, name="More", rule=rule, tells=tells, now=LATER)
    # Something happens meanwhile to somebody who fits already, and lets another one enter.
    after = LATER + timedelta(seconds=1)
    buy(enters, after)
    buy(later, after)
    while react_next(after):
        pass
    fill(after)

    assert foreseen == Impact(1, 0, 1, ("campaign:1",))
    assert Membership.objects.count() == 3
    expected = {
        "everyone": [(stays.pk, 1), (enters.pk, 1), (later.pk, 1)],
        "entering": [(enters.pk, 1), (later.pk, 1)],
        "nobody": [(later.pk, 1)],
    }
    assert told() == expected[tells]
    assert foreseen.told(tells) == len(expected[tells]) - 1


def test_impact_of_a_rule_that_is_new(db):
    make_contact(attributes={"plan": "pro"}), make_contact()

    assert impact(None, PRO, now=NOW) == Impact(1, 0, 0)
