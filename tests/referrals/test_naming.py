import threading

import pytest
from django.db import connection

from contacts.models import Event, Identifier
from referrals.links import find_advocate
from referrals.models import Advocate, ReferralCode
from referrals.naming import (
    NAMES_AT_MOST,
    NameTaken,
    bring_codes,
    choose_name,
    forget_names,
    names_of,
    show_drawn_code,
)
from referrals.slugs import NameIsRude, NameRefused, check_foreign, check_name
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program


def person(address):
    contact = make_contact(email=address)
    Identifier.objects.get_or_create(
        kind="email", value=address, defaults={"contact": contact, "created_at": NOW}
    )
    return contact


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ada", "ada"),
        ("  Ada   Lovelace ", "ada-lovelace"),
        ("a1b", "a1b"),
        ("x" * 50, "x" * 50),
        ("scunthorpe-fans", None),
        ("class-of-99", "class-of-99"),
        ("dickens", "dickens"),
        ("cocktails", "cocktails"),
    ],
)
def test_check_name_keeps_what_can_be_used(text, name):
    if name is None:
        with pytest.raises(NameIsRude):
            check_name(text)
        assert check_name(text, anyway=True) == text
    else:
        assert check_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "ab",
        "x" * 51,
        "-ada",
        "ada-",
        "ada--b",
        "ada_b",
        "ädä",
        "admin",
        "API",
        "a/b",
        "",
    ],
)
def test_check_name_refuses(text):
    with pytest.raises(NameRefused):
        check_name(text, anyway=True)


@pytest.mark.parametrize(
    "text", ["fuckface", "f-u-c-k", "sh1t-happens", "my-ass", "a55"]
)
def test_check_name_knows_rude_words(text):
    with pytest.raises(NameIsRude):
        check_name(text)


@pytest.mark.parametrize("text", ["x", "a b", "-a", "a/b", "é", "www", ""])
def test_check_foreign_refuses_what_no_address_carries(text):
    with pytest.raises(NameRefused):
        check_foreign(text)


@pytest.mark.django_db
def test_old_names_lead_to_the_advocate_for_ever():
    advocate = make_advocate()
    drawn = advocate.code

    for name in ("ada", "Ada L", "ada", "ada"):
        choose_name(advocate=advocate, name=name, now=NOW)

    assert Advocate.objects.get().code == "ada"
    for code in (drawn, "ada", "ADA", "ada-l", "Ada L"):
        assert find_advocate(code) == advocate
    assert [(row.code, row.kind) for row in names_of(advocate)] == [
        ("ada-l", "chosen"),
        ("ada", "chosen"),
        (drawn, "drawn"),
    ]
    assert show_drawn_code(advocate=advocate, now=NOW) == drawn
    assert find_advocate("ada") == advocate


@pytest.mark.django_db
def test_a_name_is_given_once():
    ada, ben = make_advocate(), make_advocate()
    choose_name(advocate=ada, name="coffee-fan", now=NOW)
    show_drawn_code(advocate=ada, now=NOW)

    with pytest.raises(NameTaken):
        choose_name(advocate=ben, name="Coffee Fan", now=NOW)

    assert find_advocate("coffee-fan") == ada
    assert Event.objects.filter(name="link_named").count() == 1


@pytest.mark.django_db
def test_the_same_person_has_it_in_one_program_only():
    contact = make_contact()
    ada, twin = make_advocate(contact=contact), make_advocate(contact=contact)
    choose_name(advocate=ada, name="coffee-fan", now=NOW)

    with pytest.raises(NameTaken):
        choose_name(advocate=twin, name="coffee-fan", now=NOW)


@pytest.mark.django_db
def test_nobody_takes_all_names():
    advocate = make_advocate()
    for number in range(NAMES_AT_MOST):
        choose_name(advocate=advocate, name=f"name-{number}", now=NOW)

    with pytest.raises(NameRefused, match="20 names"):
        choose_name(advocate=advocate, name="one-more", now=NOW)
    assert choose_name(advocate=advocate, name="name-3", now=NOW) == "name-3"


@pytest.mark.django_db
def test_a_forgotten_name_can_not_be_read_and_stays_taken():
    advocate, other = make_advocate(), make_advocate()
    drawn = advocate.code
    choose_name(advocate=advocate, name="ada-lovelace", now=NOW)

    for _ in range(2):
        forget_names(advocate.contact_id, NOW)

    assert Advocate.objects.get(pk=advocate.pk).code == drawn
    assert not ReferralCode.objects.filter(code__icontains="lovelace").exists()
    assert find_advocate("Ada Lovelace") == advocate
    with pytest.raises(NameTaken):
        choose_name(advocate=other, name="ada-lovelace", now=NOW)
    with pytest.raises(NameTaken):
        choose_name(advocate=advocate, name="ada-lovelace", now=NOW)
    brought = bring_codes(
        program=other.program,
        rows=[(person("x@example.com").email, "ada-lovelace")],
        now=NOW,
    )
    assert (brought.new, brought.refused) == (
        0,
        [(1, "“ada-lovelace” is somebody else's.")],
    )


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_once_do_not_both_get_it():
    advocates = [make_advocate(), make_advocate()]
    barrier = threading.Barrier(2)
    outcomes = []

    def choose(advocate):
        barrier.wait()
        try:
            choose_name(advocate=advocate, name="coffee-fan", now=NOW)
            outcomes.append("got it")
        except NameTaken:
            outcomes.append("taken")
        connection.close()

    workers = [threading.Thread(target=choose, args=(one,)) for one in advocates]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(outcomes) == ["got it", "taken"]


@pytest.mark.django_db
def test_codes_of_another_tool_go_on_working():
    program = make_program()
    ada, ben = person("ada@example.com"), person("ben@example.com")
    make_advocate(program, ada)
    rows = [
        ("Ada@Example.com ", "ADA_20.OFF"),
        ("ben@example.com", "ben-1"),
        ("ben@example.com", "ben-2"),
        ("nobody@example.com", "nobody-1"),
        ("ben@example.com", "bad code"),
        ("ben@example.com", "Ben-1"),
    ]

    first = bring_codes(program=program, rows=rows, now=NOW)
    second = bring_codes(program=program, rows=rows, now=NOW)

    assert (first.new, first.known) == (3, 0)
    assert (second.new, second.known) == (0, 3)
    assert [line for line, _ in first.refused] == [4, 5, 6]
    assert find_advocate("ada_20.off").contact_id == ada.pk
    assert find_advocate("BEN-1") == find_advocate("ben-2")
    assert find_advocate("ben-2").contact_id == ben.pk
    assert Advocate.objects.filter(program=program).count() == 2


@pytest.mark.django_db
def test_a_code_that_somebody_has_is_not_taken_over():
    ours = make_advocate()
    ben = person("ben@example.com")

    brought = bring_codes(
        program=ours.program, rows=[("ben@example.com", ours.code)], now=NOW
    )

    assert (brought.new, len(brought.refused)) == (0, 1)
    assert find_advocate(ours.code) == ours != ben
