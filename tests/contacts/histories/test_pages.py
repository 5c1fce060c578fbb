"""The wizard for past events by HTTP, and who may see it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.imports.uploads import delete_upload
from contacts.models import Event, HistoryRun
from tests.factories.contacts import make_contact, make_user
from tests.factories.histories import check_history, import_history, make_history, work

pytestmark = pytest.mark.django_db
CSV = b"What,Email,When,Total\nLeft,ann@example.com,3/4/2025 10:00,5\n"
ROW = "Left,ann@example.com,2026-01-05,1"


def link(name, *arguments):
    return reverse(f"admin:contacts_history_{name}", args=arguments)


def text_of(response):
    return response.content.decode()


def upload(client, content, name="events.csv", **headers):
    return client.post(
        link("start"), {"file": SimpleUploadedFile(name, content)}, headers=headers
    )


COLUMNS = {
    "0-field": "event",
    "1-field": "email",
    "2-field": "time",
    "3-field": "property",
    "3-name": "total",
    "3-type": "number",
    "time_zone": "Europe/Berlin",
}


def test_wizard_takes_a_file_from_upload_to_undo(admin_client):
    uploaded = upload(admin_client, CSV)
    run = HistoryRun.objects.get()
    assert uploaded.url == link("columns", run.pk)
    columns = text_of(admin_client.get(uploaded.url))
    assert "3/4/2025 10:00" in columns
    assert "nobody can tell whether the day or the month comes first" in columns

    refused = admin_client.post(uploaded.url, COLUMNS)
    assert "Say whether the day or the month comes first" in text_of(refused)

    mapped = admin_client.post(uploaded.url, {**COLUMNS, "date_order": "day"})
    assert mapped.url == link("review", run.pk)
    assert "Checking every row" in text_of(admin_client.get(mapped.url))
    work()

    review = text_of(admin_client.get(mapped.url))
    assert "Review 1 row" in review
    assert "2025-04-03 08:00:00" in review
    assert "<strong>0</strong> <span>campaigns will be started" in review
    assert not Event.objects.exists()

    confirmed = admin_client.post(mapped.url, {"action": "confirm"})
    assert confirmed.url == link("result", run.pk)
    assert "Importing past events" in text_of(admin_client.get(confirmed.url))
    work()

    result = text_of(admin_client.get(confirmed.url))
    assert "Nobody was asked because of it." in result
    assert Event.objects.get().properties == {"total": 5}

    admin_client.post(confirmed.url, {"action": "undo"})
    work()
    assert "events taken back" in text_of(admin_client.get(confirmed.url))
    assert not Event.objects.exists()


def test_lines_of_json_go_straight_to_the_review(admin_client):
    line = b'{"event": "Left", "userId": "u1", "timestamp": "2026-01-05"}\n'

    uploaded = upload(admin_client, line, "all.jsonl", **{"HX-Request": "true"})

    run = HistoryRun.objects.get()
    assert uploaded.headers["HX-Redirect"] == link("review", run.pk)
    work()
    assert admin_client.get(link("columns", run.pk)).url == link("review", run.pk)
    assert "u1" in text_of(admin_client.get(link("review", run.pk)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "Choose a file first."), (b"%PDF-1.4 x", "This is a PDF, not a CSV file.")],
)
def test_what_is_no_file_of_events_is_refused(admin_client, content, sentence):
    response = (
        upload(admin_client, content) if content else admin_client.post(link("start"))
    )

    assert sentence in text_of(response)
    assert not HistoryRun.objects.exists()


def test_file_is_read_in_another_way_at_once(admin_client):
    upload(admin_client, CSV.replace(b",", b"|"))
    run = HistoryRun.objects.get()

    part = admin_client.post(
        link("reading", run.pk),
        {"encoding": "utf-8", "delimiter": "|", "has_header": "0"},
    )

    assert "Column 1" in text_of(part)
    assert "<html" not in text_of(part)
    wrong = admin_client.post(link("reading", run.pk), {"encoding": "klingon"})
    assert "Choose how the file is read." in text_of(wrong)


def test_what_happens_to_strangers_is_checked_again(admin_client):
    run = check_history(ROW)

    admin_client.post(link("review", run.pk), {"action": "people", "makes_people": "0"})
    work()

    review = text_of(admin_client.get(link("review", run.pk)))
    assert "There is nothing to import" in review
    assert "Of unknown people" in review


def test_rows_can_be_looked_at_by_kind_and_cause(admin_client):
    make_contact(email="ann@example.com")
    run = check_history(
        ROW,
        "Left,nobody,2026-01-05,1",
        *[f"Left,ann@example.com,2026-01-05,{n}" for n in range(2, 60)],
    )

    wrong = text_of(admin_client.get(link("review", run.pk), {"kind": "invalid"}))
    cause = text_of(
        admin_client.get(link("review_rows", run.pk), {"cause": "email_invalid"})
    )
    later = text_of(admin_client.get(link("review_rows", run.pk), {"after": "50"}))

    assert "This is not an email address." in wrong
    assert cause.count("<tr>") == 2
    assert later.count("<tr>") == 11
    assert "No rows here" in text_of(
        admin_client.get(link("review_rows", run.pk), {"kind": "known"})
    )


def test_errors_come_as_a_file(admin_client):
    run = import_history(ROW, "Left,nobody,2026-01-05,1")

    response = admin_client.get(link("errors", run.pk))

    assert response.headers["Content-Disposition"] == (
        'attachment; filename="events-errors.csv"'
    )
    assert b"email_invalid" in b"".join(response.streaming_content)
    assert "Errors of events.csv" in text_of(admin_client.get(link("result", run.pk)))


def test_errors_go_with_the_file(admin_client):
    run = import_history(ROW, "Left,nobody,2026-01-05,1")
    delete_upload(run.path)

    assert admin_client.get(link("errors", run.pk)).status_code == 404
    assert "Errors of" not in text_of(admin_client.get(link("result", run.pk)))


def test_import_that_has_not_begun_is_thrown_away(admin_client):
    run = check_history(ROW)
    done = import_history(ROW)

    admin_client.post(link("discard", run.pk))
    kept = admin_client.post(link("discard", done.pk))

    assert kept.url == link("result", done.pk)
    assert list(HistoryRun.objects.all()) == [done]


def test_pages_lead_to_where_the_import_is(admin_client):
    fresh, checked, done = make_history(ROW), check_history(ROW), import_history(ROW)

    assert admin_client.get(link("review", fresh.pk)).url == link("columns", fresh.pk)
    assert admin_client.get(link("result", checked.pk)).url == link(
        "review", checked.pk
    )
    for name in ("review", "columns"):
        assert admin_client.get(link(name, done.pk)).url == link("result", done.pk)
    for name in ("columns", "reading", "review"):
        assert admin_client.post(
            link(name, done.pk),
            {
                **COLUMNS,
                "action": "check",
                "encoding": "utf-8",
                "delimiter": ",",
                "has_header": "1",
            },
        ).url == link("result", done.pk)


def test_list_shows_imports_and_leads_to_them(admin_client, django_assert_num_queries):
    address = reverse("admin:contacts_historyrun_changelist")
    assert "No past events imported yet" in text_of(admin_client.get(address))

    run = import_history(ROW, "x")

    shown = text_of(admin_client.get(address))
    assert "events.csv" in shown
    assert "1 new · 1 invalid" in shown
    change = reverse("admin:contacts_historyrun_change", args=[run.pk])
    assert admin_client.get(change).url == link("result", run.pk)


def test_who_may_only_look_changes_nothing(client):
    run = import_history(ROW)
    client.force_login(make_user("contacts.view_historyrun", "contacts.view_contact"))

    assert client.get(link("result", run.pk)).status_code == 200
    assert client.post(link("result", run.pk), {"action": "undo"}).status_code == 403
    assert client.get(link("start")).status_code == 403
    assert client.get(link("review", run.pk)).status_code == 403
    run.refresh_from_db()
    assert run.stage == "committed"


def test_sample_can_be_imported_as_it_is(admin_client):
    sample = admin_client.get(link("sample")).content

    uploaded = upload(admin_client, sample, "sample.csv")
    columns = HistoryRun.objects.get().columns

    assert [(column["field"], column["name"]) for column in columns] == [
        ("event", ""),
        ("user_id", ""),
        ("email", ""),
        ("time", ""),
        ("message_id", ""),
        ("property", "total"),
        ("property", "plan"),
    ]
    assert uploaded.status_code == 302
