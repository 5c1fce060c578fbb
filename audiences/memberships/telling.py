"""Of whom nobody is told while an audience is filled after a change of its rule."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from django.db import connection

from audiences import selection
from audiences.conditions.sql import combine, value
from audiences.memberships.ledger import Move
from audiences.models import Audience, AudienceRefresh
from audiences.models.audience import Telling
from contacts.models.work import WorkState

OVER = (WorkState.DONE, WorkState.FAILED, WorkState.CANCELED)
# Selects those of some contacts for whom a rule held at a moment.
HELD = "SELECT contact.id FROM contacts_contact AS contact WHERE contact.id = ANY ({}) AND ({})"


def hush(moves: Sequence[Move], audiences: Iterable[Audience]) -> list[Move]:
    """
    Mark who would enter though the rule held for him when it was saved, where nobody is to be told.

    Whoever enters by something that happened since is told, whoever finds him first.
    """
    unfilled = {one.pk: one for one in audiences if not one.is_filled}
    moving = {move.audience_id for move in moves if move.enters} & unfilled.keys()
    if not moving:
        return list(moves)
    fillings = AudienceRefresh.objects.filter(
        audience_id__in=moving, tells=Telling.NOBODY
    ).exclude(state__in=OVER)
    quiet: set[tuple[int, int]] = set()
    for filling in fillings:
        entering = [
            move.contact_id
            for move in moves
            if move.enters and move.audience_id == filling.audience_id
        ]
        found = _held(unfilled[filling.audience_id], filling, entering)
        quiet |= {(contact_id, filling.audience_id) for contact_id in found}
    return [
        replace(move, is_quiet=(move.contact_id, move.audience_id) in quiet)
        for move in moves
    ]


def _held(
    audience: Audience, filling: AudienceRefresh, contact_ids: Sequence[int]
) -> Collection[int]:
    """Say for whom the rule held when it was saved."""
    condition = selection.predicate(
        audience.rule,
        as_of=filling.created_at,
        few=True,
        is_past=True,
        counts_from=audience.counts_from,
    )
    statement = combine(HELD, value(list(contact_ids), "bigint[]"), condition)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {row[0] for row in cursor.fetchall()}
