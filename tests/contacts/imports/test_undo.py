"""An import is taken back as far as nobody has built on it."""

from datetime import timedelta

import pytest

from contacts import consents, lists
from contacts.attributes import Assertion, assert_attributes, refold
from contacts.identities.find import edit_contact
from contacts.imports import runs
from contacts.imports.retention import expired_backlog, purge_one
from contacts.imports.uploads import upload_path
from contacts.models import (
    AttributeChange,
    Consent,
    ConsentChange,
    Contact,
    ImportRun,
    ListMembership,
    Suppression,
)
from tests.factories.contacts import NOW, make_contact, make_event, make_list
from tests.factories.imports import import_file, make_import, undo_import
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
AFTER_UNDO = NOW + timedelta(days=31)


def test_undo_removes_new_contacts_and_restores_known_ones() -> None:
    chosen = make_list()
    known = make_contact(
        email="known@example.com", first_name="Kim", attributes={"plan": "free"}
    )
    run = import_file(
        "email,first name,last name,plan,city\n"
        "new@example.com,Nia,Ray,pro,Rome\n"
        "known@example.com,Kimberly,Lee,pro,Oslo\n",
        contact_list=chosen,
        policy=ImportRun.Policy.OVERWRITE,
        statement="They ticked the box.",
    )

    undo_import(run, now=LATER)

    known.refresh_from_db()
    assert run.stage == ImportRun.Stage.UNDONE
    assert run.undo_report == {
        "removed": 1,
        "kept_active": 0,
        "restored": 1,
        "kept_changed": 0,
        "taken_off_list": 1,
        "permissions_taken_back": 1,
    }
    assert Contact.objects.get() == known
    assert (known.first_name, known.last_name) == ("Kim", "")
    assert known.attributes == {"plan": "free"}
    assert not ListMembership.objects.exists()
    assert not Consent.objects.exists()
    assert list(
        ConsentChange.objects.order_by("pk").values_list("state", "source")
    ) == [("granted", "import"), ("withdrawn", "import_undone")]


def test_undo_keeps_contacts_to_whom_something_has_happened() -> None:
    run = import_file("email\nactive@example.com\nquiet@example.com\n")
    make_event(Contact.objects.get(email="active@example.com"))

    undo_import(run, now=LATER)

    assert Contact.objects.get().email == "active@example.com"
    assert (run.undo_report["removed"], run.undo_report["kept_active"]) == (1, 1)


def test_undo_keeps_contacts_who_were_put_on_another_list_or_edited() -> None:
    run = import_file("email\nlisted@example.com\nedited@example.com\n")
    listed = Contact.objects.get(email="listed@example.com")
    lists.add_contacts(contact_list=make_list(), contact_ids=[listed.pk], now=LATER)
    Contact.objects.filter(email="edited@example.com").update(updated_at=LATER)

    undo_import(run, now=LATER)

    assert Contact.objects.count() == 2
    assert run.undo_report["kept_active"] == 2


def test_undo_keeps_values_that_somebody_changed_since() -> None:
    known = make_contact(email="known@example.com", first_name="Kim")
    run = import_file("email,last name,city\nknown@example.com,Lee,Rome\n")
    known.refresh_from_db()
    edit_contact(
        contact=known,
        email=known.email,
        fields={"first_name": "Kim", "last_name": "Lee-Ray"},
        attributes=known.attributes,
        now=NOW + timedelta(hours=1),
    )

    undo_import(run, now=LATER)

    known.refresh_from_db()
    assert (known.last_name, known.attributes) == ("Lee-Ray", {})
    assert (run.undo_report["restored"], run.undo_report["kept_changed"]) == (0, 1)


def test_undo_never_removes_a_suppression_or_a_no() -> None:
    run = import_file("email\nann@example.com\n", statement="They ticked the box.")
    contact = Contact.objects.get()
    consents.withdraw(contact=contact, source="unsubscribe_page", now=LATER)

    undo_import(run, now=LATER)

    assert Contact.objects.get() == contact
    assert Suppression.objects.count() == 1
    assert Consent.objects.get().state == "withdrawn"


def test_undo_twice_undoes_once_and_not_for_ever() -> None:
    run = import_file("email\nann@example.com\n")
    old = import_file("email\nbob@example.com\n")

    undo_import(run, now=LATER)

    assert not runs.undo_import(run=run, user=None, now=LATER)
    assert not runs.undo_import(run=old, user=None, now=AFTER_UNDO)
    assert Contact.objects.get().email == "bob@example.com"


def test_purge_deletes_files_and_rows_of_old_imports_only() -> None:
    old = import_file("email\nann@example.com\n")
    fresh = make_import("email\nbob@example.com\n", now=AFTER_UNDO)
    path = upload_path(old.batches.get().path)
    assert path.exists()

    assert expired_backlog(ImportRun, AFTER_UNDO).count == 1
    assert [purge_one(now=AFTER_UNDO), purge_one(now=AFTER_UNDO)] == [1, 0]

    old.refresh_from_db()
    assert old.purged_at == AFTER_UNDO
    assert not path.exists()
    assert not old.rows.exists()
    assert old.counts["new"] == 1
    assert upload_path(fresh.batches.get().path).exists()


def test_journal_of_attributes_knows_the_import_until_it_is_undone() -> None:
    known = make_contact(
        email="known@example.com", first_name="Kim", attributes={"plan": "free"}
    )
    run = import_file(
        "email,first name,plan,city\nknown@example.com,Kim,pro,Oslo\n",
        policy=ImportRun.Policy.OVERWRITE,
    )

    told = AttributeChange.objects.get(contact=known, cause="import")
    assert told.values == {"plan": "pro", "city": "Oslo"}
    assert refold([known.pk], now=NOW) == set()

    undo_import(run, now=LATER)
    assert refold([known.pk], now=NOW) == set()
    assert not AttributeChange.objects.filter(cause="import").exists()


@pytest.mark.parametrize("policy", ImportRun.Policy.values)
def test_file_states_what_was_claimed_until_it_is_taken_back(policy: str) -> None:
    browser = make_source(kind="browser")
    kim = make_contact(email="kim@example.com")

    def claim(plan: str, name: str, number: int) -> None:
        assert_attributes(
            [
                Assertion(
                    contact_id=kim.pk,
                    at=NOW + timedelta(minutes=number),
                    order_key=f"claim:{number}",
                    values={"plan": plan, "first_name": name, "size": number},
                    cause="identify",
                    source_id=browser.pk,
                )
            ],
            now=NOW + timedelta(minutes=number),
        )

    def shown() -> tuple[object, ...]:
        kim.refresh_from_db()
        return kim.first_name, kim.attributes

    claim("pro", "Kim", 1)
    run = import_file(
        "email,first name,last name,plan\nkim@example.com,Kim,,pro\n", policy=policy
    )
    assert shown() == ("Kim", {"plan": "pro", "size": 1})
    told = AttributeChange.objects.get(order_key=f"~import:{run.pk}:repeated")
    assert told.values == {"first_name": "Kim", "plan": "pro"}

    claim("free", "Eve", 2)
    assert shown() == ("Kim", {"plan": "pro", "size": 2})

    undo_import(run, now=LATER)
    assert shown() == ("Eve", {"plan": "free", "size": 2})
