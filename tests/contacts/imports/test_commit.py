"""Checked rows become contacts, once, and never against a person's no."""

from datetime import timedelta

import pytest

from contacts import consents
from contacts.imports import runs
from contacts.models import (
    Consent,
    ConsentChange,
    Contact,
    ImportRun,
    ListMembership,
    Suppression,
)
from contacts.models.consent import ConsentState
from tests.factories.contacts import NOW, make_contact, make_list
from tests.factories.imports import (
    check_import,
    commit_import,
    import_file,
    make_import,
)

pytestmark = pytest.mark.django_db


def people() -> list[tuple[str, str, str]]:
    rows = Contact.objects.order_by("email")
    return list(rows.values_list("email", "first_name", "last_name"))


def test_commit_makes_contacts_with_names_attributes_and_a_place_on_the_list() -> None:
    chosen = make_list()

    run = import_file(
        "Email,First Name,Plan,Points,Language,Time zone\n"
        "Ann@Example.com,Ann,pro,12,German,europe/berlin\n"
        "bob@example.com,Bob,,7.5,,\n",
        contact_list=chosen,
    )

    assert run.stage == ImportRun.Stage.COMMITTED
    assert run.counts == {
        "new": 2,
        "update": 0,
        "unchanged": 0,
        "duplicate": 0,
        "invalid": 0,
        "suppressed": 0,
        "removed": 0,
    }
    assert list(
        Contact.objects.order_by("email").values_list(
            "email", "first_name", "locale", "time_zone", "attributes"
        )
    ) == [
        (
            "ann@example.com",
            "Ann",
            "de",
            "Europe/Berlin",
            {"plan": "pro", "points": 12},
        ),
        ("bob@example.com", "Bob", "", "", {"points": 7.5}),
    ]
    assert set(
        ListMembership.objects.filter(contact_list=chosen).values_list(
            "contact__email", flat=True
        )
    ) == {"ann@example.com", "bob@example.com"}
    assert not Consent.objects.exists()


def test_commit_counts_every_row_of_the_file_once() -> None:
    make_contact(email="known@example.com", first_name="Kim")
    make_contact(email="blank@example.com")
    consents.suppress(
        address="gone@example.com", reason=Suppression.Reason.BOUNCED, now=NOW
    )

    run = import_file(
        "email,first name\n"
        "new@example.com,Nia\n"
        "known@example.com,Kim\n"
        "blank@example.com,Bea\n"
        "new@example.com,Nia\n"
        "nonsense,Noa\n"
        "gone@example.com,Gus\n"
    )

    assert run.counts == {
        "new": 1,
        "update": 1,
        "unchanged": 1,
        "duplicate": 1,
        "invalid": 1,
        "suppressed": 1,
        "removed": 0,
    }
    assert run.row_count == 6
    assert people() == [
        ("blank@example.com", "Bea", ""),
        ("known@example.com", "Kim", ""),
        ("new@example.com", "Nia", ""),
    ]


@pytest.mark.parametrize(
    ("policy", "names", "attributes"),
    [
        ("fill", ("Ann", "Lee"), {"plan": "free", "city": "Rome"}),
        ("overwrite", ("Anna", "Lee"), {"plan": "pro", "city": "Rome"}),
    ],
)
def test_commit_changes_known_people_by_the_policy_and_never_erases(
    policy: str, names: tuple[str, str], attributes: dict[str, str]
) -> None:
    contact = make_contact(
        email="ann@example.com",
        first_name="Ann",
        locale="de",
        attributes={"plan": "free"},
    )

    import_file(
        "email,first name,last name,language,plan,city\n"
        "ann@example.com,Anna,Lee,,pro,Rome\n",
        policy=policy,
    )

    contact.refresh_from_db()
    assert (contact.first_name, contact.last_name) == names
    assert contact.locale == "de"
    assert contact.attributes == attributes


