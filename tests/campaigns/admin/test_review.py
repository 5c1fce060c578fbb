from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audiences.models import Membership
from campaigns.guardrails.reasons import MAY_BE_OFF
from tests.factories.campaigns import make_campaign, make_enrollment
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


def url(campaign):
    return reverse("admin:campaigns_review", args=[campaign.pk])


def test_errors_are_sentences_that_lead_to_where_they_are_mended(editor, flow):
    page = editor.get(url(flow)).content.decode()

    assert "Nobody can enter yet." in page
    assert f'href="{reverse("admin:campaigns_trigger", args=[flow.pk])}">Mend' in page
    assert f'{reverse("admin:campaigns_flow", args=[flow.pk])}?step=check">Mend' in page
    assert "The button appears once the errors are mended." in page


def test_a_ready_draft_says_who_enters_and_what_they_read(publisher, ready):
    response = publisher.get(url(ready))
    page = response.content.decode()

    forecast = response.context["forecast"]
    assert (forecast.entering, forecast.members, forecast.askable) == (3, 3, 2)
    assert response.context["held"] == [("Never agreed to get email", 1)]
    assert [contact.first_name for contact in forecast.sample] == ["Bo", "李", "Ana"]
    assert [
        (language.name, language.people, language.reads, language.missing)
        for language in response.context["languages"]
    ] == [
        ("Not known", 1, "English", []),
        ("German", 1, "German", []),
        ("Chinese (Traditional)", 1, "English", ["Ask"]),
    ]
    assert "no Chinese (Traditional) variant" in page
    assert reverse("admin:campaigns_lifecycle", args=[ready.pk, "start"]) in page


def test_languages_without_people_are_explained(publisher, ready):
    Membership.objects.all().delete()
    assert "Nobody is in “" in publisher.get(url(ready)).content.decode()

    ready.draft["trigger"]["kind"] = "manual"
    ready.save()
    page = publisher.get(url(ready)).content.decode()
    assert "when the people come from an audience." in page

    ready.draft["steps"] = []
    ready.save()
    assert "No mail yet." in publisher.get(url(ready)).content.decode()


def test_who_may_not_publish_is_told_so(editor, ready):
    page = editor.get(url(ready)).content.decode()

    assert "Starting needs the permission to publish campaigns" in page
    assert "/do/start/" not in page


def test_only_new_entries_means_nobody_at_the_start(publisher, ready):
    ready.draft["trigger"]["existing"] = False
    ready.save()
    page = publisher.get(url(ready)).content.decode()

    assert "only those who join from now on" in page


def test_who_has_been_inside_is_told_apart(publisher, ready):
    ready.published = ready.versions.create(
        number=1, revision=1, definition=ready.draft, published_at=ready.created_at
    )
    make_enrollment(ready, contact=Membership.objects.earliest("pk").contact)
    page = publisher.get(url(ready)).content.decode()

    assert "1 of them has been in this campaign before" in page


@pytest.mark.parametrize(
    ("state", "revision", "sentence"),
    [
        ("running", 1, "the draft is the same"),
        ("running", 2, "Publish changes…"),
        ("stopped", 2, "This campaign was stopped and stays so."),
    ],
)
def test_a_campaign_that_has_started_can_be_published_again(
    publisher, ready, state, revision, sentence
):
    campaign = make_campaign(state=state)
    campaign.draft = ready.draft
    campaign.revision = revision
    campaign.save()

    assert sentence in publisher.get(url(campaign)).content.decode()


def test_strangers_are_refused(client, ready, django_user_model):
    client.force_login(django_user_model.objects.create_user("guest", is_staff=True))

    assert client.get(url(ready)).status_code == 403
    assert client.get(reverse("admin:campaigns_review", args=[0])).status_code == 403


@pytest.mark.parametrize("page", ["review", "do/start"])
def test_it_says_when_who_sleeps_is_asked(publisher, ready, page):
    around = [timezone.now() + timedelta(hours=hours) for hours in (-2, 2)]
    begin, end = (f"{moment:%H:%M}" for moment in around)
    ready.draft["settings"] |= {"quiet_from": begin, "quiet_until": end}
    ready.save()

    text = publisher.get(f"/campaigns/campaign/{ready.pk}/{page}/").content.decode()

    assert "the 2 for whom it is night now are asked in the morning" in text
    assert f"from {end} on" in text


def test_a_campaign_does_without_guardrails_that_may_be_off(editor, flow):
    change = reverse("admin:campaigns_review_guardrails", args=[flow.pk])
    kept = [code for code in MAY_BE_OFF if code not in ("open_ticket", "lost_to")]

    editor.post(change, {"revision": flow.revision, "on": kept})
    flow.refresh_from_db()
    page = editor.get(url(flow)).content.decode()
    late = editor.post(change, {"revision": flow.revision - 1, "on": kept[:1]})
    flow.refresh_from_db()

    assert flow.draft["guardrails"] == {"off": ["lost_to", "open_ticket"]}
    assert page.count("Off here") == 2
    assert late.status_code == 200


def test_who_may_only_look_keeps_the_guardrails(client, flow):
    client.force_login(make_user("campaigns.view_campaign"))
    change = reverse("admin:campaigns_review_guardrails", args=[flow.pk])

    assert client.post(change, {"revision": flow.revision}).status_code == 403
