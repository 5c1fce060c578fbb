from datetime import timedelta

import pytest

from campaigns.models import Answer
from campaigns.reports.likely import likely_answers
from campaigns.statistics import Rate
from tests.factories.campaigns import NOW, make_ask, make_campaign

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OLD = NOW - 31 * DAY


def ask(campaign, count, answer="", **changes):
    values = {"asked_at": OLD, "delivered_at": OLD, "answer": answer}
    if answer:
        values["answered_at"] = OLD + DAY
    if answer == Answer.YES:
        values["intent_at"] = OLD + DAY
    for _ in range(count):
        make_ask(campaign, **values | changes)


def test_they_are_reckoned_from_asks_of_the_campaign_itself():
    campaign = make_campaign(state="running")
    ask(campaign, 6, Answer.YES)
    ask(campaign, 3, Answer.NOT_NOW)
    ask(campaign, 21)
    # Nothing is known of these yet, or they reached nobody.
    ask(campaign, 4, asked_at=NOW, delivered_at=NOW)
    ask(campaign, 4, delivered_at=None)
    ask(campaign, 4, refunded_at=NOW)

    answers = likely_answers(campaign, asks=200, now=NOW)

    assert (answers.source, answers.total) == ("campaign", 30)
    assert (answers.yes.rate, answers.not_now.rate) == (Rate(6, 30), Rate(3, 30))
    assert (answers.yes.low, answers.yes.high) == (19, 75)
    assert (answers.not_now.low, answers.not_now.high) == (7, 51)


def test_where_these_are_too_few_others_are_asked():
    own = make_campaign(state="running")
    sister = make_campaign(state="running", program=own.program)
    stranger = make_campaign(state="running")
    ask(own, 10, Answer.YES)
    assert likely_answers(own, asks=5, now=NOW) is None

    ask(stranger, 20)
    everybody = likely_answers(own, asks=5, now=NOW)
    ask(sister, 20)
    program = likely_answers(own, asks=5, now=NOW)

    assert (everybody.source, everybody.yes.rate) == ("all", Rate(10, 30))
    assert (program.source, program.yes.rate) == ("program", Rate(10, 30))
