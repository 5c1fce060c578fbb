from datetime import timedelta

import pytest

from contacts import receipts
from contacts.models import Identifier, IdentifierLink
from contacts.receipts import (
    ReceiptFilter,
    booked_ids,
    newer_receipts,
    newest_receipts,
    settled_id,
)
from tests.factories.contacts import NOW, make_contact
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return make_source()


def found(**wanted):
    return newest_receipts(ReceiptFilter(**wanted)).receipts


def test_pages_follow_each_other_newest_first(source):
    rows = [make_receipt(source) for _ in range(5)]
    pages, before = [], None

    for _ in range(3):
        walk = newest_receipts(ReceiptFilter(), before_id=before, size=2)
        pages.append(walk.receipts)
        before = walk.next_id

    assert pages == [rows[:2:-1], rows[2:0:-1], rows[:1]]
    assert before is None


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ({"kind": "identify"}, {"kind": "identify"}),
        ({"state": "rejected"}, {"state": "rejected"}),
        ({"state": "blocked"}, {"state": "blocked"}),
        ({"flag": "clamped"}, {"flags": ["clamped", "oversize"]}),
        ({"flag": "duplicate"}, {"copies": 1}),
        ({"flag": "historical"}, {"is_historical": True}),
        ({"name": "signed_up"}, {"name": "signed_up"}),
        ({"text": "f-1001"}, {"payload": {"order": "F-1001"}}),
        ({"text": '"total":42'}, {"payload": {"total": 42}}),
        ({"text": 'say "hi"'}, {"payload": {"note": 'I say "hi"'}}),
        ({"text": "100%_"}, {"payload": {"note": "100%_sure"}}),
        ({"text": "Köln"}, {"payload": {"city": "Köln"}}),
    ],
)
def test_filter_keeps_what_it_names(source, wanted, fields):
    make_receipt(source)
    wished = make_receipt(source, **fields)
    make_receipt(source)

    assert found(**wanted) == [wished]


def test_filters_narrow_together(source):
    make_receipt(make_source(), kind="identify")
    wished = make_receipt(source, kind="identify")
    make_receipt(source)

    assert found(source_id=source.pk, kind="identify") == [wished]


def test_walk_that_runs_out_of_time_says_how_far_it_got(source, monkeypatch):
    monkeypatch.setattr(receipts, "FIRST_STEP", 2)
    rows = [
        make_receipt(source, name=f"e{place}", at=NOW + timedelta(minutes=place))
        for place in range(5)
    ]

    walk = newest_receipts(ReceiptFilter(name="e1"), seconds=0)

    assert (walk.receipts, walk.looked_at) == ([], 2)
    assert walk.looked_back_to == rows[3].received_at
    walk = newest_receipts(ReceiptFilter(name="e1"), seconds=0, before_id=walk.next_id)
    assert (walk.receipts, walk.looked_back_to) == ([rows[1]], rows[1].received_at)
    walk = newest_receipts(ReceiptFilter(name="e1"), seconds=0, before_id=walk.next_id)
    assert (walk.receipts, walk.next_id, walk.looked_back_to) == ([], None, None)


def test_walk_goes_on_while_there_is_time(source, monkeypatch):
    monkeypatch.setattr(receipts, "FIRST_STEP", 1)
    monkeypatch.setattr(receipts, "SHORTEST_STEP", 1)
    monkeypatch.setattr(receipts, "LONGEST_STEP", 2)
    rows = [make_receipt(source, name="a" if n < 2 else "b") for n in range(6)]

    walk = newest_receipts(ReceiptFilter(name="a"), seconds=60)

    assert (walk.receipts, walk.next_id) == ([rows[1], rows[0]], None)


def test_full_page_of_a_walk_goes_on_below_its_last_line(source):
    rows = [make_receipt(source, kind="page") for _ in range(4)]

    walk = newest_receipts(ReceiptFilter(kind="page"), size=3)

    assert (walk.receipts, walk.next_id) == (rows[:0:-1], rows[1].pk)


def test_person_has_what_is_booked_what_linked_and_what_was_refused(source):
    make_contact(user_id="zoe")
    ada = make_contact(user_id="ada")
    own, other = (Identifier.objects.get(value=value) for value in ("ada", "zoe"))
    booked = make_receipt(source, identifier_id=own.pk)
    link = make_receipt(source, identifier_id=other.pk)
    refused = make_receipt(source, state="rejected", user_id="ada")
    blocked = make_receipt(source, state="blocked", user_id="ada")
    make_receipt(source, state="rejected", user_id="ben")
    make_receipt(source, identifier_id=other.pk)
    IdentifierLink.objects.create(
        first_id=own.pk, second_id=own.pk + 1000, basis="alias", at=NOW,
        order_key="1", receipt_id=link.pk,
    )  # fmt: skip

    assert found(contact=ada) == [blocked, refused, link, booked]
    assert found(contact=ada, state="rejected") == [refused]
    assert newest_receipts(ReceiptFilter(contact=ada), before_id=link.pk).receipts == [
        booked
    ]


def test_newest_of_each_identifier_are_known(source):
    ids = [
        [make_receipt(source, identifier_id=name).pk for _ in range(3)]
        for name in (7, 8)
    ]

    assert sorted(booked_ids([7, 8, 9])) == sorted(ids[0] + ids[1])
    assert booked_ids([7], most=2) == ids[0][:0:-1]
    assert booked_ids([7, 8], after_id=ids[1][0]) == ids[1][:0:-1]


def test_newer_receipts_are_those_above_the_mark_that_match(source):
    ada = make_contact(user_id="ada")
    own = Identifier.objects.get(value="ada")
    mark = make_receipt(source)
    page = make_receipt(source, kind="page", identifier_id=own.pk)
    track = make_receipt(source)

    def newer(**wanted):
        return list(newer_receipts(ReceiptFilter(**wanted), after_id=mark.pk, size=10))

    assert newer() == [track, page]
    assert newer(kind="page") == [page]
    assert newer(contact=ada) == [page]


def test_mark_stays_below_what_was_written_a_moment_ago(source):
    def mark(seconds):
        now = NOW + timedelta(seconds=seconds)
        return settled_id(now=now, patience=timedelta(seconds=5))

    assert mark(0) == 0
    first = make_receipt(source)
    second = make_receipt(source, at=NOW + timedelta(seconds=3))

    assert mark(4) == first.pk - 1
    assert mark(5) == first.pk
    assert mark(8) == second.pk
