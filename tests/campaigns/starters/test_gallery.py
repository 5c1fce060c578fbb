"""Each template, filled in with nothing but what it proposes, is ready to be published."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audiences.models import Audience
from campaigns.beginnings import begin_campaign
from campaigns.files.document_shapes import find_misfits
from campaigns.flows.definition import walk_steps
from campaigns.models import Campaign
from campaigns.readiness import review
from campaigns.starters.gallery import STARTERS
from tests.factories.campaigns import NOW, make_audience
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


@pytest.fixture(params=STARTERS.values(), ids=lambda starter: starter.key)
def starter(request):
    return request.param


def begin(starter, **changes):
    values = {"audience": None, "name": starter.name, "user": None, "now": NOW}
    return begin_campaign(
        starter=starter,
        filled=changes.pop("filled", starter.defaults()),
        program=make_program(),
        **values | changes,
    )


def fill_audiences():
    """Let the members of all audiences be known, as the worker does."""
    Audience.objects.update(refresh_due_at=NOW + timedelta(days=1), size=3)


def test_nothing_is_wrong_with_what_a_template_makes(starter, settings):
    settings.POSTAL_ADDRESS = "1 Roastery Lane, Hamburg"
    campaign = begin(starter)
    fill_audiences()

    # Nobody has sent anything to this site yet.
    found = [
        finding.message
        for finding in review(campaign.draft)
        if "has never been seen" not in finding.message
    ]

    asks = [one for one in walk_steps(campaign.draft["steps"]) if one.get("ask")]
    assert found == (
        [] if asks else ["No step asks for a referral, so nobody is invited to refer."]
    )
    assert find_misfits(campaign.draft) == [
        # The shapes are those of files, in which audiences have names.
        misfit
        for misfit in find_misfits(campaign.draft)
        if misfit.place == ("trigger", "audience")
    ]


def test_what_was_filled_in_stands_in_the_document(starter):
    filled = {
        blank.key: 77 if blank.kind == "number" else f"https://x.example/{blank.key}"
        for blank in starter.blanks
    }
    campaign = begin(starter, filled=filled)
    written = f"{campaign.draft} {[one.rule for one in Audience.objects.all()]}"

    for value in filled.values():
        assert str(value) in written
    for blank in starter.blanks:
        if blank.kind == "event":
            assert f"'{blank.default}'" not in written


def test_every_ask_has_a_way_to_answer_and_can_be_answered_easily(starter):
    for step in walk_steps(starter.write(starter.defaults())["steps"]):
        for variant in step.get("content", {}).get("variants", {}).values():
            kinds = [block["kind"] for block in variant["blocks"]]
            assert ("answers" in kinds) == step["ask"]


def test_an_audience_of_the_same_rule_is_made_once():
    starter = STARTERS["win_back"]
    first, second = begin(starter), begin(starter)
    other = begin(starter, filled=starter.defaults() | {"days_away": 30})
    given = begin(starter, audience=make_audience())

    names = {one.pk: one.name for one in Audience.objects.all()}
    assert [
        names[one.draft["trigger"]["audience"]] for one in (first, second, other)
    ] == [
        "Bought within a year, and not lately",
        "Bought within a year, and not lately",
        "Bought within a year, and not lately 2",
    ]
    assert names[given.draft["trigger"]["audience"]].startswith("Audience ")


def test_what_is_optional_may_stay_blank():
    starter = STARTERS["renewal"]
    filled = starter.defaults() | {"upgraded": "", "praised": ""}

    begin(starter, filled=filled)

    assert [
        condition["name"] for condition in Audience.objects.get().rule["conditions"]
    ] == ["Subscription Renewed"]


def test_all_of_a_template_is_in_the_campaign_that_it_makes(starter, admin_client):
    address = reverse("admin:campaigns_starter", args=[starter.key])
    program = make_program()
    page = admin_client.get(address)
    values = {
        field.html_name: field.value() or ""
        for field in page.context["form"]
        if field.name != "audience"
    }

    response = admin_client.post(address, values | {"program": program.pk})

    made = Campaign.objects.get()
    assert response["Location"] == reverse("admin:campaigns_flow", args=[made.pk])
    document = starter.write(starter.defaults())
    assert [one["name"] for one in walk_steps(made.draft["steps"])] == [
        one["name"] for one in walk_steps(document["steps"])
    ]
