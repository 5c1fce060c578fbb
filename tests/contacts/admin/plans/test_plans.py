from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.models import TrackingPlan
from contacts.plans.rows import Row, rows_of
from tests.factories.contacts import make_contact, make_event, make_user
from tests.factories.plans import (
    make_event_type,
    make_plan,
    make_receipt,
    make_source,
    make_violation,
)

pytestmark = pytest.mark.django_db
PLANS = "/data/plans/"
TOTAL = {"event": "Paid", "path": "total"}
SETTINGS = {
    "name": "New",
    "description": "Why",
    "unplanned_events": "block",
    "unplanned_properties": "omit",
    "wrong_properties": "allow",
    "missing_properties": "block",
}


@pytest.fixture
def marketer(client):
    verbs = ("view", "add", "change", "delete")
    user = make_user(*(f"contacts.{verb}_trackingplan" for verb in verbs))
    client.force_login(user)
    return client


@pytest.mark.parametrize("count", [1, 3])
def test_plans_take_the_same_queries(marketer, count, django_assert_num_queries):
    for number in range(count):
        source = make_source()
        make_plan(TOTAL, {"event": "Left"}, name=f"Plan {number}", source=source)
        receipt = make_receipt(source, at=timezone.now())
        make_violation(receipt)
    make_source(name="Unplanned")
    marketer.get(PLANS)

    with django_assert_num_queries(8):
        page = marketer.get(PLANS)

    assert [
        (plan.name, plan.event_count, plan.property_count, plan.broken)
        for plan in page.context["plans"]
    ] == [(f"Plan {number}", 2, 1, 1) for number in range(count)]
    assert "Unplanned" in page.content.decode()


def test_empty_list_says_what_to_do(marketer, client):
    assert "Make the first plan" in marketer.get(PLANS).content.decode()
    client.force_login(make_user("contacts.view_trackingplan"))
    assert "Somebody who may add plans" in client.get(PLANS).content.decode()


def test_plan_is_made_of_traffic(marketer):
    source = make_source()
    now = timezone.now()
    make_event_type(name="Paid", source=source, days={0: 1}, now=now)
    event = make_event(make_contact(), name="Paid", at=now, total=5)
    event.source = source
    event.save()
    assert marketer.get(f"{PLANS}new/").context["form"].initial["sources"] == [
        source.pk
    ]

    marketer.post(
        f"{PLANS}new/",
        {"name": "Shop", "origin": "traffic", "sources": [source.pk], "period": "7"},
    )

    # Examples are about people, whom this user may not see.
    assert rows_of(TrackingPlan.objects.get(name="Shop")) == [
        Row("track", "Paid", "total", ("integer",), True)
    ]


def test_plan_is_copied_made_empty_or_read_from_a_file(marketer):
    original = make_plan(TOTAL, name="Shop", wrong_properties="block")
    file = SimpleUploadedFile("plan.csv", b"event,property\nLeft,why\n")

    def make(**values):
        answer = marketer.post(f"{PLANS}new/", values)
        made = TrackingPlan.objects.get(name=values["name"])
        assert answer.url == f"{PLANS}{made.pk}/"
        return made

    copied = make(name="Copy", origin="copy", plan=original.pk)
    assert (rows_of(copied), copied.wrong_properties) == (rows_of(original), "block")
    assert rows_of(make(name="Empty", origin="empty")) == []
    assert rows_of(make(name="File", origin="file", file=file)) == [
        Row("track", "Left", "why")
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"origin": "traffic"}, "Choose the sources to look at."),
        ({"origin": "copy"}, "Choose the plan to copy."),
        ({"origin": "file"}, "Choose the file."),
        ({"origin": "empty", "name": "TAKEN"}, "There is a plan “TAKEN” already."),
        (
            {"origin": "file", "file": b"event,types\nPaid,money\n"},
            "Line 2: “money” is none of",
        ),
        ({"origin": "file", "file": b"a,b\n"}, "There is no column “Event”."),
    ],
)
def test_plan_that_can_not_be_made_says_why(marketer, values, message):
    make_plan(TOTAL, name="Taken")
    if "file" in values:
        values = {**values, "file": SimpleUploadedFile("plan.csv", values["file"])}

    page = marketer.post(f"{PLANS}new/", {"name": "New", **values})

    assert message in page.content.decode()
    assert TrackingPlan.objects.count() == 1


def test_settings_are_saved(marketer):
    source = make_source()
    plan = make_plan(TOTAL)
    page = marketer.get(f"{PLANS}{plan.pk}/settings/")
    assert "Block the event; it is kept" in page.content.decode()

    marketer.post(
        f"{PLANS}{plan.pk}/settings/",
        {**SETTINGS, "sources": [source.pk], "revision": 1},
    )

    plan.refresh_from_db()
    assert {name: getattr(plan, name) for name in SETTINGS} == SETTINGS
    assert list(plan.sources.all()) == [source]


def test_settings_of_an_older_revision_are_not_saved(marketer):
    plan = make_plan(TOTAL, name="Old")
    make_plan(TOTAL, name="Taken")
    page = marketer.post(f"{PLANS}{plan.pk}/settings/", {**SETTINGS, "revision": 0})
    assert "changed this plan" in page.content.decode()

    page = marketer.post(
        f"{PLANS}{plan.pk}/settings/", {**SETTINGS, "name": "TAKEN", "revision": 1}
    )

    assert "There is a plan “TAKEN” already." in page.content.decode()
    plan.refresh_from_db()
    assert (plan.name, plan.updated_at > timezone.now() - timedelta(days=1)) == (
        "Old",
        False,
    )


def test_plan_is_deleted(marketer):
    source = make_source(name="Shop")
    plan = make_plan(TOTAL, source=source)
    page = marketer.get(f"{PLANS}{plan.pk}/delete/")
    assert "Shop will follow no plan any more" in page.content.decode()

    marketer.post(f"{PLANS}{plan.pk}/delete/")

    assert not TrackingPlan.objects.exists()


def test_pages_are_refused_without_permission(client):
    plan = make_plan(TOTAL, name="Secret")
    client.force_login(make_user("contacts.view_trackingplan"))
    assert client.get(PLANS).status_code == 200
    assert client.get(f"{PLANS}{plan.pk}/").status_code == 200
    for part in ("new/", f"{plan.pk}/settings/", f"{plan.pk}/delete/"):
        assert client.get(PLANS + part).status_code == 403
    for part in (f"{plan.pk}/", f"{plan.pk}/rows/"):
        assert client.post(PLANS + part).status_code == 403
    client.force_login(make_user())

    for part in ("", f"{plan.pk}/"):
        page = client.get(PLANS + part)
        assert page.status_code == 403
        assert "Secret" not in page.content.decode()
