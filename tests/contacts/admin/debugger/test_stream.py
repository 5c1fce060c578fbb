import re
from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.admin.debugger import stream
from contacts.models import Identifier
from tests.factories.contacts import make_contact, make_user
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
PAGE = "/data/debugger/"
LIVE = "/data/debugger/live/"
OLDER = "/data/debugger/older/"


@pytest.fixture
def developer(client):
    client.force_login(make_user("contacts.view_receipt", "contacts.view_contact"))
    return client


@pytest.fixture
def source():
    return make_source(name="Shop")


def shown(answer):
    return [int(pk) for pk in re.findall(r'id="message-(\d+)"', answer.text)]


def old(minutes=5):
    return timezone.now() - timedelta(minutes=minutes)


def test_page_shows_every_message_newest_first(developer, source):
    ada = make_contact(user_id="ada", first_name="Ada", last_name="Lovelace")
    own = Identifier.objects.get(value="ada")
    first = make_receipt(source, identifier_id=own.pk, user_id="ada", copies=2)
    second = make_receipt(
        source,
        kind="identify",
        name="",
        user_id="",
        anonymous_id="9f86d081-884c",
        state="rejected",
        reason="no_identifier",
        details="It names nobody.",
        flags=["clamped"],
        is_historical=True,
    )
    third = make_receipt(None, kind="", name="", user_id="", state="rejected")

    answer = developer.get(PAGE)

    assert shown(answer) == [third.pk, second.pk, first.pk]
    lines = answer.context["lines"]
    assert [(line.title, line.who, line.source) for line in lines] == [
        ("Not understood", "–", "Unknown source"),
        ("Says who it is", "Visitor 9f86d081", "Shop"),
        ("Order Completed", ada.name, "Shop"),
    ]
    assert [line.marks for line in lines] == [
        [],
        ["From the future", "Historical"],
        ["Arrived 3×"],
    ]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}results/", OLDER, LIVE])
@pytest.mark.parametrize("missing", ["view_contact", "view_receipt"])
def test_pages_are_refused_without_permission(client, path, missing):
    given = {"view_contact", "view_receipt"} - {missing}
    client.force_login(make_user(*(f"contacts.{name}" for name in given)))

    assert client.get(path).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_messages_takes_the_same_queries(
    developer, source, count, django_assert_num_queries
):
    for number in range(count):
        make_contact(user_id=f"user{number}")
        own = Identifier.objects.get(value=f"user{number}")
        make_receipt(source, identifier_id=own.pk)
    developer.get(PAGE)

    with django_assert_num_queries(11):
        assert len(shown(developer.get(PAGE))) == count


def test_form_narrows_the_list_and_names_the_view(developer, source):
    make_receipt(source)
    page = make_receipt(source, kind="page", name="Page Viewed")

    answer = developer.get(
        f"{PAGE}results/",
        {"kind": "page", "q": "", "source": source.pk, "state": "accepted"},
    )

    assert shown(answer) == [page.pk]
    assert answer["HX-Push-Url"] == (
        f"/data/debugger/?kind=page&source={source.pk}&state=accepted"
    )
    assert developer.get(f"{PAGE}results/")["HX-Push-Url"] == "/data/debugger/"


def test_nonsense_in_the_address_narrows_nothing(developer, source):
    receipt = make_receipt(source)

    answer = developer.get(
        PAGE, {"source": "x", "kind": "\0", "state": "odd", "flag": "odd"}
    )

    assert shown(answer) == [receipt.pk]


def test_person_is_found_by_any_identifier(developer, source):
    make_contact(email="ada@example.com", user_id="ada")
    make_receipt(source)
    refused = make_receipt(source, user_id="ada", state="rejected")

    for person in ("ada", "Ada@Example.com"):
        assert shown(developer.get(PAGE, {"person": person})) == [refused.pk]


def test_unknown_person_is_said_and_finds_nothing(developer, source):
    make_receipt(source)

    answer = developer.get(PAGE, {"person": "nobody"})

    assert shown(answer) == []
    assert "Nobody is known as “nobody”" in answer.text
    for paused in "01":
        part = developer.get(LIVE, {"person": "nobody", "after": 0, "paused": paused})
        assert shown(part) == []


def test_older_messages_follow(developer, source, monkeypatch):
    rows = [make_receipt(source) for _ in range(53)]

    answer = developer.get(PAGE)
    further = developer.get(OLDER, {"before": rows[3].pk})

    assert answer.context["walk"].next_id == rows[3].pk
    assert f"before={rows[3].pk}" in answer.text
    assert shown(further) == [row.pk for row in rows[2::-1]]
    assert "That is the oldest message." in further.text


def test_live_part_brings_what_came_since(developer, source):
    before = make_receipt(source, at=old())
    page = developer.get(PAGE)
    assert page.context["after"] == before.pk
    new = make_receipt(source, at=timezone.now())

    answer = developer.get(LIVE, {"after": before.pk})

    assert shown(answer) == [new.pk]
    # It was written a moment ago: a lower id may still be on its way.
    assert answer.context["after"] == before.pk
    assert shown(developer.get(LIVE, {"after": before.pk, "kind": "page"})) == []


def test_paused_part_counts_and_stays(developer, source):
    before = make_receipt(source, at=old())
    make_receipt(source)
    make_receipt(source, kind="page")

    answer = developer.get(LIVE, {"after": before.pk, "paused": "1"})

    assert shown(answer) == []
    assert "Show 2 new" in answer.text
    assert f"after={before.pk}&amp;paused=0" in answer.text
    quiet = developer.get(LIVE, {"after": before.pk, "paused": "1", "kind": "group"})
    assert "Resume" in quiet.text


def test_flood_takes_the_place_of_the_list(developer, source, monkeypatch):
    monkeypatch.setattr(stream, "MOST_AT_ONCE", 2)
    rows = [make_receipt(source, at=old()) for _ in range(4)]

    answer = developer.get(LIVE, {"after": rows[0].pk})

    assert shown(answer) == [row.pk for row in rows[::-1]]
    assert 'hx-swap-oob="innerHTML:#messages"' in answer.text
    assert answer.context["after"] == rows[-1].pk


def test_empty_debugger_leads_to_the_first_source(developer):
    assert "Nothing sends here yet" in developer.get(PAGE).text

    make_source()

    assert "No message yet." in developer.get(PAGE).text
