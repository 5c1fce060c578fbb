import pytest

from campaigns.engine import archive, lifecycle
from campaigns.engine.history import WrongState
from tests.factories.campaigns import NOW, make_campaign, make_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["draft", "stopped", "finished"])
def test_what_rests_goes_into_the_archive_and_back(state):
    campaign = make_campaign(state=state)

    archive.archive(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.archived_at) == (state, NOW)
    with pytest.raises(WrongState, match="can't be archived"):
        archive.archive(campaign=campaign, user=None, now=NOW)

    archive.restore(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.archived_at) == (state, None)
    with pytest.raises(WrongState, match="is not in the archive"):
        archive.restore(campaign=campaign, user=None, now=NOW)
    changes = campaign.changes.order_by("pk").values_list("change", flat=True)
    assert list(changes) == ["archived", "restored"]


@pytest.mark.parametrize("state", ["running", "paused", "stopping"])
def test_what_is_at_work_stays_in_sight(state):
    campaign = make_campaign(state=state)

    with pytest.raises(WrongState, match="can't be archived"):
        archive.archive(campaign=campaign, user=None, now=NOW)


def test_an_archived_draft_does_not_start():
    campaign = make_campaign(archived_at=NOW)
    campaign.published = make_version(campaign)
    campaign.save()

    with pytest.raises(WrongState, match="is not archived"):
        lifecycle.start(campaign=campaign, user=None, now=NOW)
