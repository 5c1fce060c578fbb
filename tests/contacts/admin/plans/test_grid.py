import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import expect

from contacts.models import EventType, TrackingPlan
from contacts.plans.edit import save_rows
from contacts.plans.rows import Row, rows_of
from tests.factories.contacts import NOW, make_user
from tests.factories.plans import make_event_type, make_plan

pytestmark = pytest.mark.django_db
TOTAL = {"event": "Paid", "path": "total", "types": "number"}


@pytest.fixture
def marketer(client):
    client.force_login(
        make_user("contacts.view_trackingplan", "contacts.change_trackingplan")
    )
    return client


def post(client, plan, rows, revision=1, check=""):
    text = rows if isinstance(rows, str) else json.dumps(rows)
    values = {"rows": text, "revision": revision, "check": check}
    return client.post(f"/data/plans/{plan.pk}/rows/", values)


@pytest.mark.parametrize("count", [1, 3])
def test_grid_takes_the_same_queries(marketer, count, django_assert_num_queries):
    make_event_type(name="Paid")
    plan = make_plan(*({**TOTAL, "path": f"p{n}"} for n in range(count)))
    marketer.get(f"/data/plans/{plan.pk}/")

    with django_assert_num_queries(9):
        page = marketer.get(f"/data/plans/{plan.pk}/")

    assert [cells["path"] for cells in page.context["cells"]] == [
        f"p{n}" for n in range(count)
    ]
    assert list(page.context["names"]) == ["Paid"]


def test_rows_are_saved_and_checked(marketer):
    plan = make_plan(TOTAL)
    rows = [{"event": "Left", "path": "why"}]

    checked = post(marketer, plan, rows, check="yes")
    assert checked.context["errors"] == []
    assert rows_of(plan) == [Row("track", "Paid", "total", ("number",))]
    saved = post(marketer, plan, rows)

    assert 'data-revision="2"' in saved.content.decode()
    assert "Saved: 1 row, revision 2." in saved.content.decode()
    assert rows_of(plan) == [Row("track", "Left", "why")]
    plan.refresh_from_db()
    assert plan.updated_by == marketer.get("/").wsgi_request.user


def test_wrong_cells_are_named_and_nothing_is_saved(marketer):
    plan = make_plan(TOTAL)

    page = post(marketer, plan, [{"event": "", "path": "a..b"}])

    assert [(each["row"], each["column"]) for each in page.context["errors"]] == [
        (0, "event"),
        (0, "path"),
    ]
    assert "Not saved: 2 cells need another look." in page.content.decode()
    assert len(rows_of(plan)) == 1


def test_conflict_says_who_and_saves_nothing(marketer):
    plan = make_plan(TOTAL)
    other = make_user(username="ben")
    save_rows(plan=plan, rows=[Row("track", "Ben's")], revision=1, user=other, now=NOW)

    page = post(marketer, plan, [{"event": "Mine"}])

    assert "ben changed this plan" in page.content.decode()
    assert rows_of(plan) == [Row("track", "Ben's")]


@pytest.mark.parametrize("rows", ["", "[", "{}", "[1]", "[" * 100_000])
def test_what_is_no_table_is_refused(marketer, rows):
    plan = make_plan(TOTAL)

    page = post(marketer, plan, rows)

    assert [each["message"] for each in page.context["errors"]] == [
        "The rows could not be read."
    ]
    assert len(rows_of(plan)) == 1


def test_plan_goes_out_and_fills_the_grid_again(marketer):
    plan = make_plan(TOTAL, {"event": "Left", "description": "=bad()"})
    page = marketer.get(f"/data/plans/{plan.pk}/", {"format": "csv"})
    content = b"".join(page.streaming_content)
    assert b"'=bad()" in content

    page = marketer.post(
        f"/data/plans/{plan.pk}/", {"file": SimpleUploadedFile("p.csv", content)}
    )

    assert page.context["cells"] == [row.cells() for row in rows_of(plan)]
    assert "Nothing is saved yet" in page.content.decode()


@pytest.mark.parametrize(
    ("file", "message"),
    [(None, "Choose a CSV file first."), (b"a\n", "There is no column “Event”.")],
)
def test_file_that_is_no_plan_is_refused(marketer, file, message):
    plan = make_plan(TOTAL)
    values = {"file": SimpleUploadedFile("p.csv", file)} if file else {}

    page = marketer.post(f"/data/plans/{plan.pk}/", values)

    assert message in page.content.decode()
    assert len(page.context["cells"]) == 1


def test_grid_is_edited_with_the_keyboard(marketer_page, live_server):
    plan = make_plan(TOTAL, {"event": "Left"})
    EventType.objects.all().delete()
    page = marketer_page
    page.goto(f"{live_server.url}/data/plans/{plan.pk}/")
    cells = page.locator("#plan-grid tbody tr")
    expect(cells).to_have_count(2)

    page.locator("tr:nth-child(1) [data-column=path] input").click()
    page.keyboard.type("why")
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr:nth-child(2) [data-column=path] input")).to_be_focused()
    page.keyboard.press("Enter")
    expect(cells).to_have_count(3)
    expect(page.locator("tr:nth-child(3) [data-column=path] input")).to_be_focused()
    page.keyboard.type("a..b")
    wrong = page.locator("tr:nth-child(3) .gl-sheet__error")
    expect(wrong).to_have_text("Write it like total, address.city or products.$.price.")
    page.keyboard.press("Control+a")
    page.keyboard.type("tax")
    expect(wrong).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.type("number")
    page.keyboard.press("Control+s")
    expect(page.locator("#plan-state")).to_contain_text("Saved: 3 rows, revision 2.")
    page.keyboard.press("Control+Delete")
    expect(cells).to_have_count(2)
    page.locator("#plan-form button:not([type])").click()
    expect(page.locator("#plan-state")).to_contain_text("Saved: 2 rows, revision 3.")

    assert rows_of(TrackingPlan.objects.get()) == [
        Row("track", "Left", "why"),
        Row("track", "Paid", "total", ("number",)),
    ]
