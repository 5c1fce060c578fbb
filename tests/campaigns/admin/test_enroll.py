"""People are let in by hand."""

import pytest
from django.urls import reverse

from campaigns.engine import enroll
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, StartRun
from contacts import lists, work
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def starter(client):
    client.force_login(
        make_user(
            "campaigns.view_campaign",
            "campaigns.publish_campaign",
            "contacts.view_contact",
        )
    )
    return client


@pytest.fixture
def campaign():
    return make_campaign(
        name="Autumn",
        state="running",
        steps=[new_step("delay", key="wait")],
        trigger={"kind": "manual"},
    )


def known(contact):
    """Let a contact be found by his address."""
    contact.identifiers.create(kind="email", value=contact.email)
    return contact


def url(campaign):
    return reverse("admin:campaigns_enroll", args=[campaign.pk])


def text(response):
    return " ".join(response.content.decode().split())


def test_the_preview_writes_nothing_and_names_who_would_be_refused(starter, campaign):
    inside, fresh = known(make_contact(first_name="Inge")), known(make_reachable())
    make_enrollment(campaign, contact=inside)
    page = text(
        starter.post(
            url(campaign),
            {"source": "typed", "typed": f"{inside.email}\n{fresh.email}"},
        )
    )

    assert "<dt>People</dt><dd><strong>2</strong></dd>" in page
    assert "<dt>Would enter</dt><dd><strong>1</strong></dd>" in page
    assert "<span>Is still in this campaign</span><strong>1</strong>" in page
    assert "Inge" in page
    assert "Enroll 1</button>" in page
    assert StartRun.objects.count() == 0


def test_a_list_is_let_in(starter, campaign):
    contact = make_contact()
    chosen = lists.create_list(name="Guests", now=NOW)
    lists.add_contacts(contact_list=chosen, contact_ids=[contact.pk], now=NOW)
    response = starter.post(
        url(campaign), {"source": "list", "list": chosen.pk, "enroll": "1"}
    )
    while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
        pass

    assert response.url == reverse("admin:campaigns_overview", args=[campaign.pk])
    assert Enrollment.objects.get().contact_id == contact.pk


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"source": "list"}, "Choose whom to let in."),
        ({"source": "import"}, "Choose whom to let in."),
        ({"source": "condition"}, "Choose whom to let in."),
        ({"source": "typed"}, "Write at least one email or user id."),
        ({"source": "typed", "typed": "zoe@x.io"}, "Nobody is known as zoe@x.io."),
        ({}, "This field is required."),
    ],
)
def test_what_is_missing_is_said(starter, campaign, posted, sentence):
    assert sentence in text(starter.post(url(campaign), posted))
    assert sentence in text(starter.post(url(campaign), {**posted, "enroll": "1"}))
    assert StartRun.objects.count() == 0


def test_a_campaign_that_does_not_run_lets_nobody_in(starter, campaign):
    contact = known(make_contact())
    campaign.state = "paused"
    campaign.save()
    response = starter.post(
        url(campaign), {"source": "typed", "typed": contact.email, "enroll": "1"}
    )

    assert response.status_code == 302
    assert StartRun.objects.count() == 0
    assert "People can be let in while it runs." in text(starter.get(url(campaign)))


def test_the_page_names_the_address_and_takes_a_list_from_a_link(starter, campaign):
    chosen = lists.create_list(name="Guests", now=NOW)
    page = text(starter.get(url(campaign), {"list": chosen.pk}))

    assert f"/v1/campaigns/{campaign.pk}/enroll" in page
    assert f'<option value="{chosen.pk}" selected>Guests</option>' in page


def test_who_may_only_look_is_refused(onlooker, campaign):
    assert onlooker.get(url(campaign)).status_code == 403
