from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Funnel
from tests.factories.contacts import make_contact, make_event, make_user

pytestmark = pytest.mark.django_db
FUNNELS = "/data/funnels/"
STAGES = [
    {"name": "Seen", "events": ["seen"]},
    {"name": "Paid", "events": ["paid", "bought"]},
]
FORM = {
    "name": "Shop",
    "window": "30",
    "stage": ["Seen", "Paid"],
    "events-0": ["seen"],
    "events-1": ["paid", "bought", ""],
}


@pytest.fixture
def marketer(client):
    verbs = ("view", "add", "change", "delete")
    client.force_login(
        make_user(
            *(f"contacts.{verb}_funnel" for verb in verbs), "contacts.view_contact"
        )
    )
    return client


@pytest.fixture
def funnel():
    return Funnel.objects.create(name="Shop", stages=STAGES)


def person(name, *events):
    contact = make_contact(first_name=name)
    for event, days in events:
        make_event(contact, name=event, at=timezone.now() - timedelta(days=days))
    return contact


def csv_of(page):
    text = b"".join(page.streaming_content).decode("utf-8-sig")
    return [line.split(",") for line in text.splitlines()]


def test_funnel_is_made_listed_changed_and_deleted(marketer):
    assert "No funnel yet" in marketer.get(FUNNELS).content.decode()

    answer = marketer.post(f"{FUNNELS}new/", FORM)

    funnel = Funnel.objects.get()
    assert answer.url == f"{FUNNELS}{funnel.pk}/"
    assert (funnel.name, funnel.stages, funnel.window_days) == ("Shop", STAGES, 30)
    assert "Seen" in marketer.get(FUNNELS).content.decode()
    assert 'value="bought"' in marketer.get(f"{answer.url}edit/").content.decode()
    marketer.post(f"{answer.url}edit/", {**FORM, "name": "Store"})
    funnel.refresh_from_db()
    assert funnel.name == "Store"
    assert "Delete “Store”?" in marketer.get(f"{answer.url}delete/").content.decode()
    marketer.post(f"{answer.url}delete/")
    assert not Funnel.objects.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Name the funnel."),
        ({"window": "soon"}, "The window has 1 to 730 days."),
        ({"events-1": [""]}, "Say which event means “Paid”."),
    ],
)
def test_wrong_form_says_what_is_right_and_keeps_what_was_typed(
    marketer, changes, message
):
    page = marketer.post(f"{FUNNELS}new/", {**FORM, **changes})

    html = page.content.decode()
    assert message in html
    assert 'value="seen"' in html
    assert not Funnel.objects.exists()


def test_template_is_filled_with_what_has_happened(marketer):
    person("Ada", ("order_completed", 1))

    page = marketer.get(f"{FUNNELS}new/", {"template": "product"})

    assert [(stage.name, stage.events) for stage in page.context["stages"]] == [
        ("Visited", ()),
        ("Signed up", ()),
        ("Activated", ()),
        ("Ordered", ("order_completed",)),
    ]


@pytest.mark.parametrize(
    ("do", "names", "events"),
    [
        ("add", ["Seen", "Paid", ""], [1, 3, 0]),
        ("event:0", ["Seen", "Paid"], [2, 3]),
        ("up:1", ["Paid", "Seen"], [3, 1]),
        ("up:0", ["Seen", "Paid"], [1, 3]),
        ("remove:0", ["Paid"], [3]),
        ("remove:9", ["Seen", "Paid"], [1, 3]),
        ("jump", ["Seen", "Paid"], [1, 3]),
    ],
)
def test_buttons_rearrange_the_form(marketer, do, names, events):
    page = marketer.post(f"{FUNNELS}new/stages/", {**FORM, "do": do})

    stages = page.context["stages"]
    assert [stage.name for stage in stages] == names
    assert [len(stage.events) for stage in stages] == events
    assert not Funnel.objects.exists()


