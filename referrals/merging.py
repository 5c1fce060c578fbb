"""What becomes of advocates and referrals when two contacts become one."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Model

from contacts.identities.by_hand import register_teller
from contacts.identities.combine import execute
from contacts.identities.combining import Merging, register_combiner
from referrals.clues import look_again
from referrals.models import (
    Advocate,
    AskPreference,
    Clue,
    Intro,
    Milestone,
    OfferMail,
    Referral,
    Visit,
)

# Whoever wanted to be left alone longer is left alone longer.
STRICTEST = """
WITH theirs AS (
    DELETE FROM referrals_askpreference AS merged
    USING referrals_askpreference AS kept
    WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
    RETURNING merged.*
)
UPDATE referrals_askpreference AS kept
SET snoozed_until = greatest(kept.snoozed_until, theirs.snoozed_until),
    never_since = least(kept.never_since, theirs.never_since),
    changed_at = greatest(kept.changed_at, theirs.changed_at)
FROM theirs
WHERE kept.contact_id = %(survivor)s
"""

# Nobody refers himself: the friend turned out to be the advocate.
OWN = """
DELETE FROM referrals_referral
WHERE contact_id IN (%(survivor)s, %(merged)s)
    AND advocate_contact_id IN (%(survivor)s, %(merged)s)
"""

# Of two referrals of one friend, the first counts, and reaches what either reached.
SAME_FRIEND = """
WITH pair AS (
    SELECT kept.id AS kept_id, merged.id AS merged_id,
        (merged.lead_at, merged.id) < (kept.lead_at, kept.id) AS is_merged_first,
        least(kept.qualified_at, merged.qualified_at) AS qualified_at,
        least(kept.opportunity_at, merged.opportunity_at) AS opportunity_at,
        least(kept.won_at, merged.won_at) AS won_at
    FROM referrals_referral AS kept
    JOIN referrals_referral AS merged
        ON merged.contact_id = %(merged)s AND merged.program_id = kept.program_id
    WHERE kept.contact_id = %(survivor)s
), late AS (
    DELETE FROM referrals_referral AS referral
    USING pair
    WHERE referral.contact_id IN (%(survivor)s, %(merged)s)
        AND referral.id = CASE WHEN is_merged_first THEN kept_id ELSE merged_id END
    RETURNING referral.id
), first AS (
    UPDATE referrals_referral AS referral
    SET qualified_at = pair.qualified_at, opportunity_at = pair.opportunity_at,
        won_at = pair.won_at, judge_due_at = %(now)s, rewards_due_at = %(now)s
    FROM pair
    WHERE referral.contact_id IN (%(survivor)s, %(merged)s)
        AND referral.id = CASE WHEN is_merged_first THEN merged_id ELSE kept_id END
)
SELECT late.id, CASE WHEN is_merged_first THEN merged_id ELSE kept_id END
FROM late
JOIN pair ON late.id IN (pair.kept_id, pair.merged_id)
"""

# What brought the late one to a stage, where the first one has not got it as well.
TWIN_MILESTONES = """
DELETE FROM referrals_milestone AS late
USING referrals_milestone AS first
WHERE late.contact_id IN (%(survivor)s, %(merged)s) AND late.referral_id = %(late)s
    AND first.contact_id IN (%(survivor)s, %(merged)s) AND first.referral_id = %(first)s
    AND first.stage = late.stage AND first.key = late.key
"""
OTHER_MILESTONES = """
UPDATE referrals_milestone
SET referral_id = %(first)s
WHERE contact_id IN (%(survivor)s, %(merged)s) AND referral_id = %(late)s
"""

# What brought a referral to a stage that is none.
LEFT_MILESTONES = """
DELETE FROM referrals_milestone AS milestone
WHERE milestone.contact_id IN (%(survivor)s, %(merged)s)
    AND NOT EXISTS (
        SELECT FROM referrals_referral AS referral
        WHERE referral.contact_id = milestone.contact_id
            AND referral.id = milestone.referral_id
    )
"""

# What was seen twice was first seen the first time.
TWIN_CLUES = """
WITH theirs AS (
    DELETE FROM referrals_clue AS merged
    USING referrals_clue AS kept
    WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
        AND (kept.source, kept.value, kept.key) = (merged.source, merged.value, merged.key)
    RETURNING merged.*
)
UPDATE referrals_clue AS kept
SET seen_at = least(kept.seen_at, theirs.seen_at),
    is_historical = kept.is_historical AND theirs.is_historical
FROM theirs
WHERE kept.contact_id = %(survivor)s
    AND (kept.source, kept.value, kept.key) = (theirs.source, theirs.value, theirs.key)
