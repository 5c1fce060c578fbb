"""
The moments at which time alone may change a rule's answer for a contact.

Kinds name them (``Kind.flips``): so long after an event, a date, an entry. They are gathered for
the contact, put in order, and the conditions themselves are asked of each, until one of them
answers otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection

from audiences.conditions import nodes
from audiences.conditions.kept import Kept, plain
from audiences.conditions.kind import Clock, Flip, Setting
from audiences.conditions.sql import combine, value
from audiences.conditions.states import STATES
from audiences.conditions.waiting import flips_of, kept_of
from audiences.explain.distance import in_year
from audiences.explain.verdicts import judge_at
from audiences.models import MembershipChange
from contacts.models import AccountMember, Contact, Event

# So many moments are looked at, at most, for one condition.
MOST_MOMENTS = 200
# So many at once, first: most answers change at one of the next moments.
FIRST_ROUND = 8
# So many colleagues of an account, at most, are looked at with the contact.
MOST_COLLEAGUES = 100
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """
    When the answer changes: null where it does not.

    ``is_cut`` says that there were more moments than were looked at, up to ``seen_until``.
    """

    at: datetime | None = None
    is_cut: bool = False
    seen_until: datetime | None = None


def depends_on_others(node: nodes.Node, setting: Setting) -> bool:
    """Whether the answer also hangs on others, so that no moment can be told."""
    flips = flips_of(node, setting.traits)
    return any(flip.clock == Clock.POLL for flip in flips)


def candidates(
    flips: Iterable[Flip],
    contact: Contact,
    setting: Setting,
    kept: Mapping[str, Kept] | None = None,
) -> tuple[list[datetime], bool]:
    """List the moments to look at, in order, and say whether there would be more."""
    found: set[datetime] = set()
    is_cut = False
    for flip in flips:
        moments = list(
            islice(_moments(flip, contact, setting, kept or {}), MOST_MOMENTS + 1)
        )
        is_cut = is_cut or len(moments) > MOST_MOMENTS
        found.update(moments)
    in_order = sorted(moment for moment in found if moment > setting.as_of)
    return in_order[:MOST_MOMENTS], is_cut or len(in_order) > MOST_MOMENTS


def next_changes(
    asked: Sequence[tuple[nodes.Node, bool]], contact: Contact, setting: Setting
) -> list[Change]:
    """
    Find for each node, whose answer of today is given, when time alone changes it.

    One or two queries for each way in which time may; then one statement for a round of
    moments of all nodes, of which the first nearly always suffices.
    """
    waiting: dict[int, list[datetime]] = {}
    cut: dict[int, bool] = {}
    for place, (node, _) in enumerate(asked):
        moments, cut[place] = candidates(
            flips_of(node, setting.traits),
            contact,
            setting,
            kept_of(node, setting.traits),
        )
        if moments:
            waiting[place] = moments
    last = {place: moments[-1] for place, moments in waiting.items()}
    changes = [
        Change(is_cut=cut[place], seen_until=last.get(place))
        for place in range(len(asked))
    ]
    size = FIRST_ROUND
    while waiting:
        turn = [(p, at) for p, moments in waiting.items() for at in moments[:size]]
        answers = judge_at(
            [(asked[place][0], replace(setting, as_of=at)) for place, at in turn],
            contact.pk,
        )
        for (place, at), holds in zip(turn, answers, strict=True):
            if place in waiting and holds != asked[place][1]:
                changes[place] = Change(at=at)
                del waiting[place]
        waiting = {p: rest[size:] for p, rest in waiting.items() if rest[size:]}
        size *= 4
    return changes


def _moments(
    flip: Flip, contact: Contact, setting: Setting, kept: Mapping[str, Kept]
) -> Iterable[datetime]:
    """List when a flip is due for the contact after the moment of the evaluation."""
    people = [contact, *(_colleagues(contact) if flip.of_account else ())]
    match flip.clock:
        case Clock.EVENT:
            return _after_events(flip, people, setting)
        case Clock.CHANGE:
            return _after_changes(flip, people, setting)
        case Clock.STATE:
            return _ends_of_state(flip, people, setting)
        case Clock.DATE | Clock.ANNIVERSARY:
            shift = (
                _after_dates
                if flip.clock == Clock.DATE
                else partial(_anniversaries, setting)
            )
            return shift(flip, _dates(flip.name, people, setting, kept))
        case Clock.LOCAL:
            return (at for one in people for at in _local_times(flip, one, setting))
    return ()


def _colleagues(contact: Contact) -> list[Contact]:
    """List who else is in the accounts of a contact, as far as is sensible."""
    accounts = AccountMember.objects.filter(contact=contact).values("account_id")
    fellows = AccountMember.objects.filter(account_id__in=accounts)
    others = Contact.objects.filter(pk__in=fellows.values("contact_id"))
    return list(others.exclude(pk=contact.pk).order_by("pk")[:MOST_COLLEAGUES])


def _after_events(
    flip: Flip, people: Sequence[Contact], setting: Setting
) -> list[datetime]:
    """List events by when they are so old."""
    times = (
        Event.objects.filter(contact__in=people, name=flip.name)
        .filter(occurred_at__gt=setting.as_of - flip.after)
        .order_by("occurred_at", "pk")
        .values_list("occurred_at", flat=True)
    )
    return [at + flip.after for at in times[: MOST_MOMENTS + 1]]


def _after_changes(
    flip: Flip, people: Sequence[Contact], setting: Setting
) -> list[datetime]:
    """List entries into and exits from an audience by when they are so old."""
    times = (
        MembershipChange.objects.filter(contact__in=people, audience_id=int(flip.name))
        .filter(changed_at__gt=setting.as_of - flip.after)
        .order_by("changed_at", "pk")
        .values_list("changed_at", flat=True)
    )
    return [at + flip.after for at in times[: MOST_MOMENTS + 1]]


def _dates(
    name: str, people: Sequence[Contact], setting: Setting, kept: Mapping[str, Kept]
) -> list[datetime]:
    """Read the moments that contacts have under a name; one query."""
    rows = kept[name].rows(setting) if name in kept else plain(name)
    # Selects the moments of the contacts.
    statement = combine(
        "SELECT held.at FROM contacts_contact AS contact CROSS JOIN LATERAL ({}) AS held"
        " WHERE contact.id = ANY ({}) AND held.at IS NOT NULL ORDER BY held.at",
        rows,
        value([contact.pk for contact in people], "bigint[]"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [row[0] for row in cursor.fetchall()]


def _after_dates(flip: Flip, dates: Iterable[datetime]) -> Iterable[datetime]:
    """Shift moments."""
    return (at + flip.after for at in dates)


def _anniversaries(
    setting: Setting, flip: Flip, dates: Iterable[datetime]
) -> Iterable[datetime]:
    """Shift the beginnings and ends of the next anniversaries."""
    for moment in dates:
        day = moment.astimezone(UTC).date()
        for year in range(setting.as_of.year, setting.as_of.year + 3):
            begins = datetime.combine(in_year(day, year), time(), UTC)
            yield begins + flip.after
            yield begins + flip.after + DAY
            yield begins + DAY


def _local_times(flip: Flip, contact: Contact, setting: Setting) -> Iterable[datetime]:
    """List a time of the day on the next days, by the clock of the contact."""
    try:
        zone = ZoneInfo(contact.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return
    at = time.fromisoformat(flip.name)
    today = setting.as_of.astimezone(zone).date()
    for offset in range(-1, 9):
        local = datetime.combine(today + offset * DAY, at, zone)
        # A time that the clock shows twice comes twice; one that it skips, as it strikes.
        for fold in (0, 1):
            yield local.replace(fold=fold).astimezone(UTC) + flip.after


def _ends_of_state(
    flip: Flip, people: Sequence[Contact], setting: Setting
) -> list[datetime]:
    """List when time begins or ends a state."""
    ends = STATES[flip.name].ends
    if ends is None:
        return []
    # Selects the next such moments of the contacts.
    statement = combine(
        "SELECT ended.at FROM ({}) AS ended WHERE ended.contact_id = ANY({})"
        " AND ended.at > {} ORDER BY 1 LIMIT {}",
        ends(),
        value([contact.pk for contact in people], "bigint[]"),
        value(setting.as_of, "timestamptz"),
        value(MOST_MOMENTS + 1),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [row[0] for row in cursor.fetchall()]
