"""
The campaigns and the audiences of the world: those that matter, as they are today.

Other campaigns do again what they did; only of those with a higher priority it matters where
people stood in them. Audiences that neither the campaign nor a guardrail names are left alone.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from audiences.conditions import nodes
from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import parse_condition
from audiences.models import Audience
from campaigns.flows.mentions import audiences_in
from campaigns.guardrails.rules import read_rules
from campaigns.models import Campaign, CampaignVersion, Incident
from campaigns.rehearsal.tables import real, run

# No turn of the engine comes so late.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
State = Campaign.State


def take_campaigns(values: dict[str, Any]) -> None:
    """Copy campaigns; none is at work but those whose people may be waiting for an ask."""
    table = Campaign._meta.db_table
    columns = [
        f'"{field.column}"'
        for field in Campaign._meta.concrete_fields
        if field.name != "draft"
    ]
    listed = ", ".join(columns)
    run(
        f'INSERT INTO "{table}" ({listed}, draft)'
        f" SELECT {listed}, '{{}}' FROM {real(table)} WHERE id <> %(campaign)s",
        values,
    )
    run(
        f'INSERT INTO "{table}" SELECT * FROM {real(table)} WHERE id = %(campaign)s',
        values,
    )
    others = Campaign.objects.exclude(pk=values["campaign"])
    others.exclude(published=None).update(state=State.PAUSED, starts_at=None)
    above = others.filter(
        priority__gt=values["priority"], started_at__lt=values["until"]
    )
    above.exclude(stopped_at__lte=values["at"]).exclude(published=None).update(
        state=State.RUNNING, goals_checked_at=NEVER
    )


def rivals() -> list[int]:
    """Name the campaigns of a higher priority that are at work."""
    found = Campaign.objects.filter(state=State.RUNNING, goals_checked_at=NEVER)
    return list(found.values_list("pk", flat=True))


def take_audiences(values: dict[str, Any]) -> None:
    """Copy audiences; those that nothing here asks for count as archived."""
    table = Audience._meta.db_table
    run(f'INSERT INTO "{table}" SELECT * FROM {real(table)}')
    live = Audience.objects.live()
    live.exclude(pk__in=values["audiences"]).update(archived_at=values["at"])
    Audience.objects.live().update(
        judged_at=None,
        refreshed_at=values["at"],
        refresh_due_at=NEVER,
        refresh_error="",
    )


def audiences_for(campaign: Campaign, document: dict[str, Any]) -> list[int]:
    """Name the audiences that count for a draft, with those that they name in turn."""
    wanted = set(audiences_in(document))
    versions = CampaignVersion.objects.filter(campaign=campaign)
    for definition in versions.values_list("definition", flat=True):
        wanted |= audiences_in(definition)
    wanted |= _named(_conditions())
    while True:
        rules = Audience.objects.filter(pk__in=wanted).values_list("rule", flat=True)
        more = _named(rules) - wanted
        if not more:
            return sorted(wanted)
        wanted |= more


def _conditions() -> Iterator[Any]:
    """List what guardrails and incidents ask."""
    for rule in read_rules():
        if rule.is_on:
            yield rule.condition
    yield from Incident.objects.exclude(scope=None).values_list("scope", flat=True)


def _named(documents: Iterable[Any]) -> set[int]:
    """Name the audiences in conditions; one that can't be understood names none."""
    found: set[int] = set()
    for document in documents:
        try:
            found |= nodes.audience_ids(parse_condition(document))
        except ConditionError:
            continue
    return found
