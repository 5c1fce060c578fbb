"""Judge the referrals that are due: look, weigh, and write what was found."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from contacts.background import Backlog, backlog_of
from referrals.fraud.facts import Case
from referrals.fraud.gather import SIBLINGS, WEEK, gather
from referrals.fraud.outcome import Judgment, write
from referrals.fraud.policies import policies_of
from referrals.fraud.signals import refresh_signals
from referrals.fraud.verdict import Ruling, Said, rule
from referrals.models import FraudCase, FraudDecision, FraudFinding, Referral
from referrals.setbacks import Piece, Work, carefully, forget_rows

BATCH = 200
# So many rows of a ring are looked at again at once.
MOST_OTHERS = 500

log = logging.getLogger(__name__)

# Takes referrals that are due, the oldest first; skips those in another's hands. Leans on
# referrals_judge_due.
CLAIM = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM referrals_referral
    WHERE judge_due_at <= %(now)s AND (%(only)s::bigint IS NULL OR id = %(only)s)
    ORDER BY judge_due_at, id
    LIMIT %(size)s
    FOR UPDATE SKIP LOCKED
)
UPDATE referrals_referral AS referral
SET judge_due_at = NULL
WHERE (referral.contact_id, referral.id) IN (SELECT contact_id, id FROM picked)
    AND referral.judge_due_at <= %(now)s
RETURNING referral.id
"""

# The other referrals among people of a ring, to be looked at again; whoever is changing one
# at this moment lets it be judged himself.
OTHERS = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM referrals_referral
    WHERE contact_id = ANY(%(people)s) AND advocate_contact_id = ANY(%(people)s)
        AND program_id = %(program)s AND judge_due_at IS NULL AND NOT id = ANY(%(own)s)
    ORDER BY contact_id, id
    LIMIT %(most)s
    FOR UPDATE SKIP LOCKED
)
UPDATE referrals_referral AS referral
SET judge_due_at = %(now)s
WHERE (referral.contact_id, referral.id) IN (SELECT contact_id, id FROM picked)
"""


# The later friends of advocates whose friend was judged for the first time: he counts among
# those before them, though he came to light after them. Leans on referrals_of_advocate.
LATER = """
WITH picked AS MATERIALIZED (
    SELECT later.contact_id, later.id
    FROM referrals_referral AS referral
    CROSS JOIN LATERAL (
        SELECT other.contact_id, other.id, other.lead_at
        FROM referrals_referral AS other
        WHERE other.advocate_contact_id = referral.advocate_contact_id
            AND other.advocate_id = referral.advocate_id
            AND other.lead_at <= referral.lead_at + %(week)s
            AND (other.lead_at, other.id) > (referral.lead_at, referral.id)
            AND other.judge_due_at IS NULL AND other.withdrawn_at IS NULL
            AND other.fraud_state <> 'rejected' AND NOT other.id = ANY(%(own)s)
        ORDER BY other.lead_at, other.id
        LIMIT %(most)s
    ) AS found
    JOIN referrals_referral AS later
        ON later.contact_id = found.contact_id AND later.id = found.id
    WHERE referral.id = ANY(%(new)s)
    ORDER BY later.contact_id, later.id
    FOR UPDATE OF later SKIP LOCKED
)
UPDATE referrals_referral AS referral
SET judge_due_at = %(now)s
WHERE (referral.contact_id, referral.id) IN (SELECT contact_id, id FROM picked)
"""


def backlog(now: datetime) -> Backlog:
    """See how many referrals are to be judged."""
    return backlog_of(Referral.objects.filter(judge_due_at__lte=now), "judge_due_at")


def judge_due(*, now: datetime) -> int:
    """
    Judge the next referrals that are due; if a batch fails, each of it alone.

    :returns: how many were taken
    """
    try:
        return judge_batch(now=now)
    except Exception:
        log.exception("A batch of referrals could not be judged; each is tried alone.")
    due = Referral.objects.filter(judge_due_at__lte=now).order_by("judge_due_at", "pk")
    found = list(due.values_list("pk", "contact_id")[:BATCH])
    return sum(
        carefully(
            partial(judge_batch, now=now, only=pk),
            Piece(Work.JUDGE, contact_id, pk),
            now=now,
        )
        for pk, contact_id in found
    )


@transaction.atomic
def judge_batch(*, now: datetime, only: int | None = None) -> int:
    """
    Judge some referrals.

    1. Claim them, and read what their people left behind.
    2. Gather the facts, look with every check, weigh what it found with what a person said.
    3. Write findings, verdicts and events; look again at the others of a new ring.

    One that was withdrawn by hand stays rejected; one with a person who was forgotten since it
    was judged stays as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "size": BATCH, "only": only})
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return 0
    referrals = {
        row.pk: row
        for row in Referral.objects.filter(pk__in=ids).select_related("program")
    }
    people = {row.contact_id for row in referrals.values()}
    refresh_signals([*people, *(row.advocate_contact_id for row in referrals.values())])
    frozen = frozen_among(referrals.values())
    cases = [case for case in gather(ids) if case.referral_id not in frozen]
    policies = policies_of({row.program_id for row in referrals.values()})
    said = decisions_of(referrals.values())
    new = {case.referral_id for case in cases} - judged_among(referrals.values())
    rulings = {
        case.referral_id: rule(
            case, policies[case.program_id], said.get(case.referral_id)
        )
        for case in cases
    }
    _write_findings(cases, rulings, now)
    judgments = [
        Judgment(
            referral=referrals[key],
            verdict=ruling.verdict,
            points=ruling.points,
            rank=ruling.rank,
            review_days=policies[referrals[key].program_id].review_days,
            checks=[one.kind for one in ruling.findings if not one.is_shadow],
            is_reopened=ruling.is_reopened,
        )
        for key, ruling in rulings.items()
    ]
    write(judgments, now=now)
    forget_rows(Work.JUDGE, ids)
    _look_at_later(new, ids, now)
    return len(ids)


