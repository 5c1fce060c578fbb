"""
What if the settings were others: the last 90 days judged again, and nothing written.

The same code that judges is asked twice, with the settings as they are and as they would be.
It looks at what checks say, and beside it at what people decided: an approved referral that
would be held is an honest person hurt, a rejected one that would pass is money lost.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from time import monotonic

from referrals.fraud.effects import money_at_stake
from referrals.fraud.gather import gather
from referrals.fraud.judge import decisions_of
from referrals.fraud.policy import Policy
from referrals.fraud.verdict import APPROVED, CLEAR, HELD, REJECTED, rule
from referrals.models import Program, Referral

DAYS = 90
CHUNK = 250
# More referrals than this are not tried out; the newest are.
MOST = 10_000


@dataclass
class Outcome:
    """What would become of the referrals: how many by verdict, what checks find, and the difference."""

    referrals: int = 0
    # How many there are; more than were looked at if there were too many, or no time for all.
    of_all: int = 0
    is_cut: bool = False
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    found_before: Counter[str] = field(default_factory=Counter)
    found_after: Counter[str] = field(default_factory=Counter)
    # Referrals by what would change.
    newly_held: list[int] = field(default_factory=list)
    newly_rejected: list[int] = field(default_factory=list)
    newly_free: list[int] = field(default_factory=list)
    # Approved by hand, and held or rejected then; rejected by hand, and passed then.
    hurt: list[int] = field(default_factory=list)
    hurt_before: int = 0
    missed: list[int] = field(default_factory=list)
    # Minor units by currency.
    money_held: dict[str, int] = field(default_factory=dict)
    money_saved: dict[str, int] = field(default_factory=dict)
    money_freed: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many there was no time for."""
        return self.of_all - self.referrals

    @property
    def hurt_note(self) -> str:
        """Say how many there are today."""
        return f"approved by hand; {self.hurt_before:,} today"

    @property
    def changes(self) -> int:
        """How many referrals would be judged differently."""
        return len(self.newly_held) + len(self.newly_rejected) + len(self.newly_free)


def try_out(
    *,
    program: Program,
    present: Policy,
    changed: Policy,
    now: datetime,
    patience: float = inf,
) -> Outcome:
    """
    Judge the program's referrals of the last 90 days with both policies; it writes nothing.

    The newest come first. After so many seconds of ``patience`` no more are looked at.
    """
    began = monotonic()
    rows = Referral.objects.filter(
        program=program, lead_at__gt=now - timedelta(days=DAYS), lead_at__lte=now
    )
    newest = list(rows.order_by("-lead_at", "-pk")[: MOST + 1])
    outcome = Outcome(of_all=len(newest[:MOST]), is_cut=len(newest) > MOST)
    for part in batched_of(newest[:MOST]):
        if outcome.referrals and monotonic() - began > patience:
            break
        _compare(part, present, changed, outcome)
    by_id = {row.pk: row for row in newest[:MOST]}
    outcome.money_held = money_at_stake([by_id[pk] for pk in outcome.newly_held])
    outcome.money_saved = money_at_stake([by_id[pk] for pk in outcome.newly_rejected])
    outcome.money_freed = money_at_stake([by_id[pk] for pk in outcome.newly_free])
    return outcome


def batched_of(rows: Sequence[Referral]) -> Iterator[Sequence[Referral]]:
    """Cut referrals into parts of a size that is gathered at once."""
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _compare(
    part: Sequence[Referral], present: Policy, changed: Policy, outcome: Outcome
) -> None:
    """Judge some referrals with both policies, and add up what differs."""
    said = decisions_of(part)
    for case in gather([row.pk for row in part]):
        key = case.referral_id
        old, new = rule(case, present), rule(case, changed)
        outcome.referrals += 1
        outcome.before[old.verdict] += 1
        outcome.after[new.verdict] += 1
        outcome.found_before.update(one.kind for one in old.findings)
        outcome.found_after.update(one.kind for one in new.findings)
        if old.verdict != new.verdict:
            {
                HELD: outcome.newly_held,
                REJECTED: outcome.newly_rejected,
                CLEAR: outcome.newly_free,
            }[new.verdict].append(key)
        if key not in said:
            continue
        is_approved = said[key].verdict == APPROVED
        outcome.hurt_before += is_approved and old.verdict != CLEAR
        if is_approved and new.verdict != CLEAR:
            outcome.hurt.append(key)
        elif not is_approved and new.verdict == CLEAR:
            outcome.missed.append(key)
