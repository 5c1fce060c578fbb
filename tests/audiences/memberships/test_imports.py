"""Imports and audiences: who comes in is looked at soon, who is taken back leaves."""

from datetime import timedelta

import pytest

from audiences.memberships.schedule import backlog, refresh_next
from audiences.models import Audience, Membership, MembershipChange, WatchedAudience
from contacts.models import Contact
from tests.factories.audiences import make_audience, make_trait
from tests.factories.contacts import NOW, make_contact, make_event
from tests.factories.imports import import_file, undo_import

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(seconds=10)
LATER = NOW + timedelta(seconds=20)
PEOPLE = "email,plan\nada@example.com,pro\nben@example.com,pro\n"


def refresh(now):
    while refresh_next(now):
        pass


def test_an_import_and_its_undo_have_audiences_looked_at_at_once():
    audience = make_audience()
    WatchedAudience.objects.create(consumer="campaign:1", audience=audience)
    before = backlog(SOON).count

    run = import_file(PEOPLE, now=SOON)

    assert (before, backlog(SOON).count) == (0, 1)
    refresh(SOON)
    entered = Membership.objects.order_by("contact_id").values_list("contact__email")
    assert list(entered) == [("ada@example.com",), ("ben@example.com",)]
    assert backlog(LATER).count == 0

    run = undo_import(run, now=LATER)

    assert backlog(LATER).count == 1
    refresh(LATER)
    assert (run.undo_report["removed"], run.undo_report["kept_active"]) == (2, 0)
    assert Contact.objects.count() == 0
    assert Membership.objects.count() == MembershipChange.objects.count() == 0
    assert Audience.objects.get().size == 0


def test_undo_keeps_members_to_whom_something_happened():
    make_audience()
    run = import_file(PEOPLE, now=SOON)
    refresh(SOON)
    make_event(Contact.objects.get(email="ada@example.com"))

    run = undo_import(run, now=LATER)

    assert (run.undo_report["removed"], run.undo_report["kept_active"]) == (1, 1)
    assert list(Membership.objects.values_list("contact__email")) == [
        ("ada@example.com",)
    ]


def test_an_import_that_makes_nobody_concerns_only_rules_about_contacts():
    ordered = {
        "kind": "event",
        "name": "order_completed",
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }
    make_contact(email="ada@example.com"), make_contact(email="ben@example.com")
    pros, buyers = make_audience(), make_audience(rule=ordered)
    nested = make_audience(
        rule={"kind": "audience", "audience": pros.pk, "operator": "in"}
    )
    colleagues = make_audience(
        rule={"kind": "account", "quantifier": "any", "condition": pros.rule}
    )
    trait = make_trait({"kind": "count", "event": "order_completed"})
    ranked = make_audience(
        rule={
            "kind": "rank",
            "of": {"trait": trait.pk},
            "operator": "top_count",
            "value": 1,
        }
    )
    Audience.objects.update(refresh_due_at=NOW + timedelta(days=1))

    import_file(PEOPLE, now=SOON)
    known = set(Audience.objects.due(SOON).values_list("pk", flat=True))
    refresh(SOON)
    import_file(PEOPLE + "eve@example.com,pro\n", now=LATER)

    assert known == {pros.pk, nested.pk, colleagues.pk}
    assert set(Audience.objects.due(LATER).values_list("pk", flat=True)) == {
        *known,
        buyers.pk,
        ranked.pk,
    }
