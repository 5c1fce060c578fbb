"""
Judge contacts in every audience that what happened concerns, all at once.

What happened wakes rules: an event by its name, a change of the contact, a moment that has
come. A rule that names another audience wakes with it. Who judges holds the hand of the clock
and locks the audiences in one order, so that an older look never overwrites a newer one: all
are judged as of the newest moment that any of them has been judged at. An audience that fails
is left out and noted; the others go on.
"""

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import OperationalError, connection, transaction

from audiences.conditions import nodes
from audiences.conditions.kept import PREFIX
from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment
from audiences.memberships import dates, hand, ledger
from audiences.memberships.heads import dated_names
from audiences.memberships.ledger import Difference, Move, News
from audiences.memberships.looking import Sight, in_order, look
from audiences.memberships.rules import (
    EVERYTHING,
    Key,
    Rule,
    colleague_key,
    is_of_colleague,
    is_woken,
    live_rules,
    wakes_by_audience,
)
from audiences.memberships.telling import hush
from audiences.models import Audience
from audiences.models.membership import Cause
from contacts.models import ContactList
from contacts.models.event import CONTACT_CHANGED

log = logging.getLogger(__name__)

CHUNK = 2_000
# An audience that fails is refreshed so soon.
AFTER_FAILURE = timedelta(minutes=1)
# Everybody who is in an account with one of the contacts. Leans on account_member_once and
# contacts_of_account.
COLLEAGUES = """
SELECT DISTINCT belongs.contact_id, colleague.contact_id
FROM contacts_accountmember AS belongs
JOIN contacts_accountmember AS colleague ON colleague.account_id = belongs.account_id
WHERE belongs.contact_id = ANY (%s)
"""
# Bits of a number by which the statement knows what concerns a contact.
BITS = 62


class RuleChanged(Exception):
    """The rule was changed or archived meanwhile; what is to be written is no longer true."""


@dataclass(frozen=True)
class Happening:
    """Something that a contact is to be looked at for."""

    contact_id: int
    key: Key
    news: News


# Of each contact, what happened, in order.
Chunk = Mapping[int, Sequence[Happening]]


@dataclass(frozen=True)
class Seat:
    """An audience that takes part: its rule, and all that wakes it."""

    audience: Audience
    rule: Rule
    wakes: frozenset[Key]
    # Rules that read the entries of others are judged after those are written.
    level: int = 0


@dataclass
class Court:
    """The audiences that are judged together, as of when, and what they may name."""

    seats: list[Seat]
    as_of: datetime
    live: frozenset[int]
    lists: Mapping[int, bool]
    # Those which may not fail.
    wanted: frozenset[int]
    # How the moments of attributes are found that are followed, and how those that the rules
    # have kept, which more than a change of the contact may move.
    dates: Mapping[str, Fragment]
    kept: Mapping[str, Fragment]
    differences: dict[int, Difference] = field(default_factory=dict)


def judge(
    happenings: Sequence[Happening],
    *,
    now: datetime,
    versions: Mapping[int, int] | None = None,
) -> dict[int, Difference]:
    """
    Judge the contacts to whom something happened, in the transaction that takes it.

    Of several happenings of a contact the last one is named as the cause. ``versions`` says
    of audiences which version of their rule is meant; what fails there is raised.

    :returns: who entered and left, by audience
    :raises RuleChanged: if such an audience is archived, or has another rule
    """
    as_of = hand.hold(now)
    wakes = wakes_by_audience()
    happenings = [*happenings, *_of_colleagues(happenings, wakes)]
    keys = frozenset(one.key for one in happenings)
    woken = {pk for pk, waking in wakes.items() if is_woken(waking, keys)}
    court = _convene(keys, woken, now=as_of, versions=versions or {})
    if not court.seats:
        return {}
    by_contact: dict[int, list[Happening]] = {}
    for one in happenings:
        by_contact.setdefault(one.contact_id, []).append(one)
    contacts = sorted(by_contact)
    for start in range(0, len(contacts), CHUNK):
        chunk = {pk: by_contact[pk] for pk in contacts[start : start + CHUNK]}
        dates.keep(court.dates, [pk for pk in chunk if _is_changed(chunk[pk])])
        dates.keep(court.kept, contacts[start : start + CHUNK])
        _judge_chunk(court, chunk)
    judged = [seat.audience.pk for seat in court.seats]
    ledger.keep_sizes(judged, court.differences, now=court.as_of)
    return court.differences


