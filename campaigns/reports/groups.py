"""The groups of asks that a report counts, lists and exports."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least
from django.db.models.lookups import LessThanOrEqual

from audiences import selection
from campaigns.models import Answer, Ask, Campaign
from campaigns.reports.period import Period

# In the order of the funnel. A stage is reached if its fact or a later one is set, so an
# unseen opening followed by a yes counts as viewed, and the funnel never widens.
STAGE_FIELDS = (
    "delivered_at",
    "viewed_at",
    "intent_at",
    "invite_sent_at",
    "lead_at",
    "won_at",
)


@dataclass(frozen=True)
class Group:
    """Asks of one kind: a word for addresses, a name for people, and the predicate."""

    word: str
    label: str
    meaning: str
    predicate: Q


def reached(field: str) -> Q:
    """Select the asks that reached the stage of the field, or a later one."""
    predicate = Q()
    for later in STAGE_FIELDS[STAGE_FIELDS.index(field) :]:
        predicate |= Q(**{f"{later}__isnull": False})
    return predicate


DELIVERED = reached("delivered_at")

STAGES = (
    Group(
        "delivered",
        "Delivered",
        "The receiving mail server took the ask.",
        DELIVERED,
    ),
    Group(
        "viewed",
        "Viewed",
        "A person opened the page of the ask, or did anything later.",
        reached("viewed_at"),
    ),
    Group(
        "intent",
        "Intent",
        "The person said yes, or took the link to share it.",
        reached("intent_at"),
    ),
    Group(
        "invite_sent",
        "Invite sent",
        "The person copied or shared the link, or a friend came through it.",
        reached("invite_sent_at"),
    ),
    Group(
        "lead",
        "Lead",
        "A new person signed up through the link.",
        reached("lead_at"),
    ),
    Group(
        "won",
        "Won",
        "The friend placed a first order.",
        reached("won_at"),
    ),
)

# A yes counts for the Yes Rate if it came this soon after the delivery.
YES_WINDOW = timedelta(days=30)
NO_YES = Value(datetime(9999, 1, 1, tzinfo=UTC))
YES = DELIVERED & Q(
    LessThanOrEqual(
        Coalesce(Least("intent_at", "invite_sent_at", "lead_at", "won_at"), NO_YES),
        Coalesce("delivered_at", "asked_at") + Value(YES_WINDOW),
    )
)
MATURING = DELIVERED & ~YES & Q(answer="")
NOT_NOW = DELIVERED & ~YES & Q(answer=Answer.NOT_NOW)
NEVER = DELIVERED & ~YES & Q(answer=Answer.NEVER)

# Together they are the delivered asks.
ANSWERS = (
    Group("yes", "Yes", "Said yes, or took the link, within 30 days.", YES),
    Group("not_now", "Not now", "Asked to be asked later.", NOT_NOW),
    Group("never", "Never", "Asked not to be asked again.", NEVER),
    Group(
        "no_answer",
        "No answer",
        "Delivered, and nothing came back so far.",
        DELIVERED & ~YES & ~Q(answer__in=[Answer.NOT_NOW, Answer.NEVER]),
    ),
)

ASKED = Group(
    "asked",
    "Asked",
    "An ask was made and not called back before it left.",
    Q(),
)

GROUPS = {group.word: group for group in (ASKED, *STAGES, *ANSWERS)}


def asks_in_period(
    period: Period, *, campaign: Campaign | None = None
) -> QuerySet[Ask]:
    """Select the asks made in the period; one that went back to the budget was none."""
    asks = Ask.objects.filter(refunded_at=None, asked_at__lt=period.until)
    if period.since is not None:
        asks = asks.filter(asked_at__gte=period.since)
    return asks if campaign is None else asks.filter(campaign=campaign)


# How far an ask has come: the place of its last fact in the funnel, from 1; 0 for none.
STAGE = Case(
    *(
        When(Q(**{f"{name}__isnull": False}), then=Value(place))
        for place, name in reversed(list(enumerate(STAGE_FIELDS, start=1)))
    ),
    default=Value(0),
    output_field=SmallIntegerField(),
)
IS_YES = Case(
    When(YES, then=Value(True)), default=Value(False), output_field=BooleanField()
)
Counts = dict[str, int]


def count_groups(asks: QuerySet[Ask]) -> Counts:
    """Count every group over the asks; one query."""
    return count_groups_by(asks).get((), dict.fromkeys(GROUPS, 0))


def count_groups_by(asks: QuerySet[Ask], *keys: str) -> dict[tuple[Any, ...], Counts]:
    """
    Count every group over the asks, apart for each value of the keys; one query.

    The database sorts the asks into some dozens of kinds, looking at each ask once; the
    groups are put together from these, for each of them is a question about the kind alone.
    """
    kinds = (
        asks.annotate(stage=STAGE, is_yes=IS_YES)
        .values(*keys, "stage", "is_yes", "answer")
        .annotate(number=Count("*"))
        .order_by(*keys, "stage", "is_yes", "answer")
        .values_list(*keys, "stage", "is_yes", "answer", "number")
    )
    found: dict[tuple[Any, ...], Counts] = {}
    with selection.generous_cursor():
        # Few kinds, but the planner can't know and would sort all asks on the disk.
        rows = list(kinds)
    for *key, stage, is_yes, answer, number in rows:
        counts = found.setdefault(tuple(key), dict.fromkeys(GROUPS, 0))
        for word in words_of(stage, is_yes=is_yes, answer=answer):
            counts[word] += number
    return found


def words_of(stage: int, *, is_yes: bool, answer: str) -> list[str]:
    """Name the groups to which asks of a kind belong."""
    words = [ASKED.word, *(group.word for group in STAGES[:stage])]
    if is_yes:
        words.append("yes")
    elif stage:
        said = (Answer.NOT_NOW, Answer.NEVER)
        words.append(answer if answer in said else "no_answer")
    return words
