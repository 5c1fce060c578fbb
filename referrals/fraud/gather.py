"""Gather what checks look at, for many referrals at once: one statement for each sort of fact."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from contacts.names import full_name
from referrals.fraud.facts import CROWD, Case, Click, Person, Shared, Sibling
from referrals.fraud.known import AD_PARAMETERS
from referrals.fraud.rings import Ways, find_ways

WEEK = timedelta(days=7)
# As many friends of one advocate in a week are looked at.
SIBLINGS = 300

# The referrals with their two people. An erased person has no name and no address.
PEOPLE = """
SELECT referral.id, referral.program_id, referral.lead_at,
    friend.id AS friend_id, friend.email AS friend_email,
    friend.first_name AS friend_first, friend.last_name AS friend_last,
    referral.advocate_contact_id AS advocate_id, coalesce(advocate.email, '') AS advocate_email,
    coalesce(advocate.first_name, '') AS advocate_first,
    coalesce(advocate.last_name, '') AS advocate_last
FROM referrals_referral AS referral
JOIN contacts_contact AS friend ON friend.id = referral.contact_id
LEFT JOIN contacts_contact AS advocate ON advocate.id = referral.advocate_contact_id
WHERE referral.id = ANY(%(ids)s)
ORDER BY referral.id
"""

# The visits through which friends came. Leans on visit_has_its_click_id.
CLICKS = """
SELECT referral.id, visit.visited_at, visit.kind, visit.referrer_host, visit.ad_parameter
FROM referrals_referral AS referral
JOIN referrals_visit AS visit
    ON visit.contact_id = referral.advocate_contact_id AND visit.click_id = referral.click_id
WHERE referral.id = ANY(%(ids)s) AND referral.click_id <> ''
"""

# The mark of a paid ad in the address of a page that the friend was on in the hour before he
# joined. Leans on receipt_of_identifier.
ADS = """
SELECT DISTINCT ON (referral.id) referral.id, mark.name
FROM referrals_referral AS referral
JOIN contacts_identifier AS identifier ON identifier.contact_id = referral.contact_id
CROSS JOIN LATERAL (
    SELECT payload #>> '{context,page,url}' AS url, occurred_at
    FROM contacts_receipt
    WHERE identifier_id = identifier.id
    ORDER BY id DESC
    LIMIT 20
) AS message
JOIN unnest(%(ads)s::text[]) AS mark (name)
    ON position('?' || mark.name || '=' IN message.url) > 0
    OR position('&' || mark.name || '=' IN message.url) > 0
WHERE referral.id = ANY(%(ids)s)
    AND message.occurred_at BETWEEN referral.lead_at - interval '1 hour'
        AND referral.lead_at + interval '5 minutes'
ORDER BY referral.id, mark.name
"""

# What both people have, how far apart in time, and how many have it, counted up to a crowd.
# Leans on signal_once_per_person and signal_holders.
SHARED = """
SELECT referral.id, own.kind,
    greatest(
        own.first_seen_at - theirs.last_seen_at, theirs.first_seen_at - own.last_seen_at,
        interval '0'
    ),
    (
        SELECT count(*) FROM (
            SELECT FROM referrals_fraudsignal AS holder
            WHERE holder.kind = own.kind AND holder.value = own.value
            LIMIT %(crowd)s + 1
        ) AS holder
    )
FROM referrals_referral AS referral
JOIN referrals_fraudsignal AS own ON own.contact_id = referral.contact_id
JOIN referrals_fraudsignal AS theirs
    ON theirs.contact_id = referral.advocate_contact_id
    AND theirs.kind = own.kind AND theirs.value = own.value
WHERE referral.id = ANY(%(ids)s)
ORDER BY referral.id, own.kind, 3
"""

# The friends whom the advocate had brought in the week before, the latest first, and whether
# they were seen with one browser with this one. Leans on referrals_of_advocate.
BEFORE = """
SELECT referral.id, sibling.id, sibling.lead_at, sibling.email, sibling.has_same_browser
FROM referrals_referral AS referral
CROSS JOIN LATERAL (
    SELECT array_agg(value) AS browsers FROM referrals_fraudsignal
    WHERE contact_id = referral.contact_id AND kind = 'browser'
) AS own
CROSS JOIN LATERAL (
    SELECT earlier.id, earlier.lead_at, contact.email,
        own.browsers IS NOT NULL AND EXISTS (
            SELECT FROM referrals_fraudsignal AS theirs
            WHERE theirs.contact_id = earlier.contact_id AND theirs.kind = 'browser'
                AND theirs.value = ANY(own.browsers)
        ) AS has_same_browser
    FROM referrals_referral AS earlier
    JOIN contacts_contact AS contact ON contact.id = earlier.contact_id
    WHERE earlier.advocate_contact_id = referral.advocate_contact_id
        AND earlier.advocate_id = referral.advocate_id
        AND earlier.lead_at > referral.lead_at - %(week)s
        AND (earlier.lead_at, earlier.id) < (referral.lead_at, referral.id)
    ORDER BY earlier.lead_at DESC, earlier.id DESC
    LIMIT %(siblings)s
) AS sibling
WHERE referral.id = ANY(%(ids)s)
"""

# The first order of the friend before anything of his counts for the advocate. Leans on
# event_of_contact.
ORDERS_BEFORE = """
SELECT referral.id, min(event.occurred_at)
FROM referrals_referral AS referral
JOIN referrals_stagerule AS meaning
    ON meaning.program_id = referral.program_id AND meaning.means = 'won'