def _of_colleagues(
    happenings: Sequence[Happening], wakes: Mapping[int, frozenset[Key]]
) -> list[Happening]:
    """Let what happened to contacts have happened to their colleagues, where rules ask so."""
    asked = frozenset().union(*wakes.values())
    everything = sorted(filter(is_of_colleague, asked), key=repr)
    told: dict[int, list[Happening]] = {}
    for one in happenings:
        # Who was made anew, or has another past, may have done all that they wait for.
        keys = everything if one.key == EVERYTHING else [colleague_key(one.key)]
        heard = [replace(one, key=key) for key in keys if key in asked]
        if heard:
            told.setdefault(one.contact_id, []).extend(heard)
    if not told:
        return []
    with connection.cursor() as cursor:
        cursor.execute(COLLEAGUES, [list(told)])
        return [
            replace(one, contact_id=colleague)
            for contact_id, colleague in cursor.fetchall()
            for one in told[contact_id]
        ]


def _convene(
    keys: frozenset[Key],
    woken: Set[int],
    *,
    now: datetime,
    versions: Mapping[int, int],
) -> Court:
    """Lock the audiences concerned, and say as of when they are judged."""
    rows = list(
        Audience.objects.live()
        .filter(pk__in={*woken, *versions})
        .defer("rule")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    found = {row.pk: row.rule_version for row in rows}
    for pk, version in versions.items():
        if found.get(pk) != version:
            raise RuleChanged(pk)
    # Again, for rules may have changed before they were locked.
    rules = live_rules()
    wakes = wakes_by_audience(rules)
    seats: dict[int, Seat] = {}
    for row in sorted(rows, key=lambda row: (row.depth, row.pk)):
        rule = rules[row.pk]
        if rule is not None and (row.pk in keys or not rule.is_polled):
            seats[row.pk] = Seat(row, rule, wakes[row.pk], _level(rule, seats))
    as_of = max([now, *(row.judged_at for row in rows if row.judged_at)])
    kept = {
        name: one for seat in seats.values() for name, one in seat.rule.kept.items()
    }
    plain = [name for name in dated_names() if not name.startswith(PREFIX)]
    return Court(
        seats=list(seats.values()),
        as_of=as_of,
        live=frozenset(wakes),
        lists=_lists(),
        wanted=frozenset(versions),
        dates=dates.moments_of(plain, {}, now=as_of),
        kept=dates.moments_of(kept, kept, now=as_of),
    )


def _level(rule: Rule, seats: Mapping[int, Seat]) -> int:
    """Say after how many rounds of writing a rule can be judged."""
    same = [seats[pk].level for pk in rule.audiences if pk in seats]
    later = [seats[pk].level + 1 for pk in rule.read if pk in seats]
    return max([0, *same, *later])


def _lists() -> dict[int, bool]:
    """Look up which lists there are, and whether everybody is on them."""
    kinds = ContactList.objects.values_list("pk", "kind")
    return {pk: kind == ContactList.Kind.EVERYONE for pk, kind in kinds}


def _is_changed(happenings: Sequence[Happening]) -> bool:
    """Say whether what a contact shows may have changed."""
    return any(one.key in (CONTACT_CHANGED, EVERYTHING) for one in happenings)


def _judge_chunk(court: Court, chunk: Chunk) -> None:
    """Judge some contacts together; if that fails, in one audience after the other."""
    for level in sorted({seat.level for seat in court.seats}):
        seats = [
            seat
            for seat in court.seats
            if seat.level == level and _is_known(seat.rule, court)
        ]
        try:
            # A savepoint, so that nothing of it is left.
            with transaction.atomic():
                found = _judge_seats(court, seats, chunk)
        except OperationalError:
            raise
        except Exception:
            log.exception("Some audience could not be looked at; trying one by one.")
            found = {}
            for seat in seats:
                found |= _judge_alone(court, seat, chunk)
        for pk, difference in found.items():
            before = court.differences.get(pk, Difference())
            court.differences[pk] = before + difference


def _judge_alone(court: Court, seat: Seat, chunk: Chunk) -> dict[int, Difference]:
    """Judge in one audience; what fails there stops no other, unless it must not fail."""
    pk = seat.audience.pk
    try:
        with transaction.atomic():
            return _judge_seats(court, [seat], chunk)
    except Exception as error:
        if pk in court.wanted:
            raise
        log.exception("Audience %s could not be looked at.", pk)
        row = Audience.objects.filter(pk=pk)
        row.update(refresh_error=str(error) or type(error).__name__)
        # Not at once: as long as it fails, each batch comes by here.
        soon = court.as_of + AFTER_FAILURE
        row.filter(refresh_due_at__gt=soon).update(refresh_due_at=soon)
        return {}


def _is_known(rule: Rule, court: Court) -> bool:
    """Say whether all that a rule names is there; its refresh notes what is not."""
    is_there = rule.lists <= court.lists.keys() and rule.audiences <= court.live
    return is_there and rule.has_traits


def _judge_seats(
    court: Court, seats: Sequence[Seat], chunk: Chunk
) -> dict[int, Difference]:
    """Look at contacts once for some audiences, and write who enters and leaves."""
    touched: dict[Key, int] = {}
    for place, happenings in enumerate(chunk.values()):
        for one in happenings:
            touched[one.key] = touched.get(one.key, 0) | 1 << place
    sight = _look(court, seats, chunk, sorted(touched, key=repr))
    moves: list[Move] = []
    for seat in seats:
        waking = (bits for key, bits in touched.items() if _wakes(key, seat))
        moves += _compare(seat, sight, reduce(or_, waking, 0), chunk)
    told = hush(moves, [seat.audience for seat in seats])
    return ledger.write(told, now=court.as_of)


def _look(
    court: Court, seats: Sequence[Seat], chunk: Chunk, keys: Sequence[Key]
) -> Sight:
    """Compute every condition of the rules once, of the contacts it may have changed for."""
    bit_of = {key: 1 << (place % BITS) for place, key in enumerate(keys)}
    masks = [reduce(or_, (bit_of[one.key] for one in news)) for news in chunk.values()]
    asked: dict[Any, int] = {}
    for seat in seats:
        waking = (bit for key, bit in bit_of.items() if _wakes(key, seat))
        mask = reduce(or_, waking, 0)
        for leaf in seat.rule.leaves:
            if not isinstance(leaf, nodes.InAudience):
                key = (leaf, seat.audience.counts_from)
                asked[key] = asked.get(key, 0) | mask
    named = {pk for seat in seats for pk in (seat.audience.pk, *seat.rule.audiences)}
    setting = Setting(
        court.as_of,
        few=True,
        everyone=frozenset(pk for pk, is_all in court.lists.items() if is_all),
        traits={pk: one for seat in seats for pk, one in seat.rule.traits.items()},
    )
    return look(list(chunk), masks, asked=asked, audiences=named, setting=setting)


def _wakes(key: Key, seat: Seat) -> bool:
    """Say whether a key wakes the rule of a seat."""
    return key == EVERYTHING or key in seat.wakes


def _compare(seat: Seat, sight: Sight, concerned: int, chunk: Chunk) -> list[Move]:
    """Compare whom a rule selects with who is in, and remember it for the rules that ask."""
    pk = seat.audience.pk
    before = sight.members.get(pk, 0)
    fitting = sight.fitting(seat.rule.node, seat.audience.counts_from)
    sight.members[pk] = (before & ~concerned) | (fitting & concerned)
    moves = []
    for place in in_order((before ^ fitting) & concerned):
        contact_id = sight.contacts[place]
        known = [one for one in chunk[contact_id] if _wakes(one.key, seat)]
        news = _news(pk, known, sight, 1 << place)
        moves.append(Move(contact_id, pk, bool(fitting >> place & 1), news))
    return moves


def _news(audience_id: int, known: Sequence[Happening], sight: Sight, bit: int) -> News:
    """
    Say why a contact enters or leaves: by the last thing that happened to him.

    It is history if there are such things, taken or waiting, and nothing new among them.
    """
    last = known[-1]
    news = last.news
    if isinstance(last.key, int) and last.key != audience_id:
        news = News(Cause.REFRESHED)
    told = [one.news.cause for one in known if not isinstance(one.key, int)]
    is_new = bool(sight.awaited & bit) or any(cause != Cause.HISTORY for cause in told)
    is_told = bool(told) or bool(sight.historical & bit)
    if is_told and not is_new:
        return replace(news, cause=Cause.HISTORY)
    return news if news.cause != Cause.HISTORY else replace(news, cause=Cause.EVENT)
