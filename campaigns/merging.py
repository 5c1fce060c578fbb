"""What becomes of passes through campaigns, and of the budget, when two contacts become one."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Model

from campaigns.engine.ending import MERGED, end_enrollments
from campaigns.guardrails import budget
from campaigns.models import (
    Ask,
    AskBudget,
    Campaign,
    Enrollment,
    Example,
    Message,
    Task,
)
from contacts.identities.by_hand import register_teller
from contacts.identities.combine import execute
from contacts.identities.combining import Merging, register_combiner, register_lock

# A moment of the other one keeps its name beside an equal one of who remains; of one that is too
# long the hash, so that it is still told from all others.
RENAME = """
UPDATE campaigns_enrollment AS merged
SET entry_key = CASE
        WHEN length(merged.entry_key || ' of ' || %(merged)s) > 80
        THEN md5(merged.entry_key) ELSE merged.entry_key
    END || ' of ' || %(merged)s
FROM campaigns_enrollment AS kept
WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
    AND kept.campaign_id = merged.campaign_id AND kept.entry_key = merged.entry_key
"""

# Together they have taken what either took: nobody is asked a second time.
UNITE_BUDGETS = """
WITH theirs AS (
    DELETE FROM campaigns_askbudget AS merged
    USING campaigns_askbudget AS kept
    WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
    RETURNING merged.last_asked_on, merged.next_on
)
UPDATE campaigns_askbudget AS kept
SET last_asked_on = greatest(kept.last_asked_on, theirs.last_asked_on),
    next_on = greatest(kept.next_on, theirs.next_on)
FROM theirs
WHERE kept.contact_id = %(survivor)s
"""


def combine_enrollments(merging: Merging) -> None:
    """
    Let one pass through each campaign go on, the one that is furthest; the other ends.

    What it had queued is called back.
    """
    active = Enrollment.objects.filter(
        contact_id__in=merging.both, state=Enrollment.State.ACTIVE
    ).order_by("campaign_id", "-visit", "enrolled_at", "pk")
    furthest: dict[int, int] = {}
    for enrollment in active:
        kept = furthest.setdefault(enrollment.campaign_id, enrollment.pk)
        if kept != enrollment.pk:
            end_enrollments(
                enrollment_ids=[enrollment.pk],
                contact_ids=[enrollment.contact_id],
                state=Enrollment.State.EXITED,
                reason=MERGED,
                cause=MERGED,
                now=merging.now,
            )
    execute(RENAME, merging)
    execute(UNITE_BUDGETS, merging)


def combine_examples(merging: Merging) -> None:
    """
    Let examples be run again, and say why; of two in one campaign that of who remains stays.

    The tests of a draft were written about somebody else.
    """
    Example.objects.filter(contact_id__in=merging.both).update(
        merged_at=merging.now, state=Example.State.UNCHECKED
    )


def lock_budgets(contact_ids: list[int]) -> None:
    """Wait for whoever decides about an ask of these contacts right now."""
    with connection.cursor() as cursor:
        cursor.execute(budget.LOCK, [contact_ids])


def tell(tables: Mapping[str, Any]) -> list[str]:
    """Say what a merge does to passes and to the budget."""
    sentences = []
    ended = [
        row["campaign_id"]
        for row in _after(tables, Enrollment)
        if row["end_reason"] == MERGED
    ]
    for campaign in Campaign.objects.filter(pk__in=ended).order_by("pk"):
        sentences.append(
            f"Both are in the campaign “{campaign}”. The one who is further goes on; for"
            " the other it ends, and what was not sent yet is called back."
        )
    pinned = {row["campaign_id"] for row in _after(tables, Example)}
    for campaign in Campaign.objects.filter(pk__in=pinned).order_by("pk"):
        sentences.append(
            f"One of them is an example person of “{campaign}”. Who remains is it from then"
            " on; run the examples again."
        )
    for row in _after(tables, AskBudget):
        if row["next_on"]:
            sentences.append(
                f"The next ask is possible on {row['next_on']}: an ask of either counts"
                " for both."
            )
    return sentences


def _after(tables: Mapping[str, Any], model: type[Model]) -> Iterable[dict[str, Any]]:
    """List the rows of a table that a merge changes, as they are afterwards."""
    entry = tables.get(model._meta.label_lower, {})
    return list(entry.get("after", {}).values())


def register() -> None:
    """Make these known; called in ``AppConfig.ready``."""
    register_combiner(combine_enrollments, Enrollment, Message, Ask, AskBudget, Task)
    register_combiner(combine_examples, Example)
    register_lock(lock_budgets)
    register_teller(tell)
