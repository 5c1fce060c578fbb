"""Filling in the background."""

from datetime import timedelta

from audiences.definitions import change_audience
from audiences.memberships import fill, refresh
from audiences.memberships.fill import fill_next, start_filling
from audiences.models import Audience, AudienceRefresh, Membership
from contacts.work import request_cancel
from tests.factories.audiences import PRO, make_audience
from tests.factories.contacts import NOW, make_contact


def states():
    return list(AudienceRefresh.objects.order_by("pk").values_list("state", flat=True))


def test_filling_shows_how_far_it_is_and_starts_the_schedule(db):
    make_contact(attributes={"plan": "pro"})
    audience = make_audience(is_filled=False)

    assert audience.is_filled is False
    assert [fill_next(NOW), fill_next(NOW)] == [1, 0]

    filling = AudienceRefresh.objects.get()
    audience.refresh_from_db()
    assert (filling.state, filling.done_count, filling.total_count) == ("done", 1, 1)
    assert (audience.size, audience.refresh_due_at) == (1, NOW + timedelta(minutes=1))


def test_filling_goes_on_where_it_stopped(db, monkeypatch):
    monkeypatch.setattr(refresh, "CHUNK", 1)
    monkeypatch.setattr(fill, "SECONDS", 0.000001)
    people = [make_contact(attributes={"plan": "pro"}) for _ in range(3)]
    make_audience(is_filled=False)
    progress = []

    while fill_next(NOW):
        filling = AudienceRefresh.objects.get()
        progress.append((filling.state, filling.done_count, filling.total_count))

    assert progress == [("running", 1, 3), ("running", 2, 3), ("done", 3, 3)]
    assert Membership.objects.count() == len(people)


def test_another_rule_replaces_the_filling(db):
    make_contact(attributes={"plan": "pro"})
    make_contact(attributes={"plan": "free"})
    audience = make_audience()
    start_filling(audience, now=NOW)
    change_audience(audience, name="Free", rule={**PRO, "value": "free"}, now=NOW)

    while fill_next(NOW):
        pass

    assert states() == ["done", "canceled", "done"]
    assert list(Membership.objects.values_list("contact__attributes", flat=True)) == [
        {"plan": "free"}
    ]


def test_a_rule_that_is_changed_meanwhile_cancels_the_filling(db, monkeypatch):
    make_contact(attributes={"plan": "pro"})
    make_audience(is_filled=False)
    found = fill.refresh_audience

    def change_first(stale, **arguments):
        Audience.objects.filter(pk=stale.pk).update(rule_version=9)
        return found(stale, **arguments)

    monkeypatch.setattr(fill, "refresh_audience", change_first)
    fill_next(NOW)

    assert (states(), Membership.objects.count()) == (["canceled"], 0)


def test_a_filling_can_be_stopped(db):
    make_contact(attributes={"plan": "pro"})
    audience = make_audience(is_filled=False)
    request_cancel(AudienceRefresh.objects.get(), now=NOW)

    assert fill_next(NOW) == 0
    audience.refresh_from_db()
    assert (states(), audience.is_filled) == (["canceled"], False)
