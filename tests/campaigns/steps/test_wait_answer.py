"""Waits for the answer to the last ask of a pass."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns.asks.answer import answer_ask
from campaigns.flows.edits import new_step
from campaigns.models import Answer, Enrollment
from campaigns.steps.wait_answer import WaitAnswerStep
from tests.factories.campaigns import NOW, make_ask, make_contact
from tests.factories.flows import enroll_in, place_of, story_of, walk

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WAIT = new_step("wait_answer", key="wait", amount=2)


def make_asked():
    """Let somebody wait who was asked by an earlier step of the pass."""
    contact = make_contact()
    campaign = enroll_in([WAIT], contact)
    Enrollment.objects.update(visit=1)
    enrollment = Enrollment.objects.get(contact=contact)
    return contact, make_ask(campaign, enrollment=enrollment, visit=0)


@pytest.mark.parametrize(
    ("answer", "state", "outcome"),
    [
        (Answer.YES, "completed", "yes"),
        (Answer.NOT_NOW, "completed", "not_now"),
        (Answer.NEVER, "exited", "never"),
    ],
)
def test_an_answer_ends_the_wait(answer, state, outcome):
    contact, ask = make_asked()
    walk()
    assert place_of(contact) == ("active", "wait", NOW + 2 * DAY)

    answer_ask(ask=ask, answer=answer, now=NOW + DAY)
    walk(NOW + DAY)

    assert story_of(contact) == [("wait", outcome)]
    last = Enrollment.objects.get(contact=contact)
    assert (last.state, last.end_reason) == (
        state,
        "never" if answer == Answer.NEVER else "",
    )


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_given_while_somebody_arrives_is_seen():
    contact, ask = make_asked()

    def arrive():
        try:
            walk()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            answer_ask(ask=ask, answer=Answer.YES, now=NOW)
            arriving = pool.submit(arrive)
            with pytest.raises(TimeoutError):
                arriving.result(timeout=0.3)
        arriving.result(timeout=20)

    assert story_of(contact) == [("wait", "yes")]


def test_without_an_answer_the_time_runs_out():
    contact, _ = make_asked()
    walk()

    walk(NOW + 2 * DAY)

    assert story_of(contact) == [("wait", "none")]


def test_who_was_not_asked_waits_for_nothing():
    contact = make_contact()
    enroll_in([WAIT], contact)

    walk()

    assert story_of(contact) == [("wait", "none")]


def test_the_card_says_how_long_at_most():
    assert (
        WaitAnswerStep().describe(WAIT)
        == "Wait for an answer to the last ask, for at most 2 days"
    )
