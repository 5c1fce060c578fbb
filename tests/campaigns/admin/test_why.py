"""The pages that say why somebody is asked, or not; and the preview of one person."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.models import StepRun
from contacts.models import Identifier
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
    make_step_run,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

ASK = new_step("email", key="ask", name="Invite", content=starter_content("thank_you"))
AWAKE = {"quiet_from": "00:00", "quiet_until": "00:00"}


def page(client, name, *args, **query):
    response = client.get(reverse(f"admin:{name}", args=args), query)
    assert response.status_code == 200
    return response


def make_running(*contacts, **changes):
    audience = make_audience(*contacts)
    trigger = {"audience": audience.pk, "existing": True}
    return make_campaign(
        state="running",
        trigger=trigger,
        settings=AWAKE,
        **{"steps": [ASK], **changes},
    )


@pytest.mark.parametrize("query", ["ana", "ANA@", "gómez", "u-17"])
def test_anybody_is_found_by_name_address_and_user_id(editor, query):
    ana = make_contact(first_name="Ana", last_name="Gómez", email="ana@example.com")
    Identifier.objects.create(kind="user_id", value="u-17", contact=ana)
    make_contact(first_name="Bo", email="bo@example.com")

    found = page(editor, "campaigns_why_results", q=query).context["people"]

    assert list(found) == [ana]


def test_the_search_leads_to_one_campaign_or_to_all(editor):
    ana = make_contact(first_name="Ana")
    campaign = make_running()

    one = page(editor, "campaigns_why_campaign", campaign.pk).content.decode()
    every = page(editor, "campaigns_why").content.decode()
    none = page(editor, "campaigns_why", q="zz").content.decode()

    explain = reverse("admin:campaigns_explain", args=[campaign.pk, ana.pk])
    person = reverse("admin:campaigns_why_person", args=[ana.pk])
    assert (explain in one, person in one) == (True, False)
    assert (explain in every, person in every) == (False, True)
    assert "Nobody begins with “zz”." in none


def test_one_person_and_all_campaigns(editor):
    ana = make_reachable(first_name="Ana")
    campaign = make_running(ana, name="Autumn")
    make_running(name="Winter", steps=[])

    shown = page(editor, "campaigns_why_person", ana.pk)

    assert shown.context["found"].earliest.campaign == campaign
    text = shown.content.decode()
    assert "Could be asked at the earliest" in text
    assert "Autumn" in text
    assert "Winter" in text


def test_before_any_campaign_there_is_nothing_to_say(editor):
    ana = make_contact()
    now = page(editor, "campaigns_why_person", ana.pk).content.decode()
    make_running(ana)
    then = page(editor, "campaigns_why_person", ana.pk, as_of="2020-01-01T10:00")

    assert "No campaign has been started" in now
    assert "No campaign had been started by then." in then.content.decode()


def test_why_a_campaign_does_not_ask_somebody(editor):
    campaign = make_running()
    contact = make_contact(first_name="Bo")

    text = page(editor, "campaigns_explain", campaign.pk, contact.pk).content.decode()

    assert "Never agreed to get email" in text
    assert "The trigger, condition by condition" in text
    assert "Time alone will not get this person asked" in text


def test_a_past_moment_can_be_asked_about(editor):
    contact = make_reachable(first_name="Bo")
    campaign = make_running(contact)
    make_enrollment(campaign, contact=contact, step_key="ask")
    before = (NOW - timedelta(days=1)).isoformat()

    shown = page(editor, "campaigns_explain", campaign.pk, contact.pk, as_of=before)

    assert shown.context["traces"] == []
    assert "The campaign has not been started" in shown.content.decode()


def test_a_step_can_be_looked_into(editor):
    contact = make_reachable(first_name="Bo")
    campaign = make_running(contact)
    enrollment = make_enrollment(campaign, contact=contact, step_key="", visit=2)
    later = NOW + timedelta(minutes=5)
    run = make_step_run(enrollment, visit=1, ran_at=later)
    where = (campaign.pk, contact.pk, enrollment.pk)

    story = page(editor, "campaigns_explain", campaign.pk, contact.pk)
    asked = {"visit": 1, "at": run.ran_at.isoformat()}
    inside = page(editor, "campaigns_look", *where, **asked)

    assert f"visit=1&amp;at={later:%Y-%m-%dT%H%%3A%M}" in story.content.decode()
    assert inside.context["inside"].agrees
    assert "No guardrail objects" in inside.content.decode()
    url = reverse("admin:campaigns_look", args=where)
    for wrong in ({}, {**asked, "visit": "x"}, {**asked, "visit": 7}):
        assert editor.get(url, wrong).status_code == 404
    assert StepRun.objects.count() == 1


def test_one_person_goes_through_the_draft(editor):
    ana = make_reachable(first_name="Ana", time_zone="Asia/Tokyo")
    campaign = make_running(name="Autumn")
    where = reverse("admin:campaigns_preview_person", args=[campaign.pk])

    choose = page(editor, "campaigns_preview_person", campaign.pk)
    found = page(editor, "campaigns_preview_person_results", campaign.pk, q="zz")
    shown = editor.get(where, {"contact": ana.pk, "answer": "not_now", "version": "1"})

    assert f"?contact={ana.pk}" in choose.content.decode()
    assert "Nobody begins with “zz”." in found.content.decode()
    sentences = [sentence for _, sentence in shown.context["stops"]]
    assert sentences == ["“Invite”: is asked", "Answers “Not now”, as you assume"]
    assert "Times are those of Asia/Tokyo" in shown.content.decode()


def test_a_draft_that_is_not_ready_says_what_to_mend(editor):
    campaign = make_campaign(steps=[new_step("branch", key="b", name="Pro?")])
    contact = make_contact()
    where = reverse("admin:campaigns_preview_person", args=[campaign.pk])

    text = editor.get(where, {"contact": contact.pk}).content.decode()

    assert "has to be mended" in text
    assert reverse("admin:campaigns_flow", args=[campaign.pk]) in text


def test_the_pages_are_for_who_may_see_people(client, onlooker):
    campaign, contact = make_running(), make_contact()
    soon = (timezone.now() + timedelta(days=1)).isoformat()
    pages = (
        ("campaigns_why",),
        ("campaigns_why_results",),
        ("campaigns_why_person", contact.pk),
        ("campaigns_why_campaign", campaign.pk),
        ("campaigns_explain", campaign.pk, contact.pk),
        ("campaigns_preview_person", campaign.pk),
    )

    refused = [
        onlooker.get(reverse(f"admin:{name}", args=args)).status_code
        for name, *args in pages
    ]
    allowed = make_user(
        "campaigns.view_campaign", "contacts.view_contact", username="reader"
    )
    client.force_login(allowed)
    shown = [
        client.get(reverse(f"admin:{name}", args=args), {"as_of": soon}).status_code
        for name, *args in pages
    ]

    assert (refused, shown) == ([403] * 6, [200] * 6)


def test_the_card_of_an_audience_leads_to_its_campaigns(client):
    contact = make_contact()
    campaign = make_running(contact, name="Autumn")
    audience = campaign.published.definition["trigger"]["audience"]
    card = reverse("admin:audiences_why_card", args=[audience, contact.pk])
    explain = reverse("admin:campaigns_explain", args=[campaign.pk, contact.pk])
    people = ("audiences.view_audience", "contacts.view_contact")

    shown = []
    for name, more in (("marketer", ["campaigns.view_campaign"]), ("analyst", [])):
        client.force_login(make_user(*people, *more, username=name))
        shown.append(explain in client.get(card).content.decode())

    assert shown == [True, False]
