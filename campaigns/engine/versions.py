"""Published versions, which never change: read once per worker, for they hold whole mails."""

from collections.abc import Collection
from functools import lru_cache

from campaigns.flows.definition import walk_steps
from campaigns.models import CampaignVersion


@lru_cache(maxsize=256)
def version_of(version_id: int) -> CampaignVersion:
    """Read a version."""
    return CampaignVersion.objects.get(pk=version_id)


def step_keys(campaign_ids: Collection[int]) -> set[tuple[int, str]]:
    """Name every step that a version of these campaigns has, and the end of each flow."""
    versions = CampaignVersion.objects.filter(campaign__in=campaign_ids)
    keys = {(campaign_id, "") for campaign_id in campaign_ids}
    for campaign_id, version_id in versions.values_list("campaign_id", "pk"):
        keys |= {(campaign_id, key) for key in _keys_of(version_id)}
    return keys


@lru_cache(maxsize=4096)
def _keys_of(version_id: int) -> frozenset[str]:
    """Name the steps of a version."""
    steps = version_of(version_id).definition["steps"]
    return frozenset(step["key"] for step in walk_steps(steps))
