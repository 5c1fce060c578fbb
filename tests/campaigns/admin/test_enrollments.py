import pytest
from django.urls import reverse

from campaigns.flows.edits import new_step
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_contact,
    make_enrollment,
    make_hold,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def running():
    campaign = make_campaign(
        state="running", steps=[new_step("email", key="ask", name="Ask")]
    )
    ana = make_contact(first_name="Ana", last_name="Gómez", email="ana@example.com")
    bo = make_contact(first_name="=Bo", email="bo@example.com")
    held = make_enrollment(campaign, contact=ana, step_key="ask")
    make_hold(campaign, enrollment=held, reason="cap")
    left = make_enrollment(
        campaign, contact=bo, state="exited", ended_at=NOW, due_at=None, step_key=""
    )
    make_ask(campaign, enrollment=left)
    make_enrollment(make_campaign(state="running"))
    return campaign


def names(client, campaign, **query):
    url = reverse("admin:campaigns_enrollments", args=[campaign.pk])
    response = client.get(url, query)
    return [one.contact.first_name for one in response.context["object_list"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["=Bo", "Ana"]),
        ({"state": "active"}, ["Ana"]),
        ({"state": "odd"}, ["=Bo", "Ana"]),
        ({"step": "ask"}, ["Ana"]),
        ({"step": "gone"}, []),
        ({"held": "cap"}, ["Ana"]),
        ({"held": "odd"}, []),
        ({"q": "ana góm"}, ["Ana"]),
        ({"q": "bo@"}, ["=Bo"]),
    ],
)
def test_people_are_filtered(editor, running, query, expected):
    assert names(editor, running, **query) == expected


def test_rows_say_where_people_are_and_why_can_be_asked(editor, running):
    url = reverse("admin:campaigns_enrollments", args=[running.pk])
    page = editor.get(url).content.decode()
    part = editor.get(
        reverse("admin:campaigns_enrollments_results", args=[running.pk])
    ).content.decode()

    assert "Before “Ask”" in page
    assert "Left early" in page
    assert page.count(">Why?</a>") == 2
    assert "<html" not in part
    assert part.count(">Why?</a>") == 2


def test_nobody_says_what_will_happen_and_no_match_says_so(editor, running):
    empty = reverse("admin:campaigns_enrollments", args=[make_campaign().pk])
    url = reverse("admin:campaigns_enrollments", args=[running.pk])

    assert "Nobody has entered yet" in editor.get(empty).content.decode()
    assert (
        "Nobody fits these filters." in editor.get(url, {"q": "zebra"}).content.decode()
    )


def test_the_file_holds_who_is_filtered_and_no_formula(editor, running):
    url = reverse("admin:campaigns_enrollments", args=[running.pk])
    response = editor.get(url, {"format": "csv", "state": "exited"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Email,State,Step,Entered,Next,Ended"
    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["'=Bo", "bo@example.com", "Left early", ""]
    ]


def test_the_list_costs_the_same_for_one_and_for_three(
    editor, running, django_assert_num_queries
):
    url = reverse("admin:campaigns_enrollments_results", args=[running.pk])
    editor.get(url, {"q": "ana"})
    with django_assert_num_queries(8) as one:
        editor.get(url, {"q": "ana"})
    make_enrollment(running)
    with django_assert_num_queries(len(one)):
        editor.get(url)


def test_strangers_are_refused(client, running):
    client.force_login(make_user(username="guest"))
    for name in ("campaigns_enrollments", "campaigns_enrollments_results"):
        url = reverse(f"admin:{name}", args=[running.pk])
        assert client.get(url).status_code == 403
