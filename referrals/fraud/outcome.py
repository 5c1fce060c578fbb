"""Write what became of referrals: the case, the referral's state, and events on both people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contacts.events import Fact, record_many
from referrals.event_names import (
    REFERRAL_CLEARED,
    REFERRAL_HELD,
    REFERRAL_REJECTED,
)
from referrals.fraud.verdict import CLEAR, HELD, REJECTED
from referrals.models import FraudCase, Referral

EVENTS = {
    CLEAR: REFERRAL_CLEARED,
    HELD: REFERRAL_HELD,
    REJECTED: REFERRAL_REJECTED,
}
CASE_FIELDS = [
    "verdict",
    "points",
    "rank",
    "changes",
    "judged_at",
    "held_at",
    "review_due_at",
    "reopened_at",
]


@dataclass(frozen=True)
class Judgment:
    """What becomes of a referral, whose row is locked; ``by`` says who says so."""

    referral: Referral
    verdict: str
    points: int
    rank: int
    review_days: int
    checks: Sequence[str] = ()
    is_reopened: bool = False
    by: str = "checks"


def write(judgments: Sequence[Judgment], *, now: datetime) -> int:
    """
    Write judgments of locked referrals; the same again changes nothing but when it was judged.

    :returns: how many verdicts changed
    """
    known = {
        case.referral_id: case
        for case in FraudCase.objects.filter(
            contact__in=[one.referral.contact_id for one in judgments],
            referral_id__in=[one.referral.pk for one in judgments],
        )
    }
    cases, facts, changed = [], [], []
    for one in judgments:
        case = known.get(one.referral.pk) or FraudCase(
            contact_id=one.referral.contact_id,
            referral_id=one.referral.pk,
            program_id=one.referral.program_id,
        )
        is_first, before = case.pk is None, one.referral.fraud_state
        _change(case, one, now)
        cases.append(case)
        if before != one.verdict:
            changed.append(one)
            if not (is_first and one.verdict == CLEAR):
                facts += _facts(case, one, now)
    FraudCase.objects.bulk_create(
        sorted(cases, key=lambda case: case.contact_id),
        update_conflicts=True,
        unique_fields=["contact", "referral_id"],
        update_fields=CASE_FIELDS,
    )
    _move(changed, now)
    record_many(facts, now=now)
    return len(changed)


def _change(case: FraudCase, one: Judgment, now: datetime) -> None:
    """Bring a case to what was judged."""
    case.changes += case.verdict != one.verdict
    if one.verdict != HELD:
        case.held_at = case.review_due_at = case.reopened_at = None
    elif case.verdict != HELD:
        case.held_at = now
        case.review_due_at = now + timedelta(days=one.review_days)
        case.reopened_at = now if one.is_reopened else None
    case.verdict, case.points, case.rank = one.verdict, one.points, one.rank
    case.judged_at = now


def _move(changed: Sequence[Judgment], now: datetime) -> None:
    """Bring referrals to their new states, and let their rewards be reckoned."""
    for verdict in EVENTS:
        rows = [one.referral for one in changed if one.verdict == verdict]
        if rows:
            Referral.objects.filter(
                contact__in=[row.contact_id for row in rows],
                pk__in=[row.pk for row in rows],
            ).update(fraud_state=verdict, rewards_due_at=now)


def _facts(case: FraudCase, one: Judgment, now: datetime) -> list[Fact]:
    """Tell both people's contacts; the advocate's only if he is another one."""
    referral = one.referral
    properties = {
        "program": referral.program.name,
        "program_id": referral.program_id,
        "channel": referral.channel,
        "checks": list(one.checks),
        "by": one.by,
    }
    key = f"referral:{referral.pk}:{case.changes}"
    people = [referral.contact_id, referral.advocate_contact_id]
    name = EVENTS[one.verdict]
    return [Fact(person, name, now, key, properties) for person in people]