def _look_at_later(new: Collection[int], own: list[int], now: datetime) -> None:
    """Let friends who joined within a week after new ones be judged again, up to a number."""
    if not new:
        return
    values: dict[str, Any] = {
        "new": sorted(new),
        "own": own,
        "week": WEEK,
        "most": SIBLINGS,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(LATER, values)


def judged_among(referrals: Collection[Referral]) -> set[int]:
    """Find those that were judged before."""
    judged = FraudCase.objects.filter(
        contact__in=[row.contact_id for row in referrals],
        referral_id__in=[row.pk for row in referrals],
    )
    return set(judged.values_list("referral_id", flat=True))


def frozen_among(referrals: Collection[Referral]) -> set[int]:
    """Find those that were withdrawn, or judged before one of their people was forgotten."""
    known = judged_among(referrals)
    gone = _forgotten(
        {row.contact_id for row in referrals}
        | {row.advocate_contact_id for row in referrals}
    )
    return {
        row.pk
        for row in referrals
        if row.withdrawn_at
        or (row.pk in known and gone & {row.contact_id, row.advocate_contact_id})
    }


def _forgotten(contact_ids: set[int]) -> set[int]:
    """Find who was forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact"
            " WHERE id = ANY(%s) AND erased_at IS NOT NULL",
            [sorted(contact_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def decisions_of(referrals: Collection[Referral]) -> dict[int, Said]:
    """Find what people decided last."""
    rows = FraudDecision.objects.filter(
        contact__in=[row.contact_id for row in referrals],
        referral_id__in=[row.pk for row in referrals],
    )
    return {
        row.referral_id: Said(row.verdict, frozenset(row.checks))
        for row in rows.order_by("decided_at", "pk")
    }


def _write_findings(
    cases: Sequence[Case], rulings: dict[int, Ruling], now: datetime
) -> None:
    """Bring the findings to what checks see now; one that stays keeps when it was found."""
    old = FraudFinding.objects.filter(
        contact__in=[case.friend.contact_id for case in cases],
        referral_id__in=list(rulings),
    )
    before = set(old.values_list("referral_id", "check_kind"))
    rows = [
        FraudFinding(
            contact_id=case.friend.contact_id,
            referral_id=case.referral_id,
            program_id=case.program_id,
            check_kind=finding.kind,
            action=str(finding.action),
            score=finding.points,
            is_shadow=finding.is_shadow,
            evidence=finding.evidence,
            found_at=now,
        )
        for case in cases
        for finding in rulings[case.referral_id].findings
    ]
    present = {(row.referral_id, row.check_kind) for row in rows}
    gone = Q()
    for referral_id, kind in before - present:
        gone |= Q(referral_id=referral_id, check_kind=kind)
    if gone:
        old.filter(gone).delete()
    FraudFinding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["contact", "referral_id", "check_kind"],
        update_fields=["action", "score", "is_shadow", "evidence"],
    )
    for case in cases:
        key = (case.referral_id, "ring")
        if key in present and key not in before:
            _look_at_others(case, list(rulings), now)


def _look_at_others(case: Case, own: list[int], now: datetime) -> None:
    """Let the other referrals of a ring be judged again: all of its edges are held."""
    hops = [*case.way_back, *case.twins]
    people = {case.friend.contact_id, case.advocate.contact_id}
    people.update(*((hop.from_id, hop.to_id) for hop in hops))
    values: dict[str, Any] = {
        "people": sorted(people),
        "program": case.program_id,
        "own": own,
        "most": MOST_OTHERS,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, values)
