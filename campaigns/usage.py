"""
Which lists, audiences and traits campaigns need, so that nobody pulls them away.

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

# What stands for the draft among the numbers of versions, which begin at 1.
DRAFT = 0


def register() -> None:
    """Make our uses known where lists, audiences and traits are edited."""
    usage.register("campaign", uses_of_audiences)
    usage.register_of_traits("campaign", uses_of_traits)
    usage.register_of_people(uses_for_person)
    usage.register_of_lists("campaign", uses_of_lists)


def uses_of_audiences(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the campaigns that need each of the audiences; two queries."""
    return _uses(audience_ids, audiences_in)


def uses_for_person(audience_id: int, contact_id: int) -> list[Use]:
    """List the campaigns that wait for an audience, or ask about it: why this person, or not."""
    return [
        Use(
            "Campaign",
            campaign.name,
            reverse("admin:campaigns_explain", args=[campaign.pk, contact_id]),
        )
        for campaign, documents in _documents()
        if campaign.started_at
        and any(audience_id in audiences_in(document) for _, document in documents)
    ]


def uses_of_traits(trait_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the campaigns that need each of the traits; two queries."""
    return _uses(trait_ids, traits_in)


def uses_of_lists(list_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the campaigns whose conditions need each of the lists; two queries."""
    return _uses(list_ids, lists_in)


def _uses(
    pks: Sequence[int], find: Callable[[Document], set[int]]
) -> dict[int, list[Use]]:
    """List the campaigns that mention each of some rows, and where they do."""
    wanted = set(pks)
    found: dict[int, list[Use]] = {}
    for campaign, documents in _documents():
        places: dict[int, list[int]] = {}
        for number, document in documents:
            for pk in find(document) & wanted:
                places.setdefault(pk, []).append(number)
        for pk in sorted(places):
            found.setdefault(pk, []).append(_use(campaign, places[pk]))
    return found


def _documents() -> Iterator[tuple[Campaign, list[tuple[int, Document]]]]:
    """Yield each campaign that is not over, with its draft and its versions by number."""
    campaigns = Campaign.objects.exclude(state__in=Campaign.OVER)
    versions = CampaignVersion.objects.filter(campaign__in=campaigns)
    published: dict[int, list[tuple[int, Document]]] = {}
    for campaign_id, number, definition in (
        versions.order_by("campaign_id", "number")
        .values_list("campaign_id", "number", "definition")
        .iterator()
    ):
        published.setdefault(campaign_id, []).append((number, definition))
    for campaign in campaigns.select_related("program").order_by("name", "pk"):
        yield campaign, [(DRAFT, campaign.draft), *published.get(campaign.pk, ())]


def _use(campaign: Campaign, numbers: Sequence[int]) -> Use:
    """Name a campaign as a user, with its program, which it serves."""
    program = campaign.program
    return Use(
        "Campaign",
        campaign.name,
        reverse("admin:campaigns_overview", args=[campaign.pk]),
        details=_say_versions(numbers),
        serves=(
            Use(
                "Program",
                program.name,
                reverse("admin:referrals_program_change", args=[program.pk]),
            ),
        ),
    )


def _say_versions(numbers: Sequence[int]) -> str:
    """Say where a campaign mentions something: "draft and versions 2, 3"."""
    published = [str(number) for number in numbers if number != DRAFT]
    word = "version" if len(published) == 1 else "versions"
    words = ["draft"] if DRAFT in numbers else []
    if published:
        words.append(f"{word} {', '.join(published)}")
    return " and ".join(words)
