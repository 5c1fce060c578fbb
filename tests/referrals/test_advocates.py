import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from contacts.models import Contact
from referrals import advocates
from referrals.advocates import enroll_advocates
from referrals.codes import ALPHABET
from referrals.models import Advocate, ReferralCode
from tests.factories.referrals import make_program

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_contacts(number):
    made = Contact.objects.bulk_create([Contact() for _ in range(number)])
    return [contact.pk for contact in made]


@pytest.mark.django_db
def test_enroll_advocates_gives_each_contact_one_code():
    program = make_program()
    contact_ids = make_contacts(50)

    enroll_advocates(program=program, contact_ids=contact_ids, now=NOW)

    rows = Advocate.objects.values_list("contact_id", "program_id", "code", "joined_at")
    codes = dict(ReferralCode.objects.values_list("contact_id", "code"))
    assert sorted(rows) == [(pk, program.pk, codes[pk], NOW) for pk in contact_ids]
    assert len(set(codes.values())) == 50
    assert {len(code) for code in codes.values()} == {8}
    assert set("".join(codes.values())) <= set(ALPHABET)


@pytest.mark.django_db
def test_enroll_advocates_twice_keeps_the_codes():
    program = make_program()
    contact_ids = make_contacts(3)
    enroll_advocates(program=program, contact_ids=contact_ids[:2], now=NOW)
    before = dict(Advocate.objects.values_list("contact_id", "code"))

    enroll_advocates(program=program, contact_ids=contact_ids, now=NOW)

    after = dict(Advocate.objects.values_list("contact_id", "code"))
    assert before.items() <= after.items()
    assert sorted(after) == contact_ids
    assert ReferralCode.objects.count() == 3


@pytest.mark.django_db
def test_enroll_advocates_skips_contacts_that_are_gone():
    program = make_program()

    enroll_advocates(program=program, contact_ids=[987654321], now=NOW)

    assert not Advocate.objects.exists()
    assert not ReferralCode.objects.exists()


@pytest.mark.django_db
def test_enroll_advocates_draws_again_when_a_code_is_taken(monkeypatch):
    program = make_program()
    contact_ids = make_contacts(3)
    draws = iter([["aaaaaaaa", "aaaaaaaa", "bbbbbbbb"], ["bbbbbbbb"], ["cccccccc"]])
    monkeypatch.setattr(advocates, "draw_codes", lambda count: next(draws))

    enroll_advocates(program=program, contact_ids=contact_ids, now=NOW)

    codes = Advocate.objects.order_by("contact_id").values_list("code", flat=True)
    assert sorted(codes) == ["aaaaaaaa", "bbbbbbbb", "cccccccc"]


@pytest.mark.django_db
def test_enroll_advocates_never_gives_a_code_to_somebody_else(monkeypatch):
    program = make_program()
    first, second = make_contacts(2)
    monkeypatch.setattr(advocates, "draw_codes", lambda count: ["aaaaaaaa"])
    enroll_advocates(program=program, contact_ids=[first], now=NOW)
    Contact.objects.get(pk=first).delete()
    draws = iter([["aaaaaaaa"], ["bbbbbbbb"]])
    monkeypatch.setattr(advocates, "draw_codes", lambda count: next(draws))

    enroll_advocates(program=program, contact_ids=[second], now=NOW)

    assert dict(ReferralCode.objects.values_list("code", "contact_id")) == {
        "aaaaaaaa": first,
        "bbbbbbbb": second,
    }
    assert Advocate.objects.get().code == "bbbbbbbb"


@pytest.mark.django_db(transaction=True)
def test_enroll_advocates_at_the_same_time_makes_one_each():
    program = make_program()
    contact_ids = make_contacts(300)
    barrier = threading.Barrier(2)

    def enroll(ids):
        barrier.wait()
        enroll_advocates(program=program, contact_ids=ids, now=NOW)
        connection.close()

    workers = [
        threading.Thread(target=enroll, args=(ids,))
        for ids in (contact_ids, contact_ids[::-1])
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    rows = Advocate.objects.order_by("contact_id").values_list("contact_id", flat=True)
    assert list(rows) == contact_ids
    for code, contact_id in Advocate.objects.values_list("code", "contact_id"):
        assert ReferralCode.objects.get(code=code).contact_id == contact_id


@pytest.mark.django_db
def test_enroll_advocates_takes_four_statements(django_assert_num_queries):
    program = make_program()
    contact_ids = make_contacts(200)

    # Two more for the savepoint.
    with django_assert_num_queries(6):
        enroll_advocates(program=program, contact_ids=contact_ids, now=NOW)
