"""Compare a rule with the members, and let contacts enter and leave."""

import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from audiences import selection
from audiences.conditions.sql import Fragment, combine, value
from audiences.models import Audience, Membership
from audiences.models.membership import Cause
from contacts.background import ring_for

CHUNK = 20_000
# Who takes what happened, and who takes what is told after the fact.
LIVE = "audiences"
HISTORY = "audiences.history"


class RuleChanged(Exception):
    """The rule was changed or archived meanwhile; what is to be written is no longer true."""


@dataclass(frozen=True)
class Difference:
    """How many entered and left."""

    entered: int = 0
    left: int = 0

    def __add__(self, other: "Difference") -> "Difference":
        return Difference(self.entered + other.entered, self.left + other.left)


@dataclass(frozen=True)
class News:
    """Why a contact is looked at: an event, a change, or only what was told after the fact."""

    cause: Cause
    event_id: int | None = None
    receipt_id: int | None = None


# Looks at some contacts, lets those enter for whom the rule holds and who are no members, lets
# those leave who are members and for whom it does not hold, writes the ledger, and a reaction
# for each consumer that watches, all in one statement. Leans on the primary key of contacts
# and on the unique indexes that begin with the contact. The ledger knows the episode.
# Who enters because of history alone, of which the news says so or which still waits to be
# looked at, is told to nobody: no campaign begins with it.
CHANGE_MEMBERS = """
WITH looked_at AS (
    SELECT unnest({ids}) AS contact_id
), news AS MATERIALIZED (
    SELECT * FROM unnest({told}, {causes}, {events}, {receipts})
        AS news (contact_id, cause, event_id, receipt_id)
), waiting AS MATERIALIZED (
    SELECT contact_id, consumer = {live} AS is_live
    FROM contacts_reaction
    WHERE contact_id = ANY ({ids}) AND consumer IN ({live}, {history})
), historical AS (
    SELECT contact_id FROM (
        SELECT contact_id, cause <> 'history' AS is_live FROM news
        UNION ALL
        SELECT contact_id, is_live FROM waiting
    ) AS known
    GROUP BY contact_id
    HAVING NOT bool_or(is_live)
), matched AS MATERIALIZED (
    SELECT contact.id AS contact_id
    FROM contacts_contact AS contact
    WHERE contact.id = ANY ({ids})
    AND ({condition})
), entered AS (
    INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)
    SELECT matched.contact_id, {audience}, 1 + (
        SELECT coalesce(max(earlier.episode), 0)
        FROM audiences_membershipchange AS earlier
        WHERE earlier.contact_id = matched.contact_id
        AND earlier.audience_id = {audience}
    ), {now}
    FROM matched
    ON CONFLICT (contact_id, audience_id) DO NOTHING
    RETURNING contact_id, episode
), departed AS (
    DELETE FROM audiences_membership AS member
    USING looked_at
    WHERE member.contact_id = looked_at.contact_id
    AND member.audience_id = {audience}
    AND NOT EXISTS (
        SELECT 1 FROM matched WHERE matched.contact_id = member.contact_id
    )
    RETURNING member.contact_id, member.episode
), difference AS (
    SELECT contact_id, episode, 'entered' AS change FROM entered
    UNION ALL
    SELECT contact_id, episode, 'left' FROM departed
), changed AS (
    INSERT INTO audiences_membershipchange (
        contact_id, audience_id, episode, change, changed_at, cause, event_id, receipt_id
    )
    SELECT difference.contact_id, {audience}, difference.episode, difference.change, {now},
        CASE WHEN historical.contact_id IS NULL THEN coalesce(news.cause, {cause})
            ELSE 'history' END,
        news.event_id, news.receipt_id
    FROM difference
    LEFT JOIN news USING (contact_id)
    LEFT JOIN historical USING (contact_id)
    RETURNING contact_id, episode, change, cause
), reacting AS (
    INSERT INTO audiences_membershipreaction
        (contact_id, consumer, audience_id, episode, change, changed_at, created_at)
    SELECT changed.contact_id, watched.consumer, {audience}, changed.episode,
        changed.change, {now}, {now}
    FROM changed
    JOIN audiences_watchedaudience AS watched ON watched.audience_id = {audience}
    WHERE NOT (changed.change = 'entered' AND changed.cause = 'history')
    RETURNING consumer
)
SELECT
    count(*) FILTER (WHERE change = 'entered'),
    count(*) FILTER (WHERE change = 'left'),
    ARRAY(SELECT DISTINCT consumer FROM reacting)
FROM changed
"""


