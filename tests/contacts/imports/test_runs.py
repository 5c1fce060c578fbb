"""The marketer's verbs refuse what has gone on, and whoever comes second."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from contacts import work
from contacts.imports import batches, consequences, runs
from contacts.imports.advance import advance_import
from contacts.imports.uploads import UploadRefused, upload_path
from contacts.models import Contact, ContactList, ImportRun
from contacts.models.work import WorkState
from tests.factories.contacts import NOW, make_contact
from tests.factories.imports import (
    add_file,
    check_import,
    commit_import,
    import_file,
    make_import,
    work_off,
)


@pytest.mark.django_db
def test_check_again_after_removing_a_row_frees_its_duplicates() -> None:
    run = check_import(
        make_import("email,first name\nann@example.com,Ann\nann@example.com,Anna\n")
    )
    assert (run.counts["new"], run.counts["duplicate"]) == (1, 1)

    runs.remove_rows(run=run, numbers=[1], now=NOW)
    work_off()
    run.refresh_from_db()
    commit_import(run)

    assert Contact.objects.get().first_name == "Anna"
    assert run.counts == {
        "new": 1,
        "update": 0,
        "unchanged": 0,
        "duplicate": 0,
        "invalid": 0,
        "suppressed": 0,
        "removed": 1,
    }


@pytest.mark.django_db
def test_check_again_with_another_policy_counts_anew() -> None:
    make_contact(email="ann@example.com", first_name="Ann")
    run = check_import(make_import("email,first name\nann@example.com,Anna\n"))
    assert run.counts["unchanged"] == 1

    check_import(run, policy=ImportRun.Policy.OVERWRITE)

    assert (run.counts["update"], run.counts["unchanged"]) == (1, 0)


@pytest.mark.django_db
def test_check_joins_duplicates_across_batches_and_forgets_a_removed_batch() -> None:
    run = make_import("email\nann@example.com\n")
    second = add_file(
        run, "email,first name\nann@example.com,Ann\nbob@example.com,Bob\n"
    )
    check_import(run)
    assert (run.counts["new"], run.counts["duplicate"]) == (2, 1)

    batches.remove_batch(batch=second)
    check_import(run)

    assert (run.counts["new"], run.counts["duplicate"], run.row_count) == (1, 0, 1)
    assert not upload_path(second.path).exists()


@pytest.mark.django_db
def test_verbs_are_refused_once_the_import_has_gone_on() -> None:
    run = import_file("email\nann@example.com\n")
    batch = run.batches.get()

    with pytest.raises(batches.ImportClosed):
        add_file(run, "email\nbob@example.com\n")
    with pytest.raises(batches.ImportClosed):
        batches.remove_batch(batch=batch)
    with pytest.raises(batches.ImportClosed):
        runs.start_check(run=run, policy="fill", now=NOW)
    with pytest.raises(batches.ImportClosed):
        runs.remove_rows(run=run, numbers=[1], now=NOW)
    with pytest.raises(batches.ImportClosed):
        runs.discard_import(run=run)


@pytest.mark.django_db
def test_check_needs_every_batch_mapped() -> None:
    with pytest.raises(batches.ImportClosed):
        runs.start_check(run=make_import(), policy="fill", now=NOW)


@pytest.mark.django_db
def test_discard_leaves_nothing_behind() -> None:
    run = check_import(make_import("email\nann@example.com\n"))
    path = upload_path(run.batches.get().path)

    runs.discard_import(run=run)

    assert not ImportRun.objects.exists()
    assert not path.exists()


@pytest.mark.django_db
def test_mapping_is_remembered_for_the_same_headers() -> None:
    columns = batches.mapping.read_columns(
        [
            {"field": "email"},
            {"field": "attribute", "name": "shoe_size", "type": "number"},
        ]
    )
    make_import("Email,Size\nann@example.com,41\n", columns=columns)

    batch = batches.add_file(
        run=make_import(), name="b.csv", chunks=[b"EMAIL;Size \nb@x.com;2\n"], now=NOW
    )

    assert batches.mapping.read_columns(batch.columns) == columns


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "Type at least one email"),
        ("a@b.com\n" * 1001, "These are 1,001 emails; up to 1,000 can be typed."),
    ],
)
def test_typed_emails_have_limits(text: str, message: str) -> None:
    with pytest.raises(UploadRefused, match=message):
        batches.add_typed(run=make_import(), text=text, now=NOW)


@pytest.mark.django_db
def test_import_that_was_stopped_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contacts.imports.commit.CHUNK", 2)
    monkeypatch.setattr("contacts.imports.advance.TURN_SECONDS", 0.0001)
    rows = "".join(f"p{n}@example.com\n" for n in range(5))
    run = check_import(make_import(f"email\n{rows}"))
    runs.confirm_import(run=run, statement="", user=None, now=NOW)
    work.advance_one(ImportRun, advance_import, now=NOW)
    run.refresh_from_db()
    work.request_cancel(run, now=NOW)
    work_off()
    run.refresh_from_db()
    assert (run.state, Contact.objects.count()) == (WorkState.CANCELED, run.cursor)
    assert 0 < run.cursor < 5

    assert runs.resume_import(run=run, now=NOW)
    work_off()
    run.refresh_from_db()

    assert (run.stage, run.counts["new"]) == (ImportRun.Stage.COMMITTED, 5)
    assert Contact.objects.count() == 5
    assert not runs.resume_import(run=run, now=NOW)


@pytest.mark.django_db
def test_check_of_a_file_that_cannot_be_read_on_says_the_line() -> None:
    content = (
        b"email\n" + b"ann@example.com\n" * 3 + "jürgen@example.com\n".encode("cp1252")
    )
    run = make_import(content)
    run.batches.update(encoding="utf-8")

    check_import(run)

    assert run.state == WorkState.FAILED
    assert "cannot be read in this encoding" in run.error


@pytest.mark.django_db
def test_check_refuses_more_rows_than_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contacts.imports.staging.MAX_ROWS", 2)

    run = check_import(make_import("email\na@b.com\nc@d.com\ne@f.com\n"))

    assert run.state == WorkState.FAILED
    assert "There are more than 1,000,000 rows." in run.error
    assert not run.rows.exists()


@pytest.mark.django_db
def test_consequences_and_next_steps_are_said_by_the_apps_above(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consequences, "SOURCES", [])
    monkeypatch.setattr(consequences, "NEXT_STEPS", [])
    chosen = make_import().contact_list
    assert chosen is not None

    def say(contact_list: ContactList, people: int) -> list[consequences.Consequence]:
        return [consequences.Consequence(f"{people} people join {contact_list}")]

    def offer(contact_list: ContactList) -> consequences.NextStep:
        return consequences.NextStep("Ask them", "In a campaign.", "/campaigns/")

    consequences.register(say)
    consequences.register_next_step(offer)

    assert consequences.consequences_of(chosen, 3) == [
        consequences.Consequence(f"3 people join {chosen}")
    ]
    assert consequences.next_steps(chosen) == [
        consequences.NextStep("Ask them", "In a campaign.", "/campaigns/")
    ]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_two_connections_confirm_once() -> None:
    run = check_import(make_import("email\nann@example.com\n"))
    answers: list[bool] = []
    barrier = threading.Barrier(2)

    def click(minute: int) -> None:
        barrier.wait()
        answers.append(
            runs.confirm_import(
                run=run, statement="", user=None, now=NOW + timedelta(minutes=minute)
            )
        )
        connection.close()

    threads = [threading.Thread(target=click, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_off()

    assert sorted(answers) == [False, True]
    assert Contact.objects.count() == 1
