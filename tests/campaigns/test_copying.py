from copy import deepcopy
from datetime import timedelta

import pytest

from campaigns.copying import duplicate_campaign, free_name
from campaigns.flows.edits import new_step
from campaigns.models import Campaign, CampaignVersion, DraftRevision, Enrollment
from campaigns.publishing import save_draft
from tests.factories.campaigns import NOW, make_campaign, make_enrollment
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


def test_a_copy_says_the_same_and_has_no_history():
    user = make_user()
    campaign = make_campaign(
        name="Autumn",
        priority=75,
        state="running",
        steps=[new_step("delay", key="wait", name="Wait")],
    )
    make_enrollment(campaign)
    save_draft(
        campaign=campaign,
        revision=1,
        document=campaign.draft,
        summary="Looked again",
        user=None,
        now=NOW,
    )

    copy = duplicate_campaign(campaign=campaign, user=user, now=LATER)

    copy.refresh_from_db()
    assert (copy.name, copy.program_id, copy.priority, copy.draft) == (
        "Copy of Autumn",
        campaign.program_id,
        75,
        campaign.draft,
    )
    assert (copy.state, copy.revision, copy.published_id, copy.started_at) == (
        "draft",
        1,
        None,
        None,
    )
    assert (copy.created_at, copy.created_by) == (LATER, user)
    for history in (CampaignVersion, DraftRevision, Enrollment):
        assert history.objects.filter(campaign=campaign).exists()
        assert not history.objects.filter(campaign=copy).exists()


def test_a_copy_is_changed_alone():
    campaign = make_campaign(steps=[new_step("note", key="n", name="Note")])
    before = deepcopy(campaign.draft)

    copy = duplicate_campaign(campaign=campaign, user=None, now=NOW)
    copy.draft["steps"][0]["name"] = "Another"
    copy.save()

    campaign.refresh_from_db()
    assert campaign.draft == before


def test_copies_of_copies_have_names_of_their_own():
    campaign = make_campaign(name="Autumn")

    names = [
        duplicate_campaign(campaign=campaign, user=None, now=NOW).name for _ in range(3)
    ]

    assert names == ["Copy of Autumn", "Copy of Autumn 2", "Copy of Autumn 3"]


def test_a_long_name_is_cut_to_leave_room_for_its_number():
    long = "Größe " * 20
    campaign = make_campaign(name=long[:120])

    first = duplicate_campaign(campaign=campaign, user=None, now=NOW)
    second = duplicate_campaign(campaign=campaign, user=None, now=NOW)

    assert first.name == f"Copy of {long}"[:120].rstrip()
    assert second.name == first.name[:118].rstrip() + " 2"
    assert Campaign.objects.filter(name=second.name).count() == 1


def test_a_name_that_nobody_has_stays():
    make_campaign(name="Autumn sale")

    assert free_name("Autumn") == "Autumn"
    assert free_name("autumn SALE") == "autumn SALE 2"
