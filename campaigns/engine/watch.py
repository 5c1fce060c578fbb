"""
Which events and audiences this app wants to hear of.

Three consumers take what happened, each its own rows: ``campaign:<id>`` the moments of one
campaign, so that a paused one keeps its own waiting; ``campaigns.goals`` what goals, exits
and waits mention; ``campaigns.asks`` the facts that belong to an ask.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audiences.conditions.kind import CONTACT_CHANGED
from audiences.conditions.nodes import audience_ids as audience_ids_in
from audiences.conditions.nodes import trait_ids
from audiences.conditions.parse import parse_condition
from audiences.conditions.waiting import waiting_of
from audiences.models import Audience, MembershipReaction, WatchedAudience
from audiences.models.trait import definitions_of
from campaigns.asks import credit
from campaigns.flows.definition import Document, walk_steps
from campaigns.flows.goals import LONGEST_WINDOW, goals_of
from campaigns.flows.triggers import trigger_of
from campaigns.models import Campaign, CampaignVersion
from campaigns.triggers.base import CONSUMER, Watches, consumer_of
from campaigns.triggers.registry import trigger_kind
from contacts.models import Reaction, WatchedEvent

GOALS = "campaigns.goals"
MOMENTS = CONSUMER

moments_of = consumer_of


@transaction.atomic
def watch_campaign(campaign: Campaign) -> None:
    """
    Watch what a campaign that starts, or has a new version, waits for.

    The audiences are locked: an entry that is being written is seen as a member afterwards,
    and a later one leaves a moment, so nobody falls between.
    """
    assert campaign.published is not None  # noqa: S101 - a database constraint says so
    document = campaign.published.definition
    consumer = moments_of(campaign.pk)
    trigger = trigger_of(document)
    wanted = trigger_kind(trigger).watches(trigger)
    names, audience_ids = mentioned(document)
    watched = Audience.objects.filter(pk__in={*wanted.audiences, *audience_ids})
    list(watched.select_for_update().order_by("pk").values_list("pk"))
    _forget_others(consumer, wanted)
    _watch_audiences(consumer, set(wanted.audiences))
    _watch_events(consumer, set(wanted.events))
    _watch_events(credit.CONSUMER, credit.WATCHED)
    _watch_events(GOALS, names)
    _watch_audiences(GOALS, audience_ids)


@transaction.atomic
def unwatch_campaign(campaign: Campaign, *, now: datetime) -> None:
    """
    Stop watching for a campaign that is over; moments not yet taken are dropped.

    Its goals are watched on, and those of others that ended not long ago: people may still reach
    them.
    """
    unwatch_moments(campaign)
    names: set[str] = set()
    audience_ids: set[int] = set()
    alive = CampaignVersion.objects.filter(campaign__state__in=Campaign.ALIVE)
    for document in alive.exclude(campaign=campaign).values_list(
        "definition", flat=True
    ):
        more_names, more_ids = mentioned(document)
        names |= more_names
        audience_ids |= more_ids
    ended = CampaignVersion.objects.filter(
        campaign__state__in=Campaign.OVER,
        campaign__stopped_at__gt=now - timedelta(days=LONGEST_WINDOW),
    )
    for document in ended.values_list("definition", flat=True):
        more_names, more_ids = named_by(conditions_of_goals(document))
        names |= more_names
        audience_ids |= more_ids
    WatchedEvent.objects.filter(consumer=GOALS).exclude(name__in=names).delete()
    WatchedAudience.objects.filter(consumer=GOALS).exclude(
        audience_id__in=audience_ids
    ).delete()


def unwatch_moments(campaign: Campaign) -> None:
    """Hear of nobody any more who might come in; moments not yet taken are dropped."""
    _forget_others(moments_of(campaign.pk), Watches())


def mentioned(document: Document) -> tuple[set[str], set[int]]:
    """Gather the events and audiences for which goals, exit and waits of a document wait."""
    return named_by(
        [
            *conditions_of_goals(document),
            document["exit"]["condition"],
            *(
                step["condition"]
                for step in walk_steps(document["steps"])
                if step["kind"] == "wait_until"
            ),
        ]
    )


def conditions_of_goals(document: Document) -> list[dict[str, Any]]:
    """List the conditions of the primary goal and of those that are tracked."""
    return [goal["condition"] for goal in goals_of(document).values()]


def named_by(
    conditions: Iterable[dict[str, Any] | None],
) -> tuple[set[str], set[int]]:
    """Gather the events and audiences for which conditions wait."""
    names: set[str] = set()
    audience_ids: set[int] = set()
    for condition in conditions:
        if condition:
            node = parse_condition(condition)
            waiting = waiting_of(node, definitions_of(trait_ids(node)))
            names |= waiting.names - {CONTACT_CHANGED}
            audience_ids |= audience_ids_in(node)
    return names, audience_ids


def _forget_others(consumer: str, wanted: Watches) -> None:
    """Watch nothing else any more, and drop what has come of it."""
    WatchedAudience.objects.filter(consumer=consumer).exclude(
        audience_id__in=wanted.audiences
    ).delete()
    WatchedEvent.objects.filter(consumer=consumer).exclude(
        name__in=wanted.events
    ).delete()
    changes = MembershipReaction.objects.filter(consumer=consumer).exclude(
        audience_id__in=wanted.audiences
    )
    changes._raw_delete(changes.db)
    happened = Reaction.objects.filter(consumer=consumer).exclude(
        name__in=wanted.events
    )
    happened._raw_delete(happened.db)


def _watch_events(consumer: str, names: set[str]) -> None:
    """Ask for a reaction to each event of these names."""
    WatchedEvent.objects.bulk_create(
        [WatchedEvent(consumer=consumer, name=name) for name in sorted(names)],
        ignore_conflicts=True,
    )


def _watch_audiences(consumer: str, audience_ids: set[int]) -> None:
    """Ask for a reaction to each entry and exit of these audiences."""
    WatchedAudience.objects.bulk_create(
        [
            WatchedAudience(consumer=consumer, audience_id=audience_id)
            for audience_id in sorted(audience_ids)
        ],
        ignore_conflicts=True,
    )
