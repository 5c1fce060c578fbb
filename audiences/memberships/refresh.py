"""Compare a rule with the members, and let contacts enter and leave."""

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction

from audiences import selection
from audiences.conditions.sql import combine, value
from audiences.memberships import hand
from audiences.memberships.judge import Happening, judge
from audiences.memberships.ledger import Difference, News
from audiences.models import Audience, Membership
from audiences.models.membership import Cause

# So many are written in one transaction, for which who judges live may have to wait.
CHUNK = 2_000
# So many are read at once.
READ = 20_000


def refresh_members(
    audience: Audience, contact_ids: Sequence[int], *, now: datetime, cause: Cause
) -> Difference:
    """
    Look at some contacts again, and write who enters and leaves; twice is once.

    Who enters or leaves is looked at in the audiences that name this one, too.

    :raises RuleChanged: if the audience is archived, or its rule is newer than ``audience``
    """
    if not contact_ids:
        return Difference()
    with transaction.atomic():
        news = News(cause)
        differences = judge(
            [Happening(pk, audience.pk, news) for pk in contact_ids],
            now=now,
            versions={audience.pk: audience.rule_version},
        )
    return differences.get(audience.pk, Difference())


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
    # Never as of a moment that the clock has left behind: it looks at nobody twice.
    as_of = max(now, hand.passed_until() or now)
    candidates = find_difference(audience, as_of=as_of)
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
        selection.predicate(
            audience.rule, as_of=as_of, counts_from=audience.counts_from
        ),
        value(audience.pk),
    )
    found = array("q")
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        while rows := cursor.fetchmany(READ):
            found.extend(row[0] for row in rows)
    return found


def _chunks(contact_ids: array) -> Iterator[list[int]]:
    """Cut into lists that one transaction writes."""
    for start in range(0, len(contact_ids), CHUNK):
        yield contact_ids[start : start + CHUNK].tolist()
