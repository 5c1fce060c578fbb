"""
Which lists and audiences campaigns need, so that nobody pulls them away.

What counts is the draft of every campaign that has not stopped, and all that has been published
of it: people who entered by an earlier version go through that version to its end.
"""

from collections.abc import Callable, Iterator, Sequence

from django.urls import reverse

from audiences import usage
from audiences.usage import Use
from campaigns.flows.definition import Document
from campaigns.flows.mentions import audiences_in, lists_in, traits_in
from campaigns.models import Campaign, CampaignVersion
from contacts import lists
from contacts.models import ContactList


def register() -> None:
    """Make our uses known where lists, audiences and traits are edited."""
    usage.register("campaign", uses_of_audiences)
    usage.register_of_traits("campaign", uses_of_traits)
    lists.register_use(uses_of_list)


def uses_of_audiences(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the campaigns that need each of the audiences; two queries."""
    return _uses(audience_ids, audiences_in)


def uses_of_traits(trait_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the campaigns that need each of the traits; two queries."""
    return _uses(trait_ids, traits_in)


def _uses(
    pks: Sequence[int], find: Callable[[Document], set[int]]
) -> dict[int, list[Use]]:
    """List the campaigns that mention each of some rows."""
    wanted = set(pks)
    found: dict[int, list[Use]] = {}
    for campaign, ids in _references(find):
        url = reverse("admin:campaigns_overview", args=[campaign.pk])
        for pk in sorted(ids & wanted):
            found.setdefault(pk, []).append(Use("Campaign", campaign.name, url))
    return found


def uses_of_list(contact_list: ContactList) -> list[str]:
    """Name the campaigns whose conditions need a list; two queries."""
    return [
        f"the campaign “{campaign.name}”"
        for campaign, ids in _references(lists_in)
        if contact_list.pk in ids
    ]


def _references(
    find: Callable[[Document], set[int]],
) -> Iterator[tuple[Campaign, set[int]]]:
    """Yield each campaign that has not stopped, with what its draft and versions mention."""
    campaigns = Campaign.objects.exclude(state=Campaign.State.STOPPED)
    versions = CampaignVersion.objects.filter(campaign__in=campaigns)
    published: dict[int, set[int]] = {}
    for campaign_id, definition in versions.values_list(
        "campaign_id", "definition"
    ).iterator():
        published.setdefault(campaign_id, set()).update(find(definition))
    for campaign in campaigns.order_by("name", "pk"):
        yield campaign, find(campaign.draft) | published.get(campaign.pk, set())
