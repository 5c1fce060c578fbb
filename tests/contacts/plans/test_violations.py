from datetime import timedelta

import pytest

from contacts.plans.violations import causes, count_by_source, refused, ticket
from tests.factories.contacts import NOW
from tests.factories.plans import make_receipt, make_source, make_violation

pytestmark = pytest.mark.django_db
WEEK_AGO = NOW - timedelta(days=7)


def test_violations_are_grouped_by_cause(django_assert_num_queries):
    shop, app = make_source(name="Shop"), make_source(name="App")
    receipts = [
        make_receipt(shop, at=NOW - timedelta(hours=hour)) for hour in (1, 3, 2)
    ]
    for receipt in receipts:
        make_violation(receipt, details=f"of {receipt.pk}")
    make_violation(receipts[0], problem="wrong_type", reaction="omit")
    theirs = make_receipt(app, at=NOW)
    make_violation(theirs)
    make_violation(make_receipt(shop, at=NOW - timedelta(days=8)), path="old")

    with django_assert_num_queries(2):
        found = causes(since=WEEK_AGO)

    assert [
        (each.source_name, each.problem, each.count, each.last_at, each.receipt_id)
        for each in found
    ] == [
        ("Shop", "missing", 3, NOW - timedelta(hours=1), receipts[2].pk),
        ("App", "missing", 1, NOW, theirs.pk),
        ("Shop", "wrong_type", 1, NOW - timedelta(hours=1), receipts[0].pk),
    ]
    assert found[0].details == f"of {receipts[2].pk}"
    only = causes(since=WEEK_AGO, source_ids=[app.pk])
    assert [each.source_name for each in only] == ["App"]
    assert causes(since=WEEK_AGO, source_ids=[]) == []
    assert count_by_source(since=WEEK_AGO) == {shop.pk: 4, app.pk: 1}


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        ("unplanned_event", "“Order Completed” is not in the plan"),
        ("unplanned", "“total” is not in the plan"),
        ("missing", "“total” is missing"),
        ("wrong_type", "“total” has the wrong type"),
        ("not_permitted", "“total” has a value that is not permitted"),
    ],
)
def test_cause_has_a_sentence(problem, title):
    make_violation(make_receipt(make_source()), problem=problem)

    [cause] = causes(since=WEEK_AGO)

    assert cause.title == title


def test_refused_messages_are_grouped_by_reason():
    shop = make_source(name="Shop")
    for reason in ("missing", "missing", "unplanned_event"):
        last = make_receipt(shop, reason=reason)
    emptied = make_receipt(shop, reason="missing")
    emptied.payload = None
    emptied.save()
    make_receipt(shop, state="accepted")
    make_receipt(shop, state="rejected", name="", reason="no_identifier")
    make_receipt(make_source(), reason="missing")

    found = refused(since=WEEK_AGO, source_ids=[shop.pk])

    assert [
        (each.state, each.name, each.reason, each.count, each.kept_count)
        for each in found
    ] == [
        ("blocked", "Order Completed", "missing", 3, 2),
        ("rejected", "", "no_identifier", 1, 1),
        ("blocked", "Order Completed", "unplanned_event", 1, 1),
    ]
    assert found[2].receipt_id == last.pk
    assert len(refused(since=WEEK_AGO)) == 4


def test_ticket_says_all_that_a_developer_needs():
    make_violation(
        make_receipt(make_source(name="Shop")),
        problem="wrong_type",
        details="Expected number; got text “5”.",
    )
    [cause] = causes(since=WEEK_AGO)

    text = ticket(cause, rule="“total” is required.", sample="{}", link="https://x/")

    assert text == (
        "“total” has the wrong type (Order Completed, from Shop)\n"
        "\n"
        "Seen 1 times, last on 2026-03-01 12:00 UTC.\n"
        "Expected number; got text “5”.\n"
        "The tracking plan says: “total” is required.\n"
        "The event is blocked. It is kept, so it can be repaired and replayed.\n"
        "\n"
        "An example, as it came:\n"
        "\n"
        "{}\n"
        "\n"
        "In Greenlight: https://x/"
    )
    short = ticket(cause, rule="", sample="", link="").splitlines()
    assert len(short) == 5