"""

# The friends of the other advocate. Leans on referrals_of_advocate.
FRIENDS = """
UPDATE referrals_referral AS referral
SET advocate_contact_id = %(survivor)s
WHERE referral.advocate_contact_id = %(merged)s
"""

# Whom an introduction was about. Leans on the index of the friend.
INTRODUCED = """
UPDATE referrals_intro AS intro
SET friend_contact_id = %(survivor)s
WHERE intro.friend_contact_id = %(merged)s
"""


def combine_preferences(merging: Merging) -> None:
    """Let the strictest wish of both count."""
    execute(STRICTEST, merging)


def combine_advocates(merging: Merging) -> None:
    """
    Let one advocate of each program remain, and each friend be credited once.

    Both codes lead to him, for a code names the contact and the program; he has the visits
    and friends of both. Nobody refers himself.
    """
    kept = dict(
        Advocate.objects.filter(contact_id=merging.survivor_id).values_list(
            "program_id", "pk"
        )
    )
    twins = Advocate.objects.filter(contact_id=merging.merged_id, program_id__in=kept)
    for twin in twins:
        _replace(twin, kept[twin.program_id], merging)
    execute(OWN, merging)
    execute(LEFT_MILESTONES, merging)
    _unite_friends(merging)
    execute(FRIENDS, merging)
    if Referral.objects.filter(contact_id__in=merging.both).exists():
        look_again([merging.survivor_id], now=merging.now)


def combine_clues(merging: Merging) -> None:
    """Know each clue once, and look at the contact anew: a visitor has got a name."""
    execute(TWIN_CLUES, merging)
    look_again([merging.survivor_id], now=merging.now)


def _unite_friends(merging: Merging) -> None:
    """Let the first referral of a program have what the late one had."""
    names: dict[str, Any] = {
        "survivor": merging.survivor_id,
        "merged": merging.merged_id,
        "now": merging.now,
    }
    with connection.cursor() as cursor:
        cursor.execute(SAME_FRIEND, names)
        for late, first in cursor.fetchall():
            merging.stand_in(Referral, late, first)
            pair = names | {"late": late, "first": first}
            cursor.execute(TWIN_MILESTONES, pair)
            cursor.execute(OTHER_MILESTONES, pair)


def combine_intros(merging: Merging) -> None:
    """Let introductions lead to the friend who remains."""
    execute(INTRODUCED, merging)


def _replace(twin: Advocate, advocate_id: int, merging: Merging) -> None:
    """Let an advocate take the place of another of the same program."""
    merging.stand_in(Advocate, twin.pk, advocate_id)
    for model in (Visit, OfferMail):
        model._base_manager.filter(
            contact_id=twin.contact_id, advocate_id=twin.pk
        ).update(advocate_id=advocate_id)
    Referral.objects.filter(
        advocate_contact_id=twin.contact_id, advocate_id=twin.pk
    ).update(advocate_id=advocate_id)
    own = Advocate.objects.filter(contact_id=twin.contact_id, pk=twin.pk)
    own._raw_delete(own.db)


def tell(tables: Mapping[str, Any]) -> list[str]:
    """Say what a merge does to advocates, referrals and wishes."""
    sentences = []
    gone = _gone(tables, Advocate)
    if gone:
        sentences.append(
            "Both have a link in the same program. Both links go on working, and what"
            " comes through either counts for one advocate."
        )
    if _gone(tables, Referral):
        sentences.append(
            "A referral is counted once: of two for the same friend the first stays, and"
            " nobody refers himself."
        )
    wishes = tables.get(AskPreference._meta.label_lower, {}).get("after", {}).values()
    if any(row["never_since"] for row in wishes):
        sentences.append("One of them asked never to be asked. That counts for both.")
    elif any(row["snoozed_until"] for row in wishes):
        sentences.append("“Not now” of either counts for both, the longer one first.")
    return sentences


def _gone(tables: Mapping[str, Any], model: type[Model]) -> set[str]:
    """List the rows of a table that a merge takes away."""
    entry = tables.get(model._meta.label_lower, {})
    return entry.get("before", {}).keys() - entry.get("after", {}).keys()


def register() -> None:
    """Make these known; called in ``AppConfig.ready``."""
    register_combiner(combine_preferences, AskPreference)
    register_combiner(combine_clues, Clue)
    register_combiner(
        combine_advocates, Advocate, Visit, OfferMail, Referral, Milestone
    )
    register_combiner(combine_intros, Intro)
    register_teller(tell)
