import json
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories.contacts import make_contact, make_event, make_user
from tests.factories.plans import make_event_type, make_plan, make_source

pytestmark = pytest.mark.django_db
SCHEMA = "/data/schema/"


@pytest.fixture
def reader(client):
    client.force_login(make_user("contacts.view_eventtype"))
    return client


@pytest.fixture
def marketer(client):
    client.force_login(
        make_user(
            "contacts.view_eventtype",
            "contacts.view_contact",
            "audiences.add_audience",
            "audiences.change_audience",
        )
    )
    return client


def names_on(page):
    return [each.name for each in page.context["types"]]


def csv_of(page):
    text = b"".join(page.streaming_content).decode("utf-8-sig")
    return [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize("count", [1, 3])
def test_types_take_the_same_queries(reader, count, django_assert_num_queries):
    source = make_source()
    make_plan({"event": "Event 0"}, source=source)
    for number in range(count):
        make_event_type(
            name=f"Event {number}",
            source=source,
            days={0: 5},
            now=timezone.now(),
            total={"number": 9, "text": 1},
        )
    reader.get(SCHEMA)

    with django_assert_num_queries(11):
        page = reader.get(SCHEMA)

    [first] = [each for each in page.context["types"] if each.name == "Event 0"]
    assert (first.recent, first.sources, first.mixed, first.is_planned) == (
        5,
        [source.name],
        ["total"],
        True,
    )
    assert len(page.context["types"]) == count


def test_types_are_found(reader):
    make_plan({"event": "Paid"}, source=make_source())
    make_event_type(name="Paid")
    make_event_type(name="Left")
    make_event_type(kind="identify", name="")

    def found(**query):
        return names_on(reader.get(f"{SCHEMA}results/", query))

    assert found(q="pai") == ["Paid"]
    assert found(kind="identify") == [""]
    assert found(planned="yes") == ["Paid"]
    assert found(planned="no") == ["", "Left"]
    page = reader.get(f"{SCHEMA}results/", {"q": "zzz"})
    assert "No event matches." in page.content.decode()


def test_empty_schema_says_what_happens(reader):
    assert "No events yet" in reader.get(SCHEMA).content.decode()


def test_schema_is_exported(reader):
    source = make_source(name="Shop")
    make_event_type(
        name="Paid", source=source, days={0: 3}, total={"text": 1, "flag": 1}
    )

    titles, row = csv_of(reader.get(SCHEMA, {"format": "csv"}))

    assert titles[:6] == ["Event", "Kind", "Events", "People", "Sources", "Planned"]
    assert row[:6] == ["Paid", "track", "10", "", "Shop", "no"]
    assert row[-1] == "total"


def test_event_shows_its_properties_and_warns_of_mixed_types(marketer):
    paid = make_event_type(name="Paid", total={"number": 93, "text": 7})

    page = marketer.get(f"{SCHEMA}{paid.pk}/")

    html = page.content.decode()
    assert "“total” comes in several types: 7 % of it is text." in html
    assert "sample of total" in html
    assert page.context["links"] == [
        ("Make an audience of them", "/audiences/audience/add/?event=Paid")
    ]
    titles, row = csv_of(marketer.get(f"{SCHEMA}{paid.pk}/", {"format": "csv"}))
    assert row[:2] == ["total", '"number 93.0%']


def test_samples_are_for_those_who_may_see_people(reader):
    paid = make_event_type(name="Paid", total={"number": 1})

    page = reader.get(f"{SCHEMA}{paid.pk}/")

    assert "sample of total" not in page.content.decode()
    rows = csv_of(reader.get(f"{SCHEMA}{paid.pk}/", {"format": "csv"}))
    assert "sample of total" not in str(rows)


def test_volume_is_drawn_by_source_and_the_rest_together(reader):
    sources = [make_source(name=f"Source {number}") for number in range(6)]
    paid = make_event_type(name="Paid", now=timezone.now())
    today = timezone.now().date()
    for number, source in enumerate(sources):
        paid.volumes.create(source=source, day=today, count=10 - number)
    paid.volumes.create(source=sources[0], day=today - timedelta(days=60), count=100)

    def chart(period):
        page = reader.get(f"{SCHEMA}{paid.pk}/chart/", {"period": period})
        return json.loads(page.context["chart"]), page.context["total"]

    drawn, total = chart("30")
    assert total == 45
    assert [(each["label"], sum(each["data"])) for each in drawn["datasets"]] == [
        ("Source 0", 10),
        ("Source 1", 9),
        ("Source 2", 8),
        ("3 other sources", 18),
    ]
    assert len(drawn["labels"]) == 30
    drawn, total = chart("365")
    assert (total, len(drawn["labels"])) == (145, 53)
    assert chart("nonsense")[1] == 45


def test_people_who_did_it_are_listed_and_exported(marketer, django_assert_num_queries):
    paid = make_event_type(name="Paid")
    ada, ben = make_contact(first_name="Ada"), make_contact(first_name="Ben")
    for contact in (ada, ben, ben):
        make_event(contact, name="Paid")
    people = f"{SCHEMA}{paid.pk}/people/"
    marketer.get(people)

    with django_assert_num_queries(8):
        page = marketer.get(people)

    shown = [
        (contact.first_name, row["count"]) for contact, row in page.context["people"]
    ]
    assert shown == [("Ben", 2), ("Ada", 1)]
    rows = csv_of(marketer.get(people, {"format": "csv"}))
    assert [(row[0], row[3]) for row in rows[1:]] == [("Ben", "2"), ("Ada", "1")]


def test_nobody_does_an_identify(marketer):
    identify = make_event_type(kind="identify", name="")
    make_event(make_contact(), name="")

    page = marketer.get(f"{SCHEMA}{identify.pk}/people/")
    assert page.context["people"] == []
    rows = csv_of(marketer.get(f"{SCHEMA}{identify.pk}/people/", {"format": "csv"}))
    assert len(rows) == 1
    whole = marketer.get(f"{SCHEMA}{identify.pk}/").content.decode()
    assert "Who did it" not in whole


def test_audience_begins_with_the_event(marketer):
    page = marketer.get("/audiences/audience/add/", {"event": "Paid"})

    form = page.context["form"]
    assert form.initial["name"] == "Did Paid"
    [condition] = form.initial["rule"]["conditions"]
    assert (condition["name"], condition["count"]) == ("Paid", 1)


def test_pages_are_refused_without_permission(client, reader):
    paid = make_event_type(name="Secret")
    pages = [SCHEMA, f"{SCHEMA}{paid.pk}/", f"{SCHEMA}{paid.pk}/chart/"]
    assert [reader.get(page).status_code for page in pages] == [200] * 3
    assert reader.get(f"{SCHEMA}{paid.pk}/people/").status_code == 403
    client.force_login(make_user("contacts.view_contact"))

    for page in [*pages, f"{SCHEMA}{paid.pk}/people/"]:
        answer = client.get(page)
        assert answer.status_code == 403
        assert "Secret" not in answer.content.decode()
