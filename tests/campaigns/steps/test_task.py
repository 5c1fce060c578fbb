"""Tasks that a flow gives to people of ours."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.asks.by_hand import dismiss_task, finish_task
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, Task
from campaigns.steps.task import TaskStep
from tests.factories.campaigns import NOW, make_contact
from tests.factories.contacts import make_user
from tests.factories.flows import enroll_in, place_of, story_of, walk

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CALL = new_step(
    "task",
    key="call",
    title="Call {{ contact.first_name }}",
    text="{{ advocate.link }}",
)
WAITED_FOR = CALL | {"wait": {"amount": 3, "unit": "days"}}


def test_everybody_becomes_a_task_and_goes_on_at_once():
    ada, li = make_contact(first_name="Ada"), make_contact(first_name="李")
    campaign = enroll_in([CALL], ada, li)

    walk()

    tasks = Task.objects.order_by("contact_id")
    assert [
        (one.contact, one.title, one.state, str(one.due_on), one.step_key, one.ask_id)
        for one in tasks
    ] == [
        (ada, "Call Ada", "open", "2026-11-22", "call", None),
        (li, "Call 李", "open", "2026-11-22", "call", None),
    ]
    assert {one.campaign for one in tasks} == {campaign}
    assert story_of(ada) == [("call", "made")]


def test_a_run_that_is_repeated_makes_no_second_task():
    contact = make_contact()
    enroll_in([CALL], contact)
    walk()

    # As if the move had been lost after the task was written.
    Enrollment.objects.update(state="active", step_key="call", visit=0, due_at=NOW)
    contact.steprun_set.all().delete()
    walk()

    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    ("close", "word"), [(finish_task, "done"), (dismiss_task, "dismissed")]
)
def test_who_waits_for_a_task_goes_on_when_it_is_closed(close, word):
    contact = make_contact()
    enroll_in([WAITED_FOR], contact)
    walk()
    assert place_of(contact) == ("active", "call", NOW + 3 * DAY)

    close(task=Task.objects.get(), user=make_user(), now=NOW + DAY)
    walk(NOW + DAY)

    assert story_of(contact) == [("call", word)]
    assert Enrollment.objects.get().state == "completed"
    assert Task.objects.count() == 1


def test_after_the_longest_time_people_go_on_and_the_task_stays():
    contact = make_contact()
    enroll_in([WAITED_FOR], contact)
    walk()

    walk(NOW + 3 * DAY)

    assert story_of(contact) == [("call", "given_up")]
    assert Task.objects.get().state == "open"


def test_an_open_task_of_a_pass_that_leaves_is_no_longer_needed():
    contact = make_contact(attributes={"plan": "free"})
    upgraded = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    enroll_in([WAITED_FOR], contact, exit={"condition": upgraded})
    walk()

    contact.attributes = {"plan": "pro"}
    contact.save()
    walk(NOW + 3 * DAY)

    assert Enrollment.objects.get().state == "exited"
    assert Task.objects.get().state == "withdrawn"


@pytest.mark.django_db(transaction=True)
def test_a_task_that_is_closed_while_somebody_is_looked_at_is_seen():
    contact = make_contact()
    enroll_in([WAITED_FOR], contact)
    walk()
    Enrollment.objects.update(due_at=NOW)

    def look():
        try:
            walk()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            finish_task(task=Task.objects.get(), user=make_user(), now=NOW)
            looking = pool.submit(look)
            with pytest.raises(TimeoutError):
                looking.result(timeout=0.3)
        looking.result(timeout=20)

    assert story_of(contact) == [("call", "done")]


def test_the_card_says_what_to_do_and_how_long_it_is_waited_for():
    assert [
        TaskStep().describe(step)
        for step in (
            new_step("task"),
            CALL | {"due_days": 0},
            CALL | {"due_days": 1},
            WAITED_FOR,
        )
    ] == [
        "Nothing to do yet",
        "“Call {{ contact.first_name }}”, due today",
        "“Call {{ contact.first_name }}”, due within 1 day",
        "“Call {{ contact.first_name }}”, due within 2 days; waits until it is done, for at"
        " most 3 days",
    ]