def test_page_loads_its_numbers_later(marketer, funnel, django_assert_num_queries):
    person("Ada", ("seen", 5), ("paid", 4))
    person("Ben", ("seen", 5))
    page = f"{FUNNELS}{funnel.pk}/"
    marketer.get(page)

    with django_assert_num_queries(5):
        html = marketer.get(page).content.decode()
    assert f'hx-get="{page}results/?period=90"' in html
    with django_assert_num_queries(10):
        part = marketer.get(f"{page}results/", {"period": "30"})

    assert [row.count for row in part.context["report"].stages] == [2, 1]
    html = part.content.decode()
    assert f"{page}people/?period=30&amp;stage=1&amp;stayed=yes" in html
    rows = csv_of(marketer.get(page, {"format": "csv"}))
    assert rows[:2] == [["Week from", "Seen", "Paid"], ["90 days", "2", "1"]]


def test_funnel_without_people_says_so(marketer, funnel):
    part = marketer.get(f"{FUNNELS}{funnel.pk}/results/", {"period": "x"})

    assert "Nobody began in this period" in part.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_people_take_the_same_queries(
    marketer, funnel, count, django_assert_num_queries
):
    for number in range(count):
        person(f"Ada {number}", ("seen", 5))
    people = f"{FUNNELS}{funnel.pk}/people/results/"
    marketer.get(people)

    with django_assert_num_queries(14):
        page = marketer.get(people, {"stage": "1", "stayed": "yes"})

    assert len(page.context["people"]) == count


def test_people_behind_a_number_are_shown_and_exported(marketer, funnel):
    person("Ada", ("seen", 5), ("paid", 4))
    person("Ben", ("seen", 40))
    people = f"{FUNNELS}{funnel.pk}/people/"
    monday = timezone.now().date() - timedelta(days=40)
    monday -= timedelta(days=monday.weekday())

    def names(**query):
        page = marketer.get(f"{people}results/", query)
        return [each.contact.first_name for each in page.context["people"]]

    assert names(stage="1") == ["Ada", "Ben"]
    assert names(stage="1", stayed="yes") == ["Ben"]
    assert names(stage="1", week=monday.isoformat()) == ["Ben"]
    assert names(stage="1", week="2026-99-99") == ["Ada", "Ben"]
    assert names(stage="2", period="30") == ["Ada"]
    page = marketer.get(people, {"stage": "1", "stayed": "yes"})
    assert "“Seen” reached, “Paid” not" in page.context["title"]
    rows = csv_of(marketer.get(people, {"stage": "2", "format": "csv"}))
    assert [row[0] for row in rows] == ["First name", "Ada"]
    for stage in ("0", "3", "x"):
        assert marketer.get(people, {"stage": stage}).status_code == 404


def test_pages_are_refused_without_permission(client, funnel):
    page = f"{FUNNELS}{funnel.pk}/"
    client.force_login(make_user("contacts.view_funnel"))
    for part in (FUNNELS, page, f"{page}results/"):
        assert client.get(part).status_code == 200
    for part in (f"{FUNNELS}new/", f"{page}edit/", f"{page}delete/", f"{page}people/"):
        assert client.get(part).status_code == 403
    client.force_login(make_user("contacts.view_contact"))

    for part in (FUNNELS, page, f"{page}results/", f"{page}people/"):
        answer = client.get(part)
        assert answer.status_code == 403
        assert "Shop" not in answer.content.decode()


def test_funnel_is_made_in_a_browser(marketer_page, live_server):
    person("Ada", ("seen", 5), ("paid", 4))
    page = marketer_page
    page.goto(f"{live_server.url}{FUNNELS}new/")
    page.locator("#id_name").fill("Shop")
    page.get_by_label("Name of stage 1").fill("Seen")
    page.get_by_label("Event of stage 1").fill("seen")
    page.get_by_label("Name of stage 2").fill("Paid")
    page.get_by_label("Event of stage 2").fill("bought")
    page.get_by_role("button", name="or another event").nth(1).click()
    page.get_by_label("Event of stage 2").nth(1).fill("paid")
    page.get_by_role("button", name="Save and count").click()
    expect(page.locator("#funnel-report")).to_contain_text("1 of 1 people")

    assert Funnel.objects.get().stages == [
        {"name": "Seen", "events": ["seen"]},
        {"name": "Paid", "events": ["bought", "paid"]},
    ]
