"""Whatever comes: never a 5xx, never a traceback, and each bad thing in the Debugger."""

import logging

import pytest
from django.db.models import Count

from contacts.drain.inbox import drain_inbox
from contacts.models import InboxBody, Receipt, Source
from contacts.tracking.reasons import REASONS
from tests.contacts.tracking.client import ask
from tests.contacts.tracking.hostile.corpus import cases
from tests.factories.contacts import NOW
from tests.factories.tracking import make_key

CASES = {case.name: case for case in cases()}


def answer_to(case):
    """Send a case from a source of its own: the status, and the reasons that are told."""
    key = make_key(name=case.name[:100].replace("\0", ""))
    encoding = {"HTTP_CONTENT_ENCODING": case.encoding} if case.encoding else {}
    reply = ask(case.path, case.body, key=key, **encoding)
    if reply.status != 200:
        return reply.status, (reply.json["code"],)
    return 200, tuple(one["reason"] for one in reply.json.get("rejected", ()))


def test_the_corpus_is_large():
    assert len(CASES) == len(list(cases())) >= 250


@pytest.mark.django_db
def test_nothing_that_comes_breaks_anything(caplog, monkeypatch):
    monkeypatch.setattr("contacts.tracking.refusals.PER_SECOND", 10_000)
    caplog.set_level(logging.WARNING)

    answers, sources = {}, {}
    for name, case in CASES.items():
        answers[name] = answer_to(case)
        sources[Source.objects.latest("pk").pk] = name
    while drain_inbox(now=NOW):
        pass

    assert answers == {
        name: (case.status, case.reasons) for name, case in CASES.items()
    }
    rejected = dict.fromkeys(CASES, ())
    for receipt in Receipt.objects.filter(state="rejected").order_by("id"):
        rejected[sources[receipt.source_id]] += (receipt.reason,)
    assert rejected == {name: case.reasons for name, case in CASES.items()}
    accepted = Receipt.objects.filter(state="accepted").values_list("source")
    counts = dict(accepted.annotate(count=Count("pk")))
    assert {name: counts.get(source, 0) for source, name in sources.items()} == {
        name: case.accepted for name, case in CASES.items()
    }
    assert {receipt.reason for receipt in Receipt.objects.all()} - {""} <= set(REASONS)
    assert not InboxBody.objects.exists()
    assert caplog.records == []
