"""Tell advocates' contacts that they reached a number of friends; each number once, for good."""

from collections.abc import Collection, Sequence
from datetime import datetime

from contacts.events import Fact, record_many
from referrals.event_names import TIER_REACHED
from referrals.models import Program
from referrals.rewards.terms import ADVOCATE, Owed, Terms

REACHED = "reached:"


def tell_tiers(
    owed: Sequence[Owed],
    terms: Sequence[Terms],
    program: Program,
    *,
    gone: Collection[int],
    now: datetime,
) -> None:
    """
    Record the numbers of friends that advocates have reached and nobody doubts.

    A changed promise is still the same one, and what is lost and reached again was reached
    before: the event is named by both, so it is there once.
    """
    families = {one.id: one.family for one in terms}
    facts = []
    for one in owed:
        is_tier = one.role == ADVOCATE and one.cause.key.startswith(REACHED)
        if not is_tier or one.is_waiting or one.cause.contact_id in gone:
            continue
        number = one.cause.key.removeprefix(REACHED)
        facts.append(
            Fact(
                one.cause.contact_id,
                TIER_REACHED,
                one.earned_at,
                f"tier:{families[one.cause.rule_id]}:{number}",
                {
                    "program": program.name,
                    "program_id": program.pk,
                    "friends": int(number),
                },
            )
        )
    if facts:
        record_many(facts, now=now)
