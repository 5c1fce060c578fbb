import pytest

from contacts.models import PlannedProperty, TrackingPlan
from contacts.plans.edit import (
    PlanChanged,
    PlanNameTaken,
    change_plan,
    create_plan,
    delete_plan,
    save_rows,
)
from contacts.plans.rows import Row, rows_of
from tests.factories.contacts import NOW, make_user
from tests.factories.plans import make_plan, make_source

pytestmark = pytest.mark.django_db
TOTAL = {"event": "Paid", "path": "total"}
ALL_BLOCK = {
    "unplanned_events": "block",
    "unplanned_properties": "block",
    "wrong_properties": "block",
    "missing_properties": "block",
}


def change(plan, **changes):
    return change_plan(
        **{
            "plan": plan,
            "name": plan.name,
            "description": "",
            "reactions": ALL_BLOCK,
            "source_ids": [],
            "revision": plan.revision,
            "user": None,
            "now": NOW,
            **changes,
        }
    )


def test_rows_are_replaced_and_counted_as_a_revision():
    plan, user = make_plan(TOTAL), make_user()

    revision = save_rows(
        plan=plan, rows=[Row("track", "Left")], revision=1, user=user, now=NOW
    )

    plan.refresh_from_db()
    assert (revision, plan.revision, plan.updated_by) == (2, 2, user)
    assert rows_of(plan) == [Row("track", "Left")]
    assert not PlannedProperty.objects.exists()


def test_grid_of_an_older_revision_overwrites_nothing():
    plan = make_plan(TOTAL)
    save_rows(plan=plan, rows=[Row("track", "Mine")], revision=1, user=None, now=NOW)

    with pytest.raises(PlanChanged) as changed:
        save_rows(
            plan=plan, rows=[Row("track", "Yours")], revision=1, user=None, now=NOW
        )

    assert changed.value.plan.revision == 2
    assert rows_of(plan) == [Row("track", "Mine")]


def test_settings_are_changed_and_sources_moved():
    stays, comes, goes = make_source(), make_source(), make_source()
    plan = make_plan(TOTAL, source=stays)
    other = make_plan(TOTAL, source=comes)
    goes.plan = plan
    goes.save()

    change(plan, name="New", source_ids=[stays.pk, comes.pk])

    plan.refresh_from_db()
    assert (plan.name, plan.revision, plan.missing_properties) == ("New", 2, "block")
    assert set(plan.sources.all()) == {stays, comes}
    assert not other.sources.exists()
    with pytest.raises(PlanChanged):
        change(plan, revision=1)


def test_names_are_taken_whatever_their_case():
    plan, other = make_plan(TOTAL, name="Shop"), make_plan(TOTAL, name="App")

    for act in (
        lambda: create_plan(name=" shop ", user=None, now=NOW),
        lambda: change(other, name="SHOP"),
    ):
        with pytest.raises(PlanNameTaken):
            act()
    change(plan, name="SHOP")

    assert set(TrackingPlan.objects.values_list("name", flat=True)) == {"SHOP", "App"}


def test_sources_go_on_without_a_deleted_plan():
    source = make_source()
    plan = make_plan(TOTAL, source=source)

    delete_plan(plan=plan)

    source.refresh_from_db()
    assert source.plan is None
    assert not TrackingPlan.objects.exists()