def test_commit_merges_rows_of_one_person_first_value_wins() -> None:
    import_file(
        "email,first name,last name,plan,city\n"
        "ann@example.com,,,pro,\n"
        "ANN@example.com,Ann,,free,Rome\n"
        "ann@example.com,Anna,Lee,,Oslo\n"
    )

    contact = Contact.objects.get()
    assert (contact.first_name, contact.last_name) == ("Ann", "Lee")
    assert contact.attributes == {"plan": "pro", "city": "Rome"}


def test_commit_with_a_statement_grants_permission_and_keeps_the_evidence() -> None:
    make_contact(email="known@example.com")
    run = make_import("email\nnew@example.com\nknown@example.com\n")

    check_import(run)
    commit_import(run, statement="They ticked the box at checkout.")

    changes = ConsentChange.objects.order_by("contact__email")
    batch = run.batches.get()
    files = [{"name": "people.csv", "sha256": batch.digest}]
    assert [
        (change.contact.email, change.state, change.source, change.statement)
        for change in changes
    ] == [
        ("known@example.com", "granted", "import", "They ticked the box at checkout."),
        ("new@example.com", "granted", "import", "They ticked the box at checkout."),
    ]
    assert [change.evidence for change in changes] == [
        {"import": run.pk, "files": files},
        {"import": run.pk, "files": files, "row": 1},
    ]
    assert Consent.objects.filter(state=ConsentState.GRANTED).count() == 2


def test_commit_never_revives_somebody_who_unsubscribed() -> None:
    chosen = make_list()
    contact = make_contact(email="ann@example.com")
    consents.withdraw(contact=contact, source="unsubscribe_page", now=NOW)

    run = import_file(
        "email,first name\nann@example.com,Ann\n",
        contact_list=chosen,
        policy=ImportRun.Policy.OVERWRITE,
        statement="She said yes.",
    )

    contact.refresh_from_db()
    assert run.counts["suppressed"] == 1
    assert contact.first_name == ""
    assert Consent.objects.get().state == ConsentState.WITHDRAWN
    assert Suppression.objects.count() == 1
    assert not ListMembership.objects.exists()


@pytest.mark.parametrize("is_known", [True, False])
def test_commit_respects_a_no_that_came_after_the_check(is_known: bool) -> None:
    if is_known:
        make_contact(email="ann@example.com")
    run = check_import(make_import("email,first name\nann@example.com,Ann\n"))
    if is_known:
        consents.withdraw(
            contact=Contact.objects.get(), source="unsubscribe_page", now=NOW
        )
        Suppression.objects.all().delete()
    else:
        consents.suppress(
            address="ann@example.com", reason=Suppression.Reason.MANUAL, now=NOW
        )

    commit_import(run, statement="She said yes.")

    assert run.counts["suppressed"] == 1
    assert not Consent.objects.filter(state=ConsentState.GRANTED).exists()
    assert not ListMembership.objects.exists()


def test_commit_takes_a_person_who_came_by_another_way_since_the_check() -> None:
    run = check_import(make_import("email,first name\nann@example.com,Ann\n"))
    contact = make_contact(email="ann@example.com")

    commit_import(run)

    contact.refresh_from_db()
    assert Contact.objects.count() == 1
    assert contact.first_name == "Ann"
    assert run.counts["update"] == 1


def test_commit_makes_a_person_new_who_was_erased_since_the_check() -> None:
    contact = make_contact(email="ann@example.com")
    run = check_import(make_import("email,first name\nann@example.com,Ann\n"))
    contact.delete()

    commit_import(run)

    assert people() == [("ann@example.com", "Ann", "")]
    assert run.counts["new"] == 1


def test_commit_twice_imports_once() -> None:
    run = check_import(make_import("email\nann@example.com\n"))

    first = runs.confirm_import(run=run, statement="", user=None, now=NOW)
    second = runs.confirm_import(run=run, statement="Yes", user=None, now=NOW)
    commit_import(run, now=NOW + timedelta(minutes=1))

    run.refresh_from_db()
    assert (first, second) == (True, False)
    assert run.consent_statement == ""
    assert run.confirmed_at == NOW
    assert Contact.objects.count() == 1
