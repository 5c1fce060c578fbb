"""The tab that shows which news a program's advocates are told."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from campaigns.starters.news import NEWS
from referrals.models import ProgramNotice
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


def client_of(*permissions):
    client = Client()
    client.force_login(make_user("referrals.view_program", *permissions))
    return client


def tab_of(program):
    return reverse("admin:referrals_program_messages", args=[program.pk])


def test_one_click_makes_a_draft_that_is_shown(django_assert_max_num_queries):
    program = make_program(name="Spring")
    client = client_of("campaigns.add_campaign", "campaigns.view_campaign")

    for _ in range(2):
        response = client.post(tab_of(program), {"news": "referral_lead"})

    campaigns = Campaign.objects.order_by("pk")
    assert [one.name for one in campaigns] == [
        "Spring: A friend joined",
        "Spring: A friend joined 2",
    ]
    assert response["Location"] == reverse(
        "admin:campaigns_flow", args=[campaigns[1].pk]
    )
    step = campaigns[0].draft["steps"][0]
    assert (step["ask"], step["service"], campaigns[0].program) == (
        False,
        True,
        program,
    )
    with django_assert_max_num_queries(12):
        page = client.get(tab_of(program)).content.decode()
    assert "Spring: A friend joined 2" in page
    assert page.count("Nobody is told") == len(NEWS) - 1
    other = client.get(tab_of(make_program())).content.decode()
    assert other.count("Nobody is told") == len(NEWS)


def test_a_change_is_announced():
    program = make_program()
    client = client_of("referrals.change_program")

    page = client.post(tab_of(program), {"do": "announce"}, follow=True)

    notice = ProgramNotice.objects.get()
    assert (notice.program, notice.kind) == (program, "changed")
    assert "All advocates are being told." in page.content.decode()
    assert "0 told so far" in page.content.decode()


@pytest.mark.parametrize("body", [{"news": "referral_lead"}, {"do": "announce"}])
def test_who_may_only_look_sends_nothing(body):
    program, client = make_program(), client_of()

    assert client.get(tab_of(program)).status_code == 200
    assert client.post(tab_of(program), body).status_code == 403
    assert not Campaign.objects.exists()
    assert not ProgramNotice.objects.exists()


def test_there_is_no_other_news():
    program = make_program()

    response = client_of("campaigns.add_campaign").post(tab_of(program), {"news": "x"})

    assert response.status_code == 404
