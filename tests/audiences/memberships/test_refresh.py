"""Entering and leaving, once each."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from audiences.definitions import archive_audience, change_audience
from audiences.memberships import refresh
from audiences.memberships.judge import RuleChanged
from audiences.memberships.refresh import (
    Difference,
    refresh_audience,
    refresh_members,
)
from audiences.models import (
    Membership,
    MembershipChange,
    MembershipReaction,
    WatchedAudience,
)
from audiences.models.membership import Cause
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact

LATER = NOW + timedelta(hours=1)


def set_plan(contact, plan):
    contact.attributes = {"plan": plan}
    contact.save(update_fields=["attributes"])


def changes(audience):
    return list(
        MembershipChange.objects.filter(audience=audience)
        .order_by("pk")
        .values_list("contact_id", "episode", "change", "changed_at", "cause")
    )


def members(audience):
    return set(
        Membership.objects.filter(audience=audience).values_list(
            "contact_id", flat=True
        )
    )


def test_refresh_lets_contacts_enter_leave_and_come_back(db):
    stays, leaves, outside = (
        make_contact(attributes={"plan": plan}) for plan in ("pro", "pro", "free")
    )
    audience = make_audience()
    set_plan(leaves, "free")
    set_plan(outside, "pro")

    first = refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)
    set_plan(leaves, "pro")
    second = refresh_audience(
        audience, now=LATER + timedelta(hours=1), cause=Cause.REFRESHED
    )

    assert (first, second) == (Difference(1, 1), Difference(1, 0))
    assert members(audience) == {stays.pk, leaves.pk, outside.pk}
    assert set(changes(audience)) == {
        (stays.pk, 1, "entered", NOW, "filled"),
        (leaves.pk, 1, "entered", NOW, "filled"),
        (leaves.pk, 1, "left", LATER, "refreshed"),
        (outside.pk, 1, "entered", LATER, "refreshed"),
        (leaves.pk, 2, "entered", LATER + timedelta(hours=1), "refreshed"),
    }
    audience.refresh_from_db()
    assert (audience.size, audience.refreshed_at) == (3, LATER + timedelta(hours=1))


def test_refreshing_twice_is_once(db):
    make_contact(attributes={"plan": "pro"})
    audience = make_audience()
    before = changes(audience)

    assert refresh_audience(audience, now=LATER, cause=Cause.REFRESHED) == Difference()
    assert changes(audience) == before


def test_only_the_contacts_that_are_named_are_looked_at(db):
    audience = make_audience()
    looked_at, overlooked = (make_contact(attributes={"plan": "pro"}) for _ in range(2))

    refresh_members(audience, [looked_at.pk], now=LATER, cause=Cause.EVENT)

    assert members(audience) == {looked_at.pk}
    assert changes(audience) == [(looked_at.pk, 1, "entered", LATER, "event")]
    assert refresh_members(audience, [], now=LATER, cause=Cause.EVENT) == Difference()
    audience.refresh_from_db()
    assert audience.size == 1


def test_watchers_get_a_reaction_for_each_change(db):
    audience, unwatched = make_audience(), make_audience()
    for consumer in ("campaigns", "destinations"):
        WatchedAudience.objects.create(consumer=consumer, audience=audience)
    contact = make_contact(attributes={"plan": "pro"})
    refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)
    refresh_audience(unwatched, now=LATER, cause=Cause.REFRESHED)
    set_plan(contact, "free")
    refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)

    reactions = MembershipReaction.objects.order_by("pk").values_list(
        "contact_id", "consumer", "audience_id", "episode", "change", "changed_at"
    )
    assert set(reactions) == {
        (contact.pk, consumer, audience.pk, 1, change, LATER)
        for consumer in ("campaigns", "destinations")
        for change in ("entered", "left")
    }


def test_a_large_difference_is_written_in_chunks_and_can_stop_between_them(
    db, monkeypatch
):
    monkeypatch.setattr(refresh, "CHUNK", 2)
    people = [make_contact(attributes={"plan": "pro"}) for _ in range(5)]
    audience = make_audience(is_filled=False)
    told = []

    def beat(done, total):
        told.append((done, total))

    stopped = refresh_audience(
        audience, now=NOW, cause=Cause.FILLED, beat=beat, seconds=0.000001
    )
    finished = refresh_audience(audience, now=NOW, cause=Cause.FILLED, beat=beat)

    assert (stopped, finished) == (None, Difference(3, 0))
    assert told == [(0, 5), (2, 5), (0, 3), (2, 3), (3, 3)]
    assert members(audience) == {contact.pk for contact in people}


def test_a_look_under_an_older_rule_writes_nothing(db):
    contact = make_contact(attributes={"plan": "pro"})
    stale = make_audience(is_filled=False)
    change_audience(stale, name="Free", rule={**PRO, "value": "free"}, now=NOW)

    with pytest.raises(RuleChanged):
        refresh_members(stale, [contact.pk], now=NOW, cause=Cause.REFRESHED)
    assert changes(stale) == []


def test_an_archived_audience_stays_as_it_is(db):
    contact = make_contact(attributes={"plan": "pro"})
    audience = make_audience()
    archive_audience(audience, now=NOW)
    set_plan(contact, "free")

    with pytest.raises(RuleChanged):
        refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)
    assert members(audience) == {contact.pk}


def test_a_deleted_contact_leaves_the_size(db):
    gone, stays = (make_contact(attributes={"plan": "pro"}) for _ in range(2))
    audience = make_audience()
    gone.delete()

    refresh_audience(audience, now=LATER, cause=Cause.REFRESHED)

    audience.refresh_from_db()
    assert (members(audience), audience.size) == ({stays.pk}, 1)


@pytest.mark.django_db(transaction=True)
def test_two_refreshes_at_the_same_time_count_once():
    people = [make_contact(attributes={"plan": "pro"}) for _ in range(50)]
    audience = make_audience(is_filled=False)
    start = threading.Barrier(4)
    found = []

    def look():
        start.wait()
        found.append(refresh_audience(audience, now=NOW, cause=Cause.REFRESHED))
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum((one for one in found), Difference()) == Difference(50, 0)
    assert len(changes(audience)) == 50
    audience.refresh_from_db()
    assert audience.size == len(people)