def refresh_members(
    audience: Audience,
    contact_ids: Sequence[int],
    *,
    now: datetime,
    cause: Cause,
    news: Mapping[int, News] | None = None,
) -> Difference:
    """
    Look at some contacts again, and write who enters and leaves; twice is once.

    The audience is locked, so an older look never overwrites a newer one. ``news`` says for
    contacts why they are looked at; the others have ``cause``.

    :raises RuleChanged: if the audience is archived, or its rule is newer than ``audience``
    """
    if not contact_ids:
        return Difference()
    with transaction.atomic():
        current = Audience.objects.select_for_update().get(pk=audience.pk)
        if current.archived_at or current.rule_version != audience.rule_version:
            raise RuleChanged(audience)
        condition = selection.predicate(current.rule, as_of=now, few=True)
        statement = fill_in(
            CHANGE_MEMBERS,
            ids=value(list(contact_ids), "bigint[]"),
            condition=condition,
            audience=value(audience.pk, "bigint"),
            now=value(now, "timestamptz"),
            cause=value(cause, "text"),
            **_news_columns(news or {}),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            entered, left, consumers = cursor.fetchone()
        difference = Difference(entered, left)
        ring_for(consumers)
        if difference != Difference():
            growth = difference.entered - difference.left
            Audience.objects.filter(pk=audience.pk).update(size=F("size") + growth)
    return difference


def _news_columns(news: Mapping[int, News]) -> dict[str, Fragment]:
    """Give the news to the statement, as a column for each part."""
    told = list(news.values())
    return {
        "told": value(list(news), "bigint[]"),
        "causes": value([one.cause.value for one in told], "text[]"),
        "events": value([one.event_id for one in told], "bigint[]"),
        "receipts": value([one.receipt_id for one in told], "bigint[]"),
        "live": value(LIVE, "text"),
        "history": value(HISTORY, "text"),
    }


def refresh_audience(
    audience: Audience,
    *,
    now: datetime,
    cause: Cause,
    beat: Callable[[int, int], None] | None = None,
    seconds: float | None = None,
) -> Difference | None:
    """
    Bring the members into line with the rule.

    1. Find who must enter or leave: the rule over everybody, against the members.
    2. Look at those again, in chunks of one transaction each, and write.
    3. Count the members, for the contacts that were deleted meanwhile.

    ``beat`` is told how many of how many are done after each chunk. After ``seconds`` it stops
    between two chunks and returns None: the next call goes on with who is left.

    :raises RuleChanged: if the audience is archived, or its rule was changed meanwhile
    """
    started = time.monotonic()
    candidates = find_difference(audience, as_of=now)
    difference = Difference()
    done = 0
    if beat:
        beat(0, len(candidates))
    for chunk in _chunks(candidates):
        if done and seconds and time.monotonic() - started > seconds:
            return None
        difference += refresh_members(audience, chunk, now=now, cause=cause)
        done += len(chunk)
        if beat:
            beat(done, len(candidates))
    milliseconds = round((time.monotonic() - started) * 1000)
    with transaction.atomic():
        Audience.objects.select_for_update().get(pk=audience.pk)
        Audience.objects.filter(pk=audience.pk).update(
            size=Membership.objects.filter(audience=audience).count(),
            refreshed_at=now,
            refresh_milliseconds=min(milliseconds, 2**31 - 1),
            refresh_error="",
        )
    return difference


def find_difference(audience: Audience, *, as_of: datetime) -> array:
    """
    Find the contacts who fit the rule and are no members, and the other way round.

    Leans on members_of_audience; eight bytes of memory for each contact found.
    """
    statement = combine(
        "SELECT coalesce(fitting.contact_id, member.contact_id) FROM ("
        " SELECT contact.id AS contact_id FROM contacts_contact AS contact WHERE {}"
        ") AS fitting FULL JOIN ("
        " SELECT contact_id FROM audiences_membership WHERE audience_id = {}"
        ") AS member ON member.contact_id = fitting.contact_id"
        " WHERE fitting.contact_id IS NULL OR member.contact_id IS NULL"
        " ORDER BY 1",
        selection.predicate(audience.rule, as_of=as_of),
        value(audience.pk),
    )
    found = array("q")
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        while rows := cursor.fetchmany(CHUNK):
            found.extend(row[0] for row in rows)
    return found


def fill_in(template: str, **pieces: Fragment) -> Fragment:
    """Fill the named places of a statement, each as often as it occurs."""
    text = ""
    params: list[object] = []
    rest = template
    while "{" in rest:
        before, _, after = rest.partition("{")
        name, _, rest = after.partition("}")
        text += before + pieces[name].text
        params.extend(pieces[name].params)
    return Fragment(text + rest, tuple(params))


def _chunks(contact_ids: array) -> Iterator[list[int]]:
    """Cut into lists that one transaction writes."""
    for start in range(0, len(contact_ids), CHUNK):
        yield contact_ids[start : start + CHUNK].tolist()
