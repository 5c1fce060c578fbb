from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.admin.plans import violations
from tests.factories.contacts import make_user
from tests.factories.plans import make_plan, make_receipt, make_source, make_violation

pytestmark = pytest.mark.django_db
VIOLATIONS = "/data/violations/"
TOTAL = {"event": "Order Completed", "path": "total", "types": "number"}


@pytest.fixture
def developer(client):
    client.force_login(
        make_user(
            "contacts.view_trackingplan",
            "contacts.view_contact",
            "contacts.view_receipt",
            "contacts.add_repair",
            "contacts.add_replay",
        )
    )
    return client


@pytest.fixture
def reader(client):
    client.force_login(make_user("contacts.view_trackingplan"))
    return client


def broken(source, **fields):
    receipt = make_receipt(
        source,
        at=timezone.now() - timedelta(hours=1),
        reason="wrong_type",
        properties={"total": "secret"},
    )
    make_violation(
        receipt, **{"problem": "wrong_type", "details": "got text “secret”", **fields}
    )
    return receipt


@pytest.mark.parametrize("count", [1, 3])
def test_causes_take_the_same_queries(developer, count, django_assert_num_queries):
    for _ in range(count):
        source = make_source()
        make_plan(TOTAL, source=source)
        broken(source)
    developer.get(VIOLATIONS)

    with django_assert_num_queries(15):
        page = developer.get(VIOLATIONS)

    assert len(page.context["rows"]) == len(page.context["refused"]) == count


def test_cause_has_a_repair_a_ticket_and_its_latest_message(developer):
    source = make_source(name="Shop")
    make_plan({**TOTAL, "required": "yes", "permitted": "1"}, source=source)
    receipt = broken(source)

    page = developer.get(VIOLATIONS)

    html = page.content.decode()
    [row] = page.context["rows"]
    assert row["repair"] == (
        f"/data/repairs/new/?source={source.pk}&kind=track&name=Order+Completed"
        "&problem=wrong_type&path=total"
    )
    assert (
        "The tracking plan says: “total” is required, number, one of 1."
        in row["ticket"]
    )
    assert '"total": "secret"' in row["ticket"]
    assert f"/data/debugger/{receipt.pk}/" in html
    [refused] = page.context["refused"]
    assert refused["reason"] == "A property has the wrong type."
    assert refused["replay"].startswith("/data/replays/new/?source=")


def test_what_people_sent_is_for_those_who_may_see_people(reader):
    broken(make_source())

    page = reader.get(VIOLATIONS)

    assert "“total” has the wrong type" in page.content.decode()
    assert "secret" not in page.content.decode()
    page = reader.get(VIOLATIONS, {"format": "csv"})
    assert "secret" not in b"".join(page.streaming_content).decode()


def test_period_plan_and_source_narrow(reader):
    shop, app = make_source(name="Shop"), make_source(name="App")
    plan = make_plan(TOTAL, source=app)
    broken(shop)
    broken(app)
    old = make_receipt(shop, at=timezone.now() - timedelta(days=20))
    make_violation(old, path="old", reaction="allow")

    def found(**query):
        page = reader.get(VIOLATIONS, query)
        return {
            (row["cause"].source_name, row["cause"].path)
            for row in page.context["rows"]
        }

    assert found() == {("Shop", "total"), ("App", "total")}
    assert found(plan=plan.pk) == {("App", "total")}
    assert found(source=shop.pk, plan=plan.pk) == {("Shop", "total")}
    assert found(period="30", source=shop.pk) == {("Shop", "total"), ("Shop", "old")}
    assert found(period="x", source="x", plan="x") == found()


def test_page_without_violations_says_why(reader):
    assert "Nothing is checked yet" in reader.get(VIOLATIONS).content.decode()
    make_plan(TOTAL, source=make_source())
    assert "Everything came as planned" in reader.get(VIOLATIONS).content.decode()


def test_rejected_messages_say_their_reason(reader):
    make_receipt(
        make_source(), state="rejected", reason="no_identifier", at=timezone.now()
    )

    html = reader.get(VIOLATIONS).content.decode()

    assert "It does not say whose it is" in html
    assert "Replay</a>" not in html


def test_violations_are_refused_without_permission(client):
    broken(make_source(name="Hidden"))
    client.force_login(make_user())

    page = client.get(VIOLATIONS)

    assert page.status_code == 403
    assert "Hidden" not in page.content.decode()


def test_page_shows_the_most_frequent_and_the_file_all(developer, monkeypatch):
    monkeypatch.setattr(violations, "MOST_SHOWN", 1)
    source = make_source()
    make_plan(TOTAL, source=source)
    for path in ("total", "total", "size"):
        broken(source, path=path)

    page = developer.get(VIOLATIONS)

    assert [row["cause"].path for row in page.context["rows"]] == ["total"]
    assert "“total” is optional, number." in page.context["rows"][0]["ticket"]
    assert "1 more cause is in the" in page.text
    exported = b"".join(developer.get(VIOLATIONS, {"format": "csv"})).decode()
    assert len(exported.splitlines()) == 3
