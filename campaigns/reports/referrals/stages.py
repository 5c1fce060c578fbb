"""
The groups of asks and of friends.

A stage is reached if its fact or a later one is set, so that no funnel widens. A win counts as
long as it is not taken back: an ask all of whose wins are reversed, or a friend whose orders
are, stands at the stage before. A friend whom the fraud checks rejected is in no stage.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import (
    BooleanField,
    Case,
    F,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL

from campaigns.asks.credit import WINDOW
from campaigns.models import Answer, Ask, Evidence
from campaigns.models.ask_kind import STAGE_BITS, WON
from campaigns.reports.groups import YES, YES_WINDOW, Group
from referrals.models import Referral

# Longer than this after an ask nothing is credited to it any more.
CREDIT_WINDOW = WINDOW

# Selects the asks to which wins belong, all of them taken back.
# Leans on referrals_of_advocate and on asks_of_contact.
REVERSED = """
SELECT win.ask_id
FROM (
    SELECT ask.id AS ask_id, referral.reversed_at
    FROM referrals_referral AS referral
    CROSS JOIN LATERAL (
        SELECT latest.id
        FROM campaigns_ask AS latest
        WHERE latest.contact_id = referral.advocate_contact_id
            AND latest.program_id = referral.program_id
            AND latest.asked_at <= referral.won_at
            AND latest.asked_at > referral.won_at - make_interval(secs => %s)
            AND latest.refunded_at IS NULL
        ORDER BY latest.asked_at DESC, latest.id DESC
        LIMIT 1
    ) AS ask
    WHERE referral.won_at IS NOT NULL AND referral.advocate_contact_id IN (
        SELECT back.advocate_contact_id FROM referrals_referral AS back
        WHERE back.reversed_at IS NOT NULL
    )
) AS win
GROUP BY win.ask_id
HAVING bool_and(win.reversed_at IS NOT NULL)
"""


@dataclass(frozen=True)
class Stage:
    """A stage of a funnel: a word for addresses, a name, what it means, and its facts."""

    word: str
    label: str
    meaning: str
    field: str
    # Not everybody's business has it: without a single fact it is left out.
    is_optional: bool = False


ASK_STAGES = (
    Stage(
        "delivered",
        "Delivered",
        "The mailbox or the product took the ask.",
        "delivered_at",
    ),
    Stage(
        "viewed",
        "Viewed",
        "A person saw the ask, or did anything later.",
        "viewed_at",
    ),
    Stage(
        "intent",
        "Intent",
        "The person said yes, or took the link to share it.",
        "intent_at",
    ),
    Stage(
        "invite_sent",
        "Invite sent",
        "The person passed the link on, or a friend came through it.",
        "invite_sent_at",
    ),
    Stage("lead", "Lead", "A friend joined through the link.", "lead_at"),
    Stage(
        "qualified",
        "Qualified",
        "A friend turned out to be one you want.",
        "qualified_at",
        is_optional=True,
    ),
    Stage(
        "opportunity",
        "Opportunity",
        "A friend began to buy.",
        "opportunity_at",
        is_optional=True,
    ),
    Stage("won", "Won", "A friend bought, and it was not taken back.", "won_at"),
)
PLACES = {stage.word: place for place, stage in enumerate(ASK_STAGES, start=1)}
VIEWED = PLACES["viewed"]
INVITE_SENT = PLACES["invite_sent"]

FRIEND_STAGES = (
    Stage("lead", "Joined", "Signed up through an advocate.", "lead_at"),
    Stage(
        "qualified",
        "Qualified",
        "Turned out to be somebody you want.",
        "qualified_at",
        is_optional=True,
    ),
    Stage(
        "opportunity",
        "Opportunity",
        "Began to buy.",
        "opportunity_at",
        is_optional=True,
    ),
    Stage("won", "Won", "Bought, and it was not taken back.", "won_at"),
)
NOT_REJECTED = ~Q(fraud_state=Referral.FraudState.REJECTED)
FRIEND_WON = Q(won_at__isnull=False, reversed_at=None)

# How far an ask has come, from 1; 0 for nothing. As ``read_kind`` tells it.
STAGE = Case(
    When(won_at__isnull=False, is_reversed=False, then=Value(WON)),
    default=F("kind").bitand(STAGE_BITS),
    output_field=SmallIntegerField(),
)
# The same with what machines opened.
RAW_STAGE = Case(
    When(stage__lt=VIEWED, opened_at__isnull=False, then=Value(VIEWED)),
    default=F("stage"),
    output_field=SmallIntegerField(),
)

GRADES = (
    Group(
        "confirmed",
        "Confirmed",
        "The device said that the link was sent.",
        Q(evidence=Evidence.CONFIRMED),
    ),
    Group(
        "probable",
        "Probable",
        "The link was copied, or an app to share it was opened.",
        Q(evidence=Evidence.PROBABLE),
    ),
    Group(
        "inferred",
        "Inferred",
        "Nobody told us, but a friend came.",
        Q(evidence__lt=Evidence.PROBABLE),
    ),
)
GRADE_OF = {
    Evidence.CONFIRMED.value: "confirmed",
    Evidence.PROBABLE.value: "probable",
    Evidence.INFERRED.value: "inferred",
    Evidence.NONE.value: "inferred",
}

_REFUSED = Q(answer__in=(Answer.NOT_NOW, Answer.NEVER))
# Together they are the delivered asks.
ANSWERS = (
    Group(
        "yes",
        "Yes",
        f"Said yes or took the link within {YES_WINDOW.days} days.",
        Q(is_yes=True),
    ),
    Group(
        "not_now",
        "Not now",
        "Wants to be asked later.",
        Q(is_yes=False, answer=Answer.NOT_NOW),
    ),
    Group(
        "never",
        "Never",
        "Does not want to be asked again.",
        Q(is_yes=False, answer=Answer.NEVER),
    ),
    Group(
        "no_answer",
        "No answer",
        "Delivered, and nothing came back so far.",
        Q(is_yes=False) & ~_REFUSED,
    ),
)
HARMS = (
    Group(
        "complained",
        "Complaints",
        "Marked a mail of the ask as spam.",
        Q(complained_at__isnull=False),
    ),
    Group(
        "unsubscribed",
        "Unsubscribes",
        "Unsubscribed within 7 days, and this was the latest ask.",
        Q(unsubscribed_at__isnull=False),
    ),
    Group(
        "said_never",
        "Never again",
        "Does not want to be asked again.",
        Q(answer=Answer.NEVER),
    ),
)
SURVEYED = Group(
    "surveyed",
    "Answered a survey",
    "Answered a survey within 30 days.",
    Q(is_content__isnull=False),
)
UNHAPPY = Group(
    "unhappy",
    "Not satisfied",
    "Of those who answered a survey within 30 days: was not satisfied.",
    Q(is_content=False),
)


def with_reversed(asks: QuerySet[Ask]) -> QuerySet[Ask]:
    """Tell of each ask whether all its wins were taken back."""
    taken_back = RawSQL(REVERSED, [CREDIT_WINDOW.total_seconds()])  # noqa: S611 - constants
    return asks.annotate(
        is_reversed=Case(
            When(won_at__isnull=False, pk__in=taken_back, then=Value(True)),
            default=Value(False),
            output_field=BooleanField(),
        )
    )


def staged(asks: QuerySet[Ask]) -> QuerySet[Ask]:
    """Tell of each ask how far it has come, with and without machines, and whether it is a yes."""
    is_yes = Case(
        When(YES, then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    return with_reversed(asks).annotate(stage=STAGE, is_yes=is_yes, raw_stage=RAW_STAGE)


def friends_at(word: str) -> Q:
    """Select the friends who reached a stage, or a later one."""
    words = [stage.word for stage in FRIEND_STAGES]
    predicate = FRIEND_WON
    for stage in FRIEND_STAGES[words.index(word) : -1]:
        predicate |= Q((f"{stage.field}__isnull", False))
    return predicate & NOT_REJECTED


MATURE_YES = YES_WINDOW
MATURE_CREDIT: timedelta = CREDIT_WINDOW
