import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.reports import draw_days
from campaigns.flows.edits import new_step
from campaigns.models import Answer, Campaign
from campaigns.reports.daily import Day
from tests.factories.campaigns import (
    make_ask,
    make_campaign,
    make_contact,
    make_hold,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    """A client whose user may look at campaigns and people."""
    client.force_login(make_user("campaigns.view_campaign", "contacts.view_contact"))
    return client


@pytest.fixture
def stranger(client):
    """A client whose user may do nothing here."""
    client.force_login(make_user())
    return client


@pytest.fixture
def campaign():
    """A campaign that asked Ann, who said yes, and Bob, who did not answer."""
    campaign = make_campaign(
        name="Autumn",
        state=Campaign.State.RUNNING,
        steps=[new_step("email", key="ask", name="Ask them")],
    )
    now = timezone.now()
    ann = make_contact(first_name="Ann", last_name="Müller", email="ann@example.com")
    bob = make_contact(first_name="=1+1", email="bob@example.com")
    asked = {"asked_at": now - timedelta(hours=2), "delivered_at": now}
    make_ask(
        campaign,
        contact=ann,
        answer=Answer.YES,
        intent_at=now + timedelta(hours=1),
        **asked,
    )
    make_ask(campaign, contact=bob, **asked)
    make_hold(campaign, held_at=now - timedelta(hours=1))
    return campaign


def report_url(campaign, query=""):
    return reverse("admin:campaigns_report", args=[campaign.pk]) + query


def people_url(campaign, group, suffix=""):
    return reverse(f"admin:campaigns_report_people{suffix}", args=[campaign.pk, group])


def read_csv(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_report_shows_the_funnel_and_who_was_held(reader, campaign):
    response = reader.get(report_url(campaign))

    funnel = response.context["funnel"]
    assert [(row.group.word, row.count) for row in funnel.stages] == [
        ("delivered", 2),
        ("viewed", 1),
        ("intent", 1),
        ("invite_sent", 0),
        ("lead", 0),
        ("won", 0),
    ]
    assert [
        (row.reason, row.people, label) for row, label in response.context["held"]
    ] == [("no_consent", 1, "Never agreed to get email")]
    assert people_url(campaign, "held:no_consent") in response.text
    assert "Ask them" in response.text


def test_the_report_of_a_draft_has_no_steps(reader):
    response = reader.get(report_url(make_campaign(name="Idea")))

    assert response.context["steps"] == []
    assert "This campaign has not started" in response.text


def test_the_period_is_kept_in_every_link(reader, campaign):
    response = reader.get(report_url(campaign, "?period=7"))

    assert people_url(campaign, "delivered") + "?period=7" in response.text
    assert response.context["period"].label == "Last 7 days"


def test_the_report_is_exported(reader, campaign):
    rows = read_csv(reader.get(report_url(campaign, "?format=csv")))

    assert rows[:5] == [
        ["Number", "Count", "Percent of delivered"],
        ["Asked", "2", ""],
        ["Delivered", "2", "100.0"],
        ["Viewed", "1", "50.0"],
        ["Intent", "1", "50.0"],
    ]
    assert rows[-4:] == [
        ["Yes", "1", "50.0"],
        ["Not now", "0", "0.0"],
        ["Never", "0", "0.0"],
        ["No answer", "1", "50.0"],
    ]


def test_a_number_opens_the_people_behind_it(reader, campaign):
    response = reader.get(people_url(campaign, "intent"))

    assert [row["contact__email"] for row in response.context["page_obj"]] == [
        "ann@example.com"
    ]
    assert "<html" in response.text


def test_who_may_not_see_people_reads_plain_numbers(client, campaign):
    client.force_login(make_user("campaigns.view_campaign"))

    page = client.get(
        reverse("admin:campaigns_report", args=[campaign.pk])
    ).content.decode()

    assert "/people/" not in page
    assert 'class="gl-funnel__count">' in page
    assert "opens the people" not in page


def test_people_are_searched_in_the_part_alone(reader, campaign):
    response = reader.get(people_url(campaign, "asked", "_results"), {"q": "bob"})

    assert [row["contact__email"] for row in response.context["page_obj"]] == [
        "bob@example.com"
    ]
    assert "<html" not in response.text


def test_people_are_exported_without_formulas(reader, campaign):
    url = people_url(campaign, "no_answer") + "?format=csv"

    rows = read_csv(reader.get(url))

    assert [row[:3] for row in rows] == [
        ["First name", "Last name", "Email"],
        ["'=1+1", "", "bob@example.com"],
    ]


def test_a_number_that_does_not_exist_is_not_found(reader, campaign):
    assert reader.get(people_url(campaign, "nonsense")).status_code == 404


def test_reports_lists_the_campaigns_that_ever_ran(reader, campaign):
    make_campaign(name="Idea")

    response = reader.get(reverse("admin:campaigns_reports"))
    rows = read_csv(reader.get(reverse("admin:campaigns_reports") + "?format=csv"))

    assert [line.campaign.name for line in response.context["totals"]] == ["Autumn"]
    assert rows == [
        ["Campaign", "State", "People inside", "Asks delivered", "Yes", "Leads", "Won"],
        ["Autumn", "Running", "3", "2", "1", "0", "0"],
    ]


def test_reports_say_what_to_do_before_anything_has_run(reader):
    response = reader.get(reverse("admin:campaigns_reports"))

    assert "No campaign has run yet" in response.text


@pytest.mark.parametrize("name", ["report", "people", "results", "reports"])
def test_who_may_not_look_is_refused(stranger, campaign, name):
    urls = {
        "report": report_url(campaign),
        "people": people_url(campaign, "asked"),
        "results": people_url(campaign, "asked", "_results"),
        "reports": reverse("admin:campaigns_reports"),
    }

    assert stranger.get(urls[name]).status_code == 403


@pytest.mark.parametrize("name", ["campaigns_report_people", "campaigns_reports"])
def test_more_rows_cost_no_more_queries(
    reader, campaign, name, django_assert_num_queries, count_queries
):
    url = (
        people_url(campaign, "asked")
        if name == "campaigns_report_people"
        else reverse("admin:campaigns_reports")
    )
    few = count_queries(lambda: reader.get(url))
    for _ in range(3):
        more = make_campaign(state=Campaign.State.RUNNING)
        make_ask(more, asked_at=timezone.now(), delivered_at=timezone.now())
        make_ask(campaign, asked_at=timezone.now(), delivered_at=timezone.now())

    with django_assert_num_queries(few):
        reader.get(url)


@pytest.fixture
def count_queries(django_assert_max_num_queries):
    """Count the queries of a call."""

    def count(call):
        with django_assert_max_num_queries(1000) as seen:
            call()
        return len(seen)

    return count


def test_many_days_are_drawn_as_weeks():
    start = date(2026, 1, 5)
    days = [Day(start + timedelta(days=n), 1, 0, 0, 0) for n in range(70)]

    few, many = json.loads(draw_days(days[:14])), json.loads(draw_days(days))

    assert few["labels"][:2] == ["Jan 5", "Jan 6"]
    assert many["labels"][:2] == ["Jan 5", "Jan 12"]
    assert many["datasets"][0]["data"] == [7] * 10
    assert draw_days([]) == ""


@pytest.mark.parametrize(
    ("page", "marked"), [("report", "Conversions"), ("flow", "Campaigns")]
)
def test_a_page_is_marked_in_the_sidebar(admin_client, page, marked):
    campaign = make_campaign()

    response = admin_client.get(f"/campaigns/campaign/{campaign.pk}/{page}/")

    groups = response.context["sidebar_navigation"]
    entries = [entry for group in groups for entry in group["items"]]
    assert [str(entry["title"]) for entry in entries if entry["active"]] == [marked]
