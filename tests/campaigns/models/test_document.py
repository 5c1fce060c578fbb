"""A document is read whole, whatever was known when it was written."""

import pytest

from campaigns.flows.definition import empty_document
from campaigns.flows.edits import new_step
from campaigns.models import Campaign, CampaignVersion
from tests.factories.campaigns import make_campaign

pytestmark = pytest.mark.django_db


def test_what_a_document_lacks_is_filled_in_when_it_is_read():
    old = {"steps": [{"key": "d", "kind": "delay", "name": "Rest", "amount": 3}]}
    made = make_campaign(state="running")
    Campaign.objects.filter(pk=made.pk).update(draft=old)
    CampaignVersion.objects.filter(campaign=made).update(definition=old)
    whole = empty_document() | {
        "steps": [new_step("delay", key="d", name="Rest", amount=3)]
    }

    campaign = Campaign.objects.get(pk=made.pk)

    assert campaign.draft == whole
    assert campaign.published.definition == whole
    versions = CampaignVersion.objects.filter(campaign=made)
    assert list(versions.values_list("definition", flat=True)) == [whole]
    assert list(versions.values_list("definition__steps", flat=True)) == [old["steps"]]
