"""A ladder that is cut off anywhere leaves nothing half done, and two workers climb once."""

import threading

import pytest
from django.db import connection

from campaigns.asks import ladder
from campaigns.asks.answer import answer_ask
from campaigns.engine.advance import advance_round
from campaigns.models import Ask, Enrollment, Message, MessageTag, StepRun, Task
from tests.campaigns.asks.test_ladder import HOUR, make_ladder, rungs, stand
from tests.factories.campaigns import NOW


class Killed(BaseException):
    """The process ends here."""


def die(*args, **kwargs):
    raise Killed


def state():
    """Everything that a climb writes."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Ask, Message, MessageTag, Task, Enrollment, StepRun)
    }


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [0, 4, 10])
@pytest.mark.parametrize(
    "point",
    [
        (ladder, "lock_rungs_of"),
        (ladder, "write_asks"),
        (ladder, "message_values"),
        (ladder, "take_back_rungs"),
        (ladder.TaskMaker, "write"),
        (ladder.holds, "write_holds"),
    ],
    ids=lambda point: point[1],
)
def test_killed_anywhere_it_does_the_same_afterwards(monkeypatch, point, hours):
    stand(make_ladder())
    for earlier in (0, 4):
        if earlier < hours:
            advance_round(now=NOW + earlier * HOUR)
    before = state()

    with monkeypatch.context() as patch:
        patch.setattr(*point, die)
        try:
            advance_round(now=NOW + hours * HOUR)
        except Killed:
            assert state() == before
    advance_round(now=NOW + hours * HOUR)

    first = {"in_app": "waiting"}
    second = {"in_app": "canceled", "email": "queued"}
    third = {"in_app": "canceled", "email": "canceled", "dm": "waiting"}
    assert rungs() == {0: first, 4: second, 10: third}[hours]
    assert (Ask.objects.count(), Task.objects.count()) == (1, int(hours == 10))


def run_all(*works):
    """Run functions at the same time, each on a connection of its own."""
    errors = []

    def run(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_two_workers_climb_once():
    campaign = make_ladder()
    for _ in range(10):
        stand(campaign)

    for hours in (0, 4, 10):
        now = NOW + hours * HOUR
        assert run_all(*[lambda now=now: advance_round(now=now)] * 3) == []

    channels = Message.objects.values_list("channel", flat=True)
    assert sorted(channels) == ["dm"] * 10 + ["email"] * 10 + ["in_app"] * 10
    assert (Ask.objects.count(), Task.objects.count()) == (10, 10)


@pytest.mark.django_db(transaction=True)
def test_an_answer_while_a_worker_climbs_leaves_nothing_to_send():
    campaign = make_ladder()
    for _ in range(10):
        stand(campaign)
    advance_round(now=NOW)
    asks = list(Ask.objects.order_by("pk"))
    now = NOW + 4 * HOUR

    def answer():
        for ask in asks:
            answer_ask(ask=ask, answer="yes", via="in_app", now=now)

    assert run_all(answer, lambda: advance_round(now=now)) == []
    advance_round(now=now)

    states = set(Message.objects.values_list("state", flat=True))
    assert states == {"canceled"}
    assert not Enrollment.objects.filter(step_key="ask").exists()
