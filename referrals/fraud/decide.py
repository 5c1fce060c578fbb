"""What a person decides about referrals that checks hold; append-only, and it stays."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from referrals.fraud.outcome import Judgment, write
from referrals.fraud.verdict import CLEAR, REJECTED
from referrals.models import FraudCase, FraudDecision, FraudFinding, Referral

VERDICTS = {
    FraudDecision.Verdict.APPROVED: CLEAR,
    FraudDecision.Verdict.REJECTED: REJECTED,
}
Reason = FraudDecision.Reason
# Which reasons there are for which verdict.
REASONS = {
    FraudDecision.Verdict.APPROVED: (
        Reason.KNOWN_PEOPLE,
        Reason.HOUSEHOLD,
        Reason.OUR_MISTAKE,
        Reason.GOODWILL,
        Reason.OTHER,
    ),
    FraudDecision.Verdict.REJECTED: (
        Reason.SELF_REFERRAL,
        Reason.FAKE_ACCOUNT,
        Reason.RING,
        Reason.PUBLIC_CODE,
        Reason.OTHER,
    ),
}


class ReasonUnfit(ValueError):
    """The reason is not one for the verdict, or "something else" is not explained."""


def reason_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """List the reasons by what they are for."""
    words = {"approved": "To approve", "rejected": "To reject"}
    return [
        (words[verdict], [(str(one.value), str(one.label)) for one in reasons])
        for verdict, reasons in REASONS.items()
    ]


@transaction.atomic
def decide(
    *,
    referral_ids: Collection[int],
    verdict: str,
    reason: str,
    note: str,
    user: User | None,
    now: datetime,
) -> int:
    """
    Approve or reject referrals, with a reason, who and when.

    One about which the same was decided last stays as it is, so a second click does nothing;
    nor does anything bring back what was withdrawn.

    :raises ReasonUnfit: if the reason does not fit, or needs a note
    :returns: how many were decided
    """
    if reason not in REASONS[FraudDecision.Verdict(verdict)]:
        raise ReasonUnfit("Choose a reason that fits.")
    if reason == Reason.OTHER and not note.strip():
        raise ReasonUnfit("Say in the note what the reason is.")
    rows = Referral.objects.filter(pk__in=referral_ids, withdrawn_at=None)
    rows = rows.select_related("program")
    referrals = list(rows.select_for_update(of=("self",)).order_by("contact_id", "pk"))
    seen = _seen(referrals)
    cases = {
        case.referral_id: case
        for case in FraudCase.objects.filter(
            contact__in=[row.contact_id for row in referrals],
            referral_id__in=[row.pk for row in referrals],
        )
    }
    last = _last(referrals)
    chosen = [row for row in referrals if not _is_done(row, last.get(row.pk), verdict)]
    FraudDecision.objects.bulk_create(
        FraudDecision(
            contact_id=row.contact_id,
            referral_id=row.pk,
            program_id=row.program_id,
            verdict=verdict,
            reason=reason,
            note=note.strip()[:2000],
            points=cases[row.pk].points if row.pk in cases else 0,
            rank=cases[row.pk].rank if row.pk in cases else 0,
            checks=seen[row.pk],
            decided_at=now,
            decided_by=user,
        )
        for row in chosen
    )
    judgments = [
        Judgment(
            referral=row,
            verdict=VERDICTS[FraudDecision.Verdict(verdict)],
            points=cases[row.pk].points if row.pk in cases else 0,
            rank=cases[row.pk].rank if row.pk in cases else 0,
            review_days=0,
            checks=seen[row.pk],
            by="person",
        )
        for row in chosen
    ]
    write(judgments, now=now)
    return len(chosen)


def _seen(referrals: Collection[Referral]) -> dict[int, list[str]]:
    """List which checks have found something, for each referral."""
    seen: dict[int, list[str]] = defaultdict(list)
    rows = FraudFinding.objects.filter(
        contact__in=[row.contact_id for row in referrals],
        referral_id__in=[row.pk for row in referrals],
    )
    for key, kind in rows.order_by("check_kind").values_list(
        "referral_id", "check_kind"
    ):
        seen[key].append(kind)
    return seen


def _last(referrals: Collection[Referral]) -> dict[int, str]:
    """Find what was decided last about each."""
    rows = FraudDecision.objects.filter(
        contact__in=[row.contact_id for row in referrals],
        referral_id__in=[row.pk for row in referrals],
    )
    return dict(rows.order_by("decided_at", "pk").values_list("referral_id", "verdict"))


def _is_done(referral: Referral, last: str | None, verdict: str) -> bool:
    """Whether the same was decided last, and nothing has happened since."""
    state = VERDICTS[FraudDecision.Verdict(verdict)]
    return last == verdict and referral.fraud_state == state
