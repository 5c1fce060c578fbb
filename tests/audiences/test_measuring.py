"""How the values of traits are distributed, looked at in the background."""

from datetime import timedelta

import pytest

from audiences import measuring, tasks
from audiences.models import Trait
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event

pytestmark = pytest.mark.django_db
COUNT = {"kind": "count", "event": "order", "filters": [], "window": {"kind": "ever"}}


def due(trait, at=NOW):
    Trait.objects.filter(pk=trait.pk).update(measure_due_at=at)
    return trait


def test_a_trait_that_is_due_is_measured_once_a_day():
    make_event(make_contact(), name="order")
    trait = due(make_trait(COUNT))

    assert measuring.backlog(NOW).count == 1
    assert [measuring.measure_next(NOW), measuring.measure_next(NOW)] == [1, 0]

    trait.refresh_from_db()
    assert trait.measured["people"] == 1
    assert trait.measured_at == NOW
    assert trait.measure_due_at == NOW + timedelta(days=1)
    assert measuring.backlog(NOW).count == 0


def test_one_that_fails_says_why_and_stops_no_other():
    broken = due(make_trait({"kind": "sum"}), NOW - timedelta(hours=1))
    fine = due(make_trait(COUNT))

    with pytest.raises(ValueError, match="Choose an event"):
        measuring.measure_next(NOW)
    assert measuring.measure_next(NOW) == 1

    broken.refresh_from_db()
    fine.refresh_from_db()
    assert "Choose an event." in broken.measure_error
    assert broken.measure_due_at == NOW + timedelta(hours=1)
    assert fine.measured["people"] == 0


def test_what_was_measured_of_an_older_definition_is_dropped(monkeypatch):
    trait = due(make_trait(COUNT))

    def change_meanwhile(definition, *, now):
        Trait.objects.filter(pk=trait.pk).update(version=2, measure_due_at=now)
        return {"people": 7}

    monkeypatch.setattr(measuring, "measure", change_meanwhile)
    assert measuring.measure_next(NOW) == 1

    trait.refresh_from_db()
    assert (trait.measured, trait.measure_due_at) == ({}, NOW)


def test_the_task_measures_all_that_is_due():
    one, other = due(make_trait(COUNT)), due(make_trait(COUNT))

    tasks.measure_traits()

    assert set(Trait.objects.filter(measured__people=0)) == {one, other}