JOIN contacts_event AS event
    ON event.contact_id = referral.contact_id AND event.name = meaning.event
    AND event.occurred_at < referral.counts_from - interval '5 minutes'
WHERE referral.id = ANY(%(ids)s) AND referral.counts_from IS NOT NULL
    AND referral.source <> 'hand'
GROUP BY referral.id
"""

# How much was ordered, and how much of it was taken back altogether.
ORDERS = """
SELECT milestone.referral_id, count(*),
    count(*) FILTER (
        WHERE milestone.canceled_at IS NOT NULL
            OR (milestone.amount_minor > 0 AND milestone.refunded_minor >= milestone.amount_minor)
    )
FROM referrals_milestone AS milestone
JOIN referrals_referral AS referral
    ON referral.contact_id = milestone.contact_id AND referral.id = milestone.referral_id
WHERE referral.id = ANY(%(ids)s) AND milestone.stage = 'won'
GROUP BY milestone.referral_id
"""

# How many other advocates want to be paid where the advocate does. Leans on signal_holders.
PAYOUTS = """
SELECT referral.id, count(DISTINCT theirs.contact_id)
FROM referrals_referral AS referral
JOIN referrals_fraudsignal AS own
    ON own.contact_id = referral.advocate_contact_id AND own.kind = 'payout'
JOIN referrals_fraudsignal AS theirs
    ON theirs.kind = own.kind AND theirs.value = own.value
    AND theirs.contact_id <> own.contact_id
WHERE referral.id = ANY(%(ids)s)
    AND EXISTS (SELECT FROM referrals_advocate WHERE contact_id = theirs.contact_id)
GROUP BY referral.id
"""


@dataclass
class _Facts:
    """What the statements answer, by referral."""

    clicks: dict[int, Click] = field(default_factory=dict)
    ads: dict[int, str] = field(default_factory=dict)
    shared: dict[int, list[Shared]] = field(default_factory=lambda: defaultdict(list))
    siblings: dict[int, list[Sibling]] = field(
        default_factory=lambda: defaultdict(list)
    )
    before: dict[int, datetime] = field(default_factory=dict)
    orders: dict[int, tuple[int, int]] = field(default_factory=dict)
    payouts: dict[int, int] = field(default_factory=dict)
    ways: dict[int, Ways] = field(default_factory=dict)


def gather(referral_ids: Sequence[int]) -> list[Case]:
    """Gather the facts about referrals; a fixed number of statements, and it writes nothing."""
    ids = sorted(set(referral_ids))
    if not ids:
        return []
    facts = _gather_facts(ids)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"ids": ids})
        columns = [column.name for column in cursor.description or ()]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return [_case_of(row, facts) for row in rows]


def _gather_facts(ids: list[int]) -> _Facts:
    """Ask for all that is known of referrals."""
    facts = _Facts()
    for key, *click in _ask(CLICKS, ids):
        facts.clicks[key] = Click(*click)
    facts.ads = dict(_ask(ADS, ids, ads=list(AD_PARAMETERS)))
    for key, kind, apart, holders in _ask(SHARED, ids, crowd=CROWD):
        facts.shared[key].append(Shared(kind, apart, holders))
    for key, *sibling in _ask(BEFORE, ids, week=WEEK, siblings=SIBLINGS):
        facts.siblings[key].append(Sibling(*sibling))
    facts.before = dict(_ask(ORDERS_BEFORE, ids))
    facts.orders = {key: (count, back) for key, count, back in _ask(ORDERS, ids)}
    facts.payouts = dict(_ask(PAYOUTS, ids))
    facts.ways = find_ways(ids)
    return facts


def _ask(statement: str, ids: list[int], **values: Any) -> list[Any]:
    """Ask one thing about referrals."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": ids, **values})
        return cursor.fetchall()


def _person(row: dict[str, Any], role: str) -> Person:
    """Read one of the two people."""
    name = full_name(row[f"{role}_first"], row[f"{role}_last"])
    return Person(row[f"{role}_id"], row[f"{role}_email"], name)


def _case_of(row: dict[str, Any], facts: _Facts) -> Case:
    """Put together what is known of one referral."""
    key = row["id"]
    orders, taken_back = facts.orders.get(key, (0, 0))
    ways = facts.ways.get(key, Ways())
    return Case(
        referral_id=key,
        program_id=row["program_id"],
        lead_at=row["lead_at"],
        friend=_person(row, "friend"),
        advocate=_person(row, "advocate"),
        click=facts.clicks.get(key),
        ad_parameter=facts.ads.get(key, ""),
        shared=tuple(facts.shared.get(key, ())),
        siblings=tuple(facts.siblings.get(key, ())),
        ordered_before=facts.before.get(key),
        orders=orders,
        orders_taken_back=taken_back,
        payout_sharers=facts.payouts.get(key, 0),
        way_back=ways.back,
        twins=ways.twins,
    )
