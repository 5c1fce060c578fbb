"""
What reports ask of an ask, in one number that the database works out itself.

Counting a million asks takes as long as looking at each; so what is to be looked at is one small
column, stored whenever the ask changes. ``read_kind`` takes it apart.
"""

from dataclasses import dataclass

# The facts of the funnel before a win, from the first.
STAGE_FIELDS = (
    "delivered_at",
    "viewed_at",
    "intent_at",
    "invite_sent_at",
    "lead_at",
    "qualified_at",
    "opportunity_at",
)
WON = len(STAGE_FIELDS) + 1
STAGE_BITS = 7
WON_BIT = 8
OPENED_BIT = 16
YES_BIT = 32
ANSWERS = ("", "yes", "not_now", "never")
_STAGES = " ".join(
    f"WHEN {name} IS NOT NULL THEN {place}"
    for place, name in reversed(list(enumerate(STAGE_FIELDS, start=1)))
)
# A yes counts if it came within thirty days of the delivery: campaigns.reports.groups.
KIND_SQL = (
    f"(CASE {_STAGES} ELSE 0 END"
    " + CASE WHEN won_at IS NULL THEN 0 ELSE 8 END"
    " + CASE WHEN opened_at IS NULL THEN 0 ELSE 16 END"
    " + CASE WHEN LEAST(intent_at, invite_sent_at, lead_at, won_at)"
    " - COALESCE(delivered_at, asked_at) <= interval '30 days' THEN 32 ELSE 0 END"
    " + CASE answer WHEN 'yes' THEN 64 WHEN 'not_now' THEN 128 WHEN 'never' THEN 192 ELSE 0 END"
    " + evidence * 256"
    " + CASE WHEN complained_at IS NULL THEN 0 ELSE 1024 END"
    " + CASE WHEN unsubscribed_at IS NULL THEN 0 ELSE 2048 END"
    " + CASE WHEN is_content IS NULL THEN 0 WHEN is_content THEN 8192 ELSE 4096 END)"
)
# Whole minutes from the moment to the arrival; a moment that is told late took none.
MINUTES_SQL = (
    "CASE WHEN delivered_at >= moment_at"
    " THEN floor(EXTRACT(EPOCH FROM delivered_at - moment_at) / 60)::bigint"
    " WHEN delivered_at < moment_at THEN 0 END"
)


@dataclass(frozen=True)
class AskKind:
    """
    A kind, taken apart.

    ``stage`` is how far the ask has come, from 1, and ``raw_stage`` the same if it counts what
    machines opened. A win that was taken back is none.
    """

    stage: int
    raw_stage: int
    is_yes: bool
    answer: str
    evidence: int
    has_complained: bool
    has_unsubscribed: bool
    is_content: bool | None

    @property
    def group(self) -> str:
        """The one group of answers to which a delivered ask belongs."""
        if self.is_yes:
            return "yes"
        return self.answer if self.answer in ("not_now", "never") else "no_answer"


def read_kind(kind: int, *, is_reversed: bool = False) -> AskKind:
    """Take a kind apart."""
    has_won = bool(kind & WON_BIT) and not is_reversed
    stage = WON if has_won else kind & STAGE_BITS
    content = kind >> 12 & 3
    return AskKind(
        stage,
        max(stage, 2) if kind & OPENED_BIT else stage,
        bool(kind & YES_BIT) and stage > 0,
        ANSWERS[kind >> 6 & 3],
        kind >> 8 & 3,
        bool(kind & 1024),
        bool(kind & 2048),
        None if content == 0 else content == 2,
    )
