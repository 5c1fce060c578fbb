import pytest

from contacts.models import TrackingPlan
from contacts.plans.check import PLANS, Reviewed, review
from contacts.plans.edit import save_rows
from contacts.plans.rows import read_rows
from contacts.plans.rules import Breach
from tests.factories.contacts import NOW
from tests.factories.plans import make_message, make_plan, make_repair, make_source

pytestmark = pytest.mark.django_db
TOTAL = {
    "event": "Order Completed",
    "path": "total",
    "types": "number",
    "required": "yes",
}


@pytest.fixture(autouse=True)
def no_plans():
    """Forget what other tests have compiled under the same ids."""
    PLANS.clear()


def test_message_of_a_source_without_a_plan_is_accepted():
    message = make_message(make_source(), properties={"anything": 1})

    assert review([message]) == [Reviewed(message)]
    assert review([]) == []


def test_event_that_is_not_planned_is_allowed_or_blocked():
    lenient, strict = make_source(), make_source()
    make_plan(TOTAL, source=lenient)
    make_plan(TOTAL, source=strict, unplanned_events="block")
    messages = [make_message(each, name="Typo") for each in (lenient, strict)]

    assert review(messages) == [
        Reviewed(messages[0], violations=(Breach("unplanned_event", "", "", "allow"),)),
        Reviewed(
            messages[1],
            "blocked",
            "unplanned_event",
            (Breach("unplanned_event", "", "", "block"),),
        ),
    ]


@pytest.mark.parametrize("kind", ["page", "screen", "identify", "group", "alias"])
def test_only_events_have_to_be_planned(kind):
    source = make_source()
    make_plan(TOTAL, source=source, unplanned_events="block")
    message = make_message(source, kind=kind, name="")

    assert review([message]) == [Reviewed(message)]


def test_properties_are_left_out_of_what_goes_on():
    source = make_source()
    make_plan(TOTAL, source=source, unplanned_properties="omit")
    message = make_message(source, properties={"total": 5, "debug": True})

    [reviewed] = review([message])

    assert reviewed.message.properties == {"total": 5}
    assert reviewed.state == "accepted"
    assert reviewed.omitted == ("debug",)
    assert reviewed.violations == (
        Breach("unplanned", "debug", "yes or no “true”", "omit"),
    )
    assert message.properties == {"total": 5, "debug": True}


def test_blocked_message_keeps_what_it_came_with():
    source = make_source()
    make_plan(
        TOTAL, source=source, unplanned_properties="omit", missing_properties="block"
    )
    message = make_message(source, properties={"debug": True})

    [reviewed] = review([message])

    assert reviewed == Reviewed(
        message,
        "blocked",
        "missing",
        (
            Breach("unplanned", "debug", "yes or no “true”", "omit"),
            Breach("missing", "total", "", "block"),
        ),
    )


def test_traits_of_an_identify_are_checked():
    source = make_source()
    make_plan(
        {"kind": "identify", "path": "plan", "permitted": "free; pro"},
        source=source,
        wrong_properties="omit",
    )
    message = make_message(
        source, kind="identify", name="", traits={"plan": "gold"}, properties={"a": 1}
    )

    [reviewed] = review([message])

    assert (reviewed.message.traits, reviewed.omitted) == ({}, ("plan",))


def test_repair_comes_before_the_plan():
    source = make_source()
    make_plan(TOTAL, source=source, wrong_properties="block")
    make_repair({"do": "rename_event", "to": "Order Completed"}, name="order completed")
    make_repair(
        {"do": "to_number", "path": "total"}, name="order completed", source=source
    )
    make_repair(
        {"do": "drop", "path": "total"}, name="order completed", source=make_source()
    )
    make_repair({"do": "drop", "path": "total"}, disabled_at=NOW)
    message = make_message(source, name="order completed", properties={"total": "5"})

    [reviewed] = review([message])

    assert (reviewed.state, reviewed.violations) == ("accepted", ())
    assert reviewed.message.name == "Order Completed"
    assert reviewed.message.properties == {"total": 5}
    assert reviewed.repaired == (
        "Rename the event to “Order Completed”",
        "Turn “total” into a number",
    )
    assert (message.name, message.properties) == ("order completed", {"total": "5"})


def test_repair_that_changes_nothing_is_not_told():
    source = make_source()
    make_repair({"do": "to_number", "path": "total"})
    message = make_message(source, properties={"total": 5})

    assert review([message]) == [Reviewed(message)]


def test_traits_are_repaired():
    source = make_source()
    make_repair({"do": "drop", "path": "ssn"}, name="", kind="identify")
    message = make_message(source, kind="identify", name="", traits={"ssn": 1, "a": 2})

    [reviewed] = review([message])

    assert reviewed.message.traits == {"a": 2}


def test_new_revision_is_compiled():
    source = make_source()
    plan = make_plan(TOTAL, source=source)
    message = make_message(source, properties={"total": "5"})
    assert len(review([message])[0].violations) == 1

    rows = read_rows([{**TOTAL, "types": "text"}]).rows
    save_rows(plan=plan, rows=rows, revision=1, user=None, now=NOW)

    assert review([message]) == [Reviewed(message)]


def test_cache_of_plans_is_bounded(monkeypatch):
    monkeypatch.setattr("contacts.plans.check.MOST_PLANS", 1)
    sources = [make_source(), make_source()]
    plans = [make_plan(TOTAL, source=source) for source in sources]

    review([make_message(source) for source in sources])

    assert set(PLANS) < {plan.pk for plan in plans}
    assert len(PLANS) == 1


def test_batch_takes_two_queries(django_assert_num_queries):
    sources = [make_source() for _ in range(3)]
    for source in sources:
        make_plan(TOTAL, source=source)
    messages = [make_message(source) for source in sources * 3]
    review(messages)

    with django_assert_num_queries(2):
        review(messages)

    assert TrackingPlan.objects.count() == 3
