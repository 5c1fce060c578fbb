"""A column of user ids gives people a second name, and never merges two of them."""

from datetime import timedelta

import pytest

from contacts.imports import runs
from contacts.models import Contact, Identifier, IdentifierLink
from tests.factories.contacts import NOW, make_contact
from tests.factories.imports import check_import, make_import, work_off

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def bring(text):
    """Import a file with the columns of its header."""
    run = check_import(make_import(text), now=LATER)
    return commit(run)


def commit(run):
    runs.confirm_import(run=run, statement="", user=None, now=LATER)
    work_off(now=LATER)
    run.refresh_from_db()
    return run


def user_ids():
    """Whom each user id names."""
    found = Identifier.objects.filter(kind="user_id")
    return dict(found.order_by("value").values_list("value", "contact__email"))


def judged(run):
    """The rows by line: what they are, and why."""
    return list(run.rows.order_by("number").values_list("email", "state", "reason"))


def test_a_new_person_gets_the_user_id_as_a_name_and_not_as_an_attribute():
    run = bring("Email,User ID,Plan\nann@example.com,u1,pro\nbob@example.com,,free\n")

    assert user_ids() == {"u1": "ann@example.com"}
    assert Contact.objects.get(email="ann@example.com").attributes == {"plan": "pro"}
    assert run.counts["new"] == 2
    assert IdentifierLink.objects.count() == 1


def test_a_known_person_gets_it_and_is_counted_as_changed():
    make_contact(email="ann@example.com")
    make_contact(email="bob@example.com", user_id="u2")
    text = "email,user_id\nann@example.com,u1\nbob@example.com,u2\n"
    checked = check_import(make_import(text), now=LATER)
    before = checked.counts
    run = commit(checked)

    assert (before["update"], before["unchanged"]) == (1, 1)
    assert (run.counts["update"], run.counts["unchanged"]) == (1, 1)
    assert user_ids() == {"u1": "ann@example.com", "u2": "bob@example.com"}


def test_a_row_whose_names_lead_to_two_people_is_refused():
    make_contact(email="ann@example.com")
    make_contact(email="bob@example.com", user_id="u2")
    run = bring("email,user_id\nann@example.com,u2\nnew@example.com,u2\n")

    assert judged(run) == [
        ("ann@example.com", "invalid", "user_id_taken"),
        ("new@example.com", "invalid", "user_id_twice"),
    ]
    assert user_ids() == {"u2": "bob@example.com"}


def test_rows_that_disagree_with_an_earlier_one_are_refused_and_twins_merged():
    run = bring(
        "email,user_id\n"
        "ann@example.com,u1\n"
        "ben@example.com,u1\n"
        "ann@example.com,u9\n"
        "ann@example.com,\n"
        "cat@example.com,\n"
        "cat@example.com,u3\n"
    )

    assert judged(run) == [
        ("ann@example.com", "new", ""),
        ("ben@example.com", "invalid", "user_id_twice"),
        ("ann@example.com", "invalid", "user_id_differs"),
        ("ann@example.com", "duplicate", "duplicate"),
        ("cat@example.com", "new", ""),
        ("cat@example.com", "duplicate", "duplicate"),
    ]
    assert user_ids() == {"u1": "ann@example.com", "u3": "cat@example.com"}


@pytest.mark.parametrize("value", ["null", "0", "N/A"])
def test_what_names_nobody_is_left_out_with_a_warning(value):
    run = bring(f"email,user_id\nann@example.com,{value}\n")

    assert run.rows.get().warnings == "bad_user_id"
    assert user_ids() == {}
    assert Contact.objects.get().attributes == {}


def test_one_that_is_too_long_is_refused():
    run = bring(f"email,user_id\nann@example.com,{'x1' * 128}\n")

    assert judged(run) == [("ann@example.com", "invalid", "user_id_too_long")]


def test_a_second_check_gives_the_same():
    make_contact(email="bob@example.com", user_id="u2")
    run = check_import(make_import("email,user_id\nann@example.com,u2\n"), now=LATER)
    first = judged(run)
    Identifier.objects.filter(kind="user_id").delete()

    assert first == [("ann@example.com", "invalid", "user_id_taken")]
    assert judged(check_import(run, now=LATER)) == [("ann@example.com", "new", "")]


def test_who_took_the_user_id_since_the_check_keeps_it():
    run = check_import(make_import("email,user_id\nann@example.com,u1\n"), now=LATER)
    make_contact(email="bob@example.com", user_id="u1")

    assert judged(commit(run)) == [("ann@example.com", "invalid", "user_id_taken")]
    assert user_ids() == {"u1": "bob@example.com"}


def test_undoing_takes_the_user_ids_back():
    make_contact(email="ann@example.com", user_id="u0")
    links = IdentifierLink.objects.count()
    run = bring("email,user_id\nann@example.com,u1\nnew@example.com,u2\n")
    runs.undo_import(run=run, user=None, now=LATER)
    work_off(now=LATER + timedelta(hours=1))

    assert user_ids() == {"u0": "ann@example.com"}
    assert list(Contact.objects.values_list("email", flat=True)) == ["ann@example.com"]
    assert IdentifierLink.objects.count() == links
