"""Asks in person: who does a task, and who ends its pass, at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from campaigns.asks.by_hand import finish_task
from campaigns.engine.ending import end_enrollments
from campaigns.handwork.close import TaskClosed
from campaigns.models import Message, Task
from tests.campaigns.asks.test_ladder import HOUR, advance, make_ladder, stand
from tests.factories.campaigns import NOW
from tests.factories.contacts import make_user


@pytest.mark.django_db(transaction=True)
def test_a_task_that_is_done_and_a_pass_that_ends_wait_in_one_order():
    enrollment = stand(make_ladder(in_app=None, by_email=False))
    advance()
    task, user = Task.objects.get(), make_user()

    def finish():
        try:
            finish_task(task=task, user=user, now=NOW + HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Message.objects.select_for_update().get()
            finishing = pool.submit(finish)
            with pytest.raises(TimeoutError):
                finishing.result(timeout=0.3)
            end_enrollments(
                enrollment_ids=[enrollment.pk],
                contact_ids=[enrollment.contact_id],
                state="exited",
                reason="exit_condition",
                cause="exit_met",
                now=NOW + HOUR,
            )
        with pytest.raises(TaskClosed):
            finishing.result(timeout=20)

    assert Task.objects.get().state == Task.State.WITHDRAWN
    assert Message.objects.get().state == Message.State.CANCELED
