from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.sources import disable_source
from tests.factories.contacts import NOW, make_user
from tests.factories.receipts import make_volume
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
LIST = "/data/sources/"


@pytest.fixture
def marketer(client):
    client.force_login(make_user("contacts.view_source"))
    return client


def test_list_shows_how_each_source_is_doing(marketer):
    now = timezone.now()
    shop, app, off = (make_source(name=name) for name in ("Shop", "App", "A till"))
    make_volume(shop, now, accepted=90, rejected=8, blocked=2, duplicate=3)
    make_volume(app, now - timedelta(days=3), accepted=5)
    make_source(name="Fair")
    disable_source(source=off, user=None, now=NOW)

    rows = marketer.get(LIST).context["rows"]

    assert [(row["source"].name, row["state_title"], row["sentence"]) for row in rows] == [
        ("App", "Quiet", "It used to send; the last message came 3 days ago."),
        ("Fair", "Waiting for the first event", "Nothing has arrived yet."),
        (
            "Shop",
            "Has errors",
            "10 of 100 messages were refused in the last 24 hours (10%).",
        ),
        (
            "A till",
            "Off",
            "Whatever it sends is refused, because it has been turned off.",
        ),
    ]  # fmt: skip
    assert rows[2]["bars"][-1] == {
        "title": f"{timezone.localtime(now):%a %H:00}: 90 accepted, 10 refused",
        "x": "230",
        "base": "10.0",
        "accepted": "90.0",
        "top": "0.0",
        "refused": "10.0",
    }


def test_source_that_sends_is_live(marketer):
    make_volume(make_source(), timezone.now(), accepted=1)

    [row] = marketer.get(LIST).context["rows"]

    assert (row["state_title"], row["sentence"]) == (
        "Live",
        "The last message came just now.",
    )


def test_list_can_be_exported(marketer):
    make_volume(make_source(name="Shop"), timezone.now(), accepted=90, duplicate=3)

    answer = marketer.get(LIST, {"format": "csv"})

    header, row = b"".join(answer.streaming_content).decode().splitlines()
    assert header.lstrip("\ufeff") == (
        "Name,Kind,State,Last message,Accepted in 24 hours,Rejected in 24 hours,"
        "Blocked in 24 hours,Duplicates in 24 hours"
    )
    assert row.split(",")[:3] + row.split(",")[4:] == [
        "Shop", "Server", "Live", "90", "0", "0", "3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("permissions", "offered"),
    [(("view_source",), False), (("view_source", "add_source"), True)],
)
def test_empty_list_says_what_to_do_first(client, permissions, offered):
    client.force_login(make_user(*(f"contacts.{name}" for name in permissions)))

    answer = client.get(LIST)

    assert "Nothing sends here yet" in answer.text
    assert ("Add a source" in answer.text) is offered


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_sources_takes_the_same_queries(
    marketer, count, django_assert_num_queries
):
    for _ in range(count):
        make_volume(make_source(), timezone.now(), accepted=1, rejected=1)
    marketer.get(LIST)

    with django_assert_num_queries(6):
        assert len(marketer.get(LIST).context["rows"]) == count


@pytest.mark.parametrize("path", [LIST, f"{LIST}results/"])
def test_list_is_refused_without_permission(client, path):
    client.force_login(make_user("contacts.view_receipt"))

    assert client.get(path).status_code == 403
