import pytest

from contacts.models import Repair
from contacts.plans.check import PLANS, review
from contacts.plans.repairs import (
    Target,
    create_repair,
    disable_repair,
    enable_repair,
    kept,
    message_of,
    preview,
    propose,
)
from contacts.plans.steps import StepRefused
from tests.factories.contacts import NOW, make_user
from tests.factories.plans import make_plan, make_receipt, make_repair, make_source

pytestmark = pytest.mark.django_db
ORDERS = Target("track", "Order Completed")
TO_NUMBER = {"do": "to_number", "path": "total"}


@pytest.fixture(autouse=True)
def no_plans():
    """Forget what other tests have compiled under the same ids."""
    PLANS.clear()


@pytest.fixture
def source():
    made = make_source()
    make_plan(
        {
            "event": "Order Completed",
            "path": "total",
            "types": "number",
            "required": "x",
        },
        {"event": "Order Completed", "path": "order_id", "types": "text"},
        {"event": "Order Completed", "path": "currency", "permitted": "EUR"},
        {"event": "Order Completed", "path": "tier", "permitted": "a; b"},
        source=made,
        wrong_properties="block",
        missing_properties="block",
    )
    return made


def test_preview_shows_before_and_after(source):
    make_receipt(source, properties={"total": "six"})
    for _ in range(2):
        make_receipt(source, properties={"total": "5"})
    make_receipt(source, state="accepted", properties={"total": 1})
    make_receipt(source, payload={"type": "track", "event": "Order Completed"})

    shown = preview(ORDERS, [TO_NUMBER])

    assert (shown.tried, shown.passing, shown.changed) == (4, 2, 2)
    assert [
        (dict(each.before), dict(each.after), each.is_passing)
        for each in shown.examples
    ] == [
        ({"total": "5"}, {"total": 5}, True),
        ({"total": "six"}, {"total": "six"}, False),
        ({"total": "5"}, {"total": 5}, True),
    ]
    assert shown.examples[1].breaches[0].problem == "wrong_type"


def test_preview_comes_after_the_repairs_so_far(source):
    make_repair({"do": "rename", "path": "amount", "to": "total"})
    make_receipt(source, properties={"amount": "5"})

    [example] = preview(ORDERS, [TO_NUMBER]).examples

    assert (example.after, example.is_passing) == ({"total": 5}, True)


def test_preview_of_what_was_let_in(source):
    make_receipt(source, state="accepted", properties={"total": 5, "debug": 1})

    [example] = preview(ORDERS, [{"do": "drop", "path": "debug"}]).examples

    assert example.after == {"total": 5}


def test_preview_without_messages_is_empty():
    assert preview(ORDERS, [TO_NUMBER]).tried == 0
    with pytest.raises(StepRefused):
        preview(ORDERS, [{"do": "drop"}])


@pytest.mark.parametrize(
    ("problem", "path", "carried", "step"),
    [
        ("wrong_type", "total", {}, TO_NUMBER),
        ("wrong_type", "order_id", {}, {"do": "to_text", "path": "order_id"}),
        ("wrong_type", "other", {}, {"do": "drop", "path": "other"}),
        (
            "missing",
            "total",
            {"Total": 1},
            {"do": "rename", "path": "Total", "to": "total"},
        ),
        ("missing", "total", {"x": 1}, {"do": "set", "path": "total", "value": ""}),
        (
            "unplanned",
            "orderId",
            {"orderId": 1},
            {"do": "rename", "path": "orderId", "to": "order_id"},
        ),
        ("unplanned", "debug", {"debug": 1}, {"do": "drop", "path": "debug"}),
        (
            "not_permitted",
            "currency",
            {},
            {"do": "set", "path": "currency", "value": "EUR"},
        ),
        ("not_permitted", "tier", {}, {"do": "drop", "path": "tier"}),
    ],
)
def test_step_is_proposed(source, problem, path, carried, step):
    make_receipt(source, properties=carried)

    assert propose(ORDERS, problem=problem, path=path) == [step]


def test_event_is_proposed_that_is_written_alike(source):
    def proposed(name):
        target = Target("track", name, source_id=source.pk)
        return propose(target, problem="unplanned_event", path="")

    assert proposed("order_completed") == [
        {"do": "rename_event", "to": "Order Completed"}
    ]
    assert proposed("Bananas") == [{"do": "rename_event", "to": ""}]


def test_nothing_is_proposed_from_messages_that_are_gone(source):
    make_receipt(source, payload={"type": "track"})

    assert propose(ORDERS, problem="missing", path="total") == [
        {"do": "set", "path": "total", "value": ""}
    ]


def test_repair_works_until_it_is_off(source):
    user = make_user()
    made = create_repair(
        target=Target("track", "Order Completed", source.pk),
        steps=[TO_NUMBER],
        user=user,
        now=NOW,
    )
    message = message_of(make_receipt(source, properties={"total": "5"}))

    assert (made.source, made.created_by) == (source, user)
    assert review([message])[0].state == "accepted"
    disable_repair(repair=made, now=NOW)
    assert review([message])[0].state == "blocked"
    enable_repair(repair=made)
    assert review([message])[0].state == "accepted"


def test_repair_with_a_wrong_step_is_not_kept():
    with pytest.raises(StepRefused):
        create_repair(target=ORDERS, steps=[], user=None, now=NOW)

    assert not Repair.objects.exists()


def test_repairs_that_rename_in_a_circle_end(source):
    make_repair({"do": "rename_event", "to": "B"}, name="A")
    make_repair({"do": "rename_event", "to": "A"}, name="B")
    message = message_of(make_receipt(source, name="A"))

    [reviewed] = review([message])

    assert len(reviewed.repaired) == 3


def test_message_keeps_the_id_of_its_receipt(source):
    receipt = make_receipt(
        source, payload={"type": "track", "event": "Paid", "userId": "u"}
    )

    assert message_of(receipt).message_id == receipt.message_id


def test_what_was_cut_short_is_not_kept(source):
    make_receipt(source, state="rejected", reason="too_large")

    assert not kept(Target("track", "Order Completed", state="rejected")).exists()
