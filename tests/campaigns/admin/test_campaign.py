import pytest
from django.contrib import admin
from django.urls import reverse

from campaigns.models import Campaign
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_audience,
    make_campaign,
    make_enrollment,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
URL = "/campaigns/campaign/"


def cells(client, **query):
    rows = client.get(URL, query).context["cl"].result_list
    page = admin.site.get_model_admin(Campaign)
    return [
        (
            row.name,
            page.audience_name(row),
            page.people_inside(row),
            page.asks(row),
            page.yes_rate(row),
        )
        for row in rows
    ]


def test_the_list_counts_rows(editor):
    audience = make_audience()
    campaign = make_campaign(name="Autumn", state="running")
    campaign.draft["trigger"]["audience"] = audience.pk
    campaign.save()
    make_enrollment(campaign)
    for _ in range(2):
        make_ask(campaign, delivered_at=NOW, intent_at=NOW)
    make_ask(campaign, refunded_at=NOW)
    make_campaign(name="Blank")

    assert cells(editor) == [
        ("Blank", "–", "0", "0", "–"),
        ("Autumn", audience.name, "4", "2", "2 of 2"),
    ]
    assert [row[0] for row in cells(editor, q="aut")] == ["Autumn"]
    assert [row[0] for row in cells(editor, state__exact="draft")] == ["Blank"]


def test_the_list_calls_an_event_by_its_label(editor):
    campaign = make_campaign()
    campaign.draft["trigger"]["kind"] = "event"
    campaign.draft["trigger"]["event"]["name"] = "signed_up"
    campaign.save()

    assert cells(editor)[0][1] == "Something happens: Signed up"


def test_many_asks_are_shown_as_a_percentage(editor):
    campaign = make_campaign(name="Autumn", state="running")
    for number in range(40):
        make_ask(campaign, delivered_at=NOW, intent_at=NOW if number < 10 else None)

    assert cells(editor)[0][4] == "25%"


def test_an_empty_list_says_what_to_do_first(editor):
    page = editor.get(URL).content.decode()

    assert "No campaigns yet" in page
    assert reverse("admin:campaigns_campaign_add") in page


def test_the_list_costs_the_same_for_one_and_for_three(
    editor, django_assert_max_num_queries
):
    make_campaign(state="running")
    editor.get(URL)
    with django_assert_max_num_queries(30) as one:
        editor.get(URL)
    count = len(one)
    make_ask(make_campaign(state="running"))
    make_campaign()
    with django_assert_max_num_queries(count):
        editor.get(URL)


def test_a_campaign_opens_where_it_is_worked_on(editor):
    draft, running = make_campaign(), make_campaign(state="running")

    assert editor.get(f"{URL}{draft.pk}/change/")["Location"] == reverse(
        "admin:campaigns_trigger", args=[draft.pk]
    )
    assert editor.get(f"{URL}{running.pk}/change/")["Location"] == reverse(
        "admin:campaigns_overview", args=[running.pk]
    )
    assert editor.get(f"{URL}nothing/change/").status_code == 404


def test_only_what_has_never_run_is_deleted(client):
    client.force_login(
        make_user("campaigns.delete_campaign", "campaigns.view_campaign")
    )
    draft, running = make_campaign(), make_campaign(state="running")
    client.post(f"{URL}{draft.pk}/delete/", {"post": "yes"})
    response = client.post(f"{URL}{running.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert list(Campaign.objects.all()) == [running]


def test_strangers_are_refused(client):
    client.force_login(make_user(username="guest"))

    assert client.get(URL).status_code == 403
