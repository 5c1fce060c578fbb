"""When audiences are looked at again."""

from datetime import timedelta

import pytest

from audiences import tasks
from audiences.memberships import schedule
from audiences.memberships.schedule import backlog, refresh_next, request_refresh
from audiences.models import Audience, Membership
from contacts.background import SLICES, Backlog
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact

DUE = NOW + timedelta(minutes=1)


def nested(*audiences):
    return {
        "kind": "any",
        "conditions": [
            {"kind": "audience", "audience": inner.pk, "operator": "in"}
            for inner in audiences
        ],
    }


def test_a_filled_audience_is_due_after_a_minute_and_then_rarely(db):
    audience = make_audience()

    assert backlog(NOW) == Backlog(0, None)
    assert backlog(DUE) == Backlog(1, DUE)
    assert [refresh_next(DUE), refresh_next(DUE)] == [1, 0]
    apart = audience.pk % 50 * schedule.APART
    assert Audience.objects.get().refresh_due_at == DUE + schedule.CHECK + apart


RANKED = {
    "kind": "rank",
    "of": {"attribute": "plan"},
    "operator": "top_count",
    "value": 3,
}


def test_a_rule_that_depends_on_everybody_is_due_each_minute(db):
    make_audience(rule=RANKED)

    refresh_next(DUE)

    assert Audience.objects.get().refresh_due_at == DUE + timedelta(minutes=1)


def test_a_rule_that_takes_long_is_looked_at_more_rarely(db):
    audience = make_audience(rule=RANKED)
    Audience.objects.update(refresh_milliseconds=10_000)

    schedule.set_next(audience, now=NOW)

    assert Audience.objects.get().refresh_due_at == NOW + timedelta(minutes=10)


def test_a_change_reaches_the_audiences_that_name_it_in_the_same_round(db):
    inner = make_audience()
    middle = make_audience(rule=nested(inner))
    outer = make_audience(rule=nested(middle))
    contact = make_contact(attributes={"plan": "pro"})

    while refresh_next(DUE):
        pass

    assert [inner.depth, middle.depth, outer.depth] == [0, 1, 2]
    assert set(Membership.objects.values_list("audience_id", "contact_id")) == {
        (audience.pk, contact.pk) for audience in (inner, middle, outer)
    }


def test_a_request_makes_all_due_at_once(db):
    waiting, failed = make_audience(), make_audience()
    unfilled = make_audience(is_filled=False)
    Audience.objects.filter(pk=failed.pk).update(refresh_error="Out of order.")

    request_refresh(NOW, is_about_new=True)
    request_refresh(NOW, is_about_new=True)

    assert list(Audience.objects.due(NOW)) == [waiting]
    assert Audience.objects.get(pk=unfilled.pk).refresh_due_at is None


def test_one_that_fails_does_not_stop_the_others(db):
    broken, fine = make_audience(), make_audience()
    Audience.objects.filter(pk=broken.pk).update(rule={"kind": "magic"})

    with pytest.raises(ValueError, match="Kind must be one of"):
        refresh_next(DUE)
    refresh_next(DUE)

    broken.refresh_from_db()
    fine.refresh_from_db()
    assert broken.refresh_due_at == DUE + timedelta(minutes=5)
    assert broken.refresh_error.startswith("Kind must be one of")
    assert fine.refreshed_at == DUE


def test_a_rule_that_is_changed_meanwhile_is_left_to_its_filling(db, monkeypatch):
    audience = make_audience()
    make_contact(attributes={"plan": "pro"})
    found = schedule.refresh_audience

    def change_first(stale, **arguments):
        Audience.objects.filter(pk=stale.pk).update(rule_version=9)
        return found(stale, **arguments)

    monkeypatch.setattr(schedule, "refresh_audience", change_first)

    assert refresh_next(DUE) == 1
    assert Membership.objects.filter(audience=audience).count() == 0


def test_a_long_refresh_goes_on_in_its_next_turn(db, monkeypatch):
    make_audience()
    monkeypatch.setattr(schedule, "refresh_audience", lambda *_, **__: None)

    refresh_next(DUE)

    assert Audience.objects.get().refresh_due_at == DUE


def test_the_tasks_drain_their_slices(db):
    audience = make_audience(is_filled=False)
    tasks.fill_audiences()
    Audience.objects.update(refresh_due_at=NOW)
    contact = make_contact(attributes={"plan": "pro"})

    tasks.refresh_due()

    assert Membership.objects.get().contact_id == contact.pk
    assert Audience.objects.get(pk=audience.pk).size == 1
    assert SLICES["audiences.refresh"].due(NOW) == Backlog(0, None)
    assert SLICES["audiences.fill"].due(NOW).count == 0


def test_what_is_asked_for_during_a_refresh_is_not_forgotten(db, monkeypatch):
    make_audience()
    refresh = schedule.refresh_audience

    def refresh_and_import(audience, **given):
        difference = refresh(audience, **given)
        request_refresh(DUE, is_about_new=True)
        return difference

    monkeypatch.setattr(schedule, "refresh_audience", refresh_and_import)

    refresh_next(DUE)

    assert Audience.objects.get().refresh_due_at == DUE
