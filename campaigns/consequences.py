"""What an import sets in motion: running campaigns that may ask who comes in."""

from collections.abc import Iterator

from django.urls import reverse

from audiences.conditions import nodes
from audiences.conditions.parse import parse_condition
from audiences.models import Audience
from campaigns.flows.triggers import AUDIENCE, LEFT, trigger_of
from campaigns.models import Campaign
from contacts.imports.consequences import Consequence, NextStep
from contacts.models import ContactList
from contacts.templatetags.greenlight import number


def consequences_of_import(contact_list: ContactList, people: int) -> list[Consequence]:
    """
    Say which running campaigns may ask people who come onto a list, and how many at most.

    A campaign may take in people of an import for other reasons than the list, say for an
    attribute in the file; it is named, too. Four queries.
    """
    lists = {contact_list.pk, *_everyone()}
    rules = dict(Audience.objects.values_list("pk", "rule"))
    running = Campaign.objects.filter(state=Campaign.State.RUNNING)
    found = []
    for campaign in running.select_related("published").order_by("name", "pk"):
        assert campaign.published is not None  # noqa: S101 - a database constraint says so
        trigger = trigger_of(campaign.published.definition)
        if trigger["kind"] not in (AUDIENCE, LEFT):
            continue
        audience_id = trigger["audience"]
        leaves = list(_leaves(rules, audience_id))
        if any(
            isinstance(leaf, nodes.OnList) and leaf.list_id in lists for leaf in leaves
        ):
            start = f"The running campaign “{campaign.name}” uses this list"
        elif any(not isinstance(leaf, nodes.OnList) for leaf in leaves):
            start = (
                f"The running campaign “{campaign.name}” takes in whoever fits its rule"
            )
        else:
            continue
        link = reverse("admin:campaigns_overview", args=[campaign.pk])
        found.append(Consequence(f"{start}: {_how_many(people)}", link))
    return found


def offer_campaign(contact_list: ContactList) -> NextStep:
    """Offer to enroll the people of a list in a new campaign."""
    return NextStep(
        "Enroll them in a campaign",
        f"Make a campaign whose audience is everybody on the list “{contact_list.name}”.",
        reverse("admin:campaigns_campaign_add"),
    )


def _how_many(people: int) -> str:
    """Say how many may be asked, and how often."""
    if people == 1:
        return "this person may be asked, at most once per 90 days."
    return f"up to {number(people)} of these people may be asked, at most once per 90 days."


def _everyone() -> list[int]:
    """Fetch the id of the list of everyone, which an import fills, too."""
    everyone = ContactList.objects.filter(kind=ContactList.Kind.EVERYONE)
    return list(everyone.values_list("pk", flat=True))


def _leaves(rules: dict[int, object], audience_id: int) -> Iterator[nodes.Node]:
    """Yield the leaves of a rule, and instead of an audience those of its own rule."""
    for node in nodes.walk(parse_condition(rules[audience_id])):
        if isinstance(node, nodes.InAudience):
            yield from _leaves(rules, node.audience_id)
        elif not isinstance(node, nodes.All | nodes.Any | nodes.Not):
            yield node
