"""
The world as it was when the period began.

What people had been told to have, done, allowed and answered is read from its history, set by
set; what keeps none is as it is today: who is on which list, if he was put there before, accounts,
rules and settings. Who was forgotten since is not there.
"""

from datetime import datetime
from typing import Any

from django.db import models

from campaigns.guardrails import budget
from campaigns.models import Ask, Campaign, Enrollment, Incident
from campaigns.rehearsal.settings import take_audiences, take_campaigns
from campaigns.rehearsal.tables import analyze, copied_by_default, fetch, real, run
from campaigns.seeing.place import put_back
from contacts.attributes import refold

PART = 5_000
# Since when a contact is there: what a file told later of an earlier time counts at its time.
BORN = """
CREATE TEMPORARY TABLE born AS
SELECT contact.id AS contact_id, LEAST(contact.created_at, (
    SELECT min(event.occurred_at) FROM real.contacts_event AS event
    WHERE event.contact_id = contact.id AND event.is_historical
        AND contact.created_at > %(at)s
)) AS at
FROM real.contacts_contact AS contact
WHERE contact.erased_at IS NULL
"""
# The asks that the campaign really made in the period: the draft stands in for them.
OWN_ASKS = """
CREATE TEMPORARY TABLE own_ask AS
SELECT ask.contact_id, ask.id, ask.asked_at, ask.answer, ask.answered_at
FROM real.campaigns_ask AS ask
WHERE ask.campaign_id = %(campaign)s AND ask.asked_at > %(at)s
"""
KEYS = (
    "CREATE UNIQUE INDEX ON born (contact_id)",
    "CREATE INDEX ON own_ask (contact_id)",
    "ANALYZE born",
    "ANALYZE own_ask",
)
# When we heard of an event; of what a file told of the past, when it happened.
HEARD = (
    "CASE WHEN event.is_historical THEN event.occurred_at ELSE event.received_at END"
)
# Events that came of the campaign itself in the period, or of the answers to its asks.
OWN_EVENT = """(
    event.name IN ('ask_made', 'ask_ready', 'ask_delivered', 'ask_answered')
    AND EXISTS (
        SELECT FROM own_ask
        WHERE own_ask.contact_id = event.contact_id
            AND own_ask.id::text = event.properties ->> 'ask'
    )
    OR event.name = 'campaign_converted'
        AND event.properties ->> 'campaign_id' = %(campaign)s::text
    OR event.name IN ('ask_snoozed', 'ask_never') AND EXISTS (
        SELECT FROM own_ask
        WHERE own_ask.contact_id = event.contact_id
            AND own_ask.answered_at = event.occurred_at
    )
)"""
PEOPLE = (
    """
    INSERT INTO contacts_contact
    SELECT contact.* FROM real.contacts_contact AS contact
    JOIN born ON born.contact_id = contact.id
    WHERE born.at <= %(at)s
    """,
    """
    INSERT INTO contacts_attributechange
    SELECT change.* FROM real.contacts_attributechange AS change
    JOIN born USING (contact_id)
    WHERE change.at <= %(at)s AND born.at <= %(at)s
    """,
    f"""
    INSERT INTO contacts_event
    SELECT event.* FROM real.contacts_event AS event
    JOIN born USING (contact_id)
    WHERE {HEARD} <= %(at)s AND born.at <= %(at)s
    """,
    """
    INSERT INTO contacts_consentchange
    SELECT change.* FROM real.contacts_consentchange AS change
    JOIN born USING (contact_id) WHERE change.changed_at <= %(at)s
    """,
    """
    INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
    SELECT DISTINCT ON (change.contact_id, change.channel)
        change.contact_id, change.channel, change.state, change.changed_at
    FROM contacts_consentchange AS change
    ORDER BY change.contact_id, change.channel, change.changed_at DESC, change.id DESC
    """,
    """
    INSERT INTO contacts_suppression
    SELECT * FROM real.contacts_suppression WHERE created_at <= %(at)s
    """,
    """
    INSERT INTO contacts_listmembership
    SELECT * FROM real.contacts_listmembership WHERE added_at <= %(at)s
    """,
    "INSERT INTO referrals_referralcode SELECT * FROM real.referrals_referralcode",
    """
    INSERT INTO referrals_advocate
    SELECT * FROM real.referrals_advocate WHERE joined_at <= %(at)s
    """,
)
# What people wish, from what they have said: of some, or of all.
WISHES = """
INSERT INTO referrals_askpreference (contact_id, snoozed_until, never_since, changed_at)
SELECT said.contact_id,
    (max(ARRAY[said.occurred_at::text, said.properties ->> 'until'])
        FILTER (WHERE said.name = 'ask_snoozed'))[2]::timestamptz,
    min(said.occurred_at) FILTER (WHERE said.name = 'ask_never'),
    max(said.occurred_at)
FROM contacts_event AS said
WHERE said.name IN ('ask_snoozed', 'ask_never')
    AND (%(contacts)s::bigint[] IS NULL OR said.contact_id = ANY (%(contacts)s))
    AND NOT EXISTS (
        SELECT FROM contacts_event AS taken
        WHERE taken.contact_id = said.contact_id AND taken.name = 'ask_resumed'
            AND taken.occurred_at > said.occurred_at
    )
GROUP BY said.contact_id
ON CONFLICT (contact_id) DO UPDATE SET snoozed_until = excluded.snoozed_until,
    never_since = excluded.never_since, changed_at = excluded.changed_at
"""
# Memberships as the ledger left them then, of the audiences that matter.
MEMBERS = (
    """
    INSERT INTO audiences_membershipchange
    SELECT change.* FROM real.audiences_membershipchange AS change
    JOIN born USING (contact_id)
    WHERE change.audience_id = ANY (%(audiences)s) AND change.changed_at <= %(at)s
    """,
    """
    INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)
    SELECT last.contact_id, last.audience_id, last.episode, last.changed_at
    FROM (
        SELECT DISTINCT ON (change.contact_id, change.audience_id) change.*
        FROM audiences_membershipchange AS change
        ORDER BY change.contact_id, change.audience_id, change.changed_at DESC,
            change.episode DESC, change.id DESC
    ) AS last
    WHERE last.change = 'entered'
    """,
    """
    INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)
    SELECT member.contact_id, member.audience_id, member.episode, member.entered_at
    FROM real.audiences_membership AS member
    JOIN born USING (contact_id)
    WHERE member.audience_id = ANY (%(audiences)s) AND member.entered_at <= %(at)s
        AND NOT EXISTS (
            SELECT FROM real.audiences_membershipchange AS change
            WHERE change.contact_id = member.contact_id
                AND change.audience_id = member.audience_id
        )
    """,
)
# The passes of the campaign itself that had begun, and what had come of them.
OWN_PASSES = (
    """
    INSERT INTO campaigns_enrollment SELECT * FROM real.campaigns_enrollment
    WHERE campaign_id = %(campaign)s AND enrolled_at <= %(at)s
    """,
    """
    INSERT INTO campaigns_steprun SELECT run.* FROM real.campaigns_steprun AS run
    JOIN campaigns_enrollment AS pass
        ON pass.contact_id = run.contact_id AND pass.id = run.enrollment_id
    """,
    """
    INSERT INTO campaigns_hold SELECT * FROM real.campaigns_hold
    WHERE campaign_id = %(campaign)s AND held_at <= %(at)s
    """,
    """
    INSERT INTO campaigns_refusal SELECT * FROM real.campaigns_refusal
    WHERE campaign_id = %(campaign)s AND refused_at <= %(at)s
    """,
    """
    INSERT INTO campaigns_moment SELECT * FROM real.campaigns_moment
    WHERE campaign_id = %(campaign)s AND came_at <= %(at)s
    """,
    """
    INSERT INTO campaigns_message SELECT * FROM real.campaigns_message
    WHERE campaign_id = %(campaign)s AND created_at <= %(at)s
    """,
    """
    INSERT INTO campaigns_task SELECT * FROM real.campaigns_task
    WHERE campaign_id = %(campaign)s AND created_at <= %(at)s
    """,
)
# Facts of an ask, and what is said with each.
ASK_FACTS: dict[str, tuple[str, ...]] = {
    "delivered_at": (),
    "viewed_at": (),
    "intent_at": (),
    "invite_sent_at": (),
    "lead_at": (),
    "qualified_at": (),
    "opportunity_at": (),
    "won_at": (),
    "refunded_at": (),
    "opened_at": (),
    "complained_at": (),
    "unsubscribed_at": (),
    "answered_at": ("answer", "answered_via"),
}
INCIDENT_FACTS: dict[str, tuple[str, ...]] = {"closed_at": ("ends_at", "closed_by_id")}


def begin_world(values: dict[str, Any]) -> None:
    """
    Fill the copies, for the campaign, the audiences and the moment in ``values``.

    People come first, then what campaigns had done to them.
    """
    at: datetime = values["at"]
    for statement in (BORN, OWN_ASKS, *KEYS, *PEOPLE):
        run(statement, values)
    run(WISHES, {"contacts": None})
    for table in copied_by_default():
        if table != Campaign._meta.db_table:
            run(f'INSERT INTO "{table}" SELECT * FROM {real(table)}')
    analyze()
    _put_attributes_back(at)
    take_campaigns(values)
    take_audiences(values)
    for statement in (*MEMBERS, *OWN_PASSES):
        run(statement, values)
    run("DELETE FROM campaigns_incident")
    take_incidents(at)
    take_asks(at)
    for contact_id in _standing(at):
        put_back(contact_id, at=at)
    analyze()


def take_asks(at: datetime, keys: list[tuple[int, int]] | None = None) -> None:
    """Write asks as they stood: some by contact and id, or all but those of the draft's own."""
    others = "NOT EXISTS (SELECT FROM own_ask WHERE own_ask.id = row.id)"
    some = (
        ""
        if keys is None
        else " AND (row.contact_id, row.id) IN (SELECT * FROM chosen)"
    )
    chosen = {
        "contacts": [key[0] for key in keys or ()],
        "ids": [key[1] for key in keys or ()],
    }
    _take(Ask, "asked_at", ASK_FACTS, at, f"{others}{some}", chosen)
    asked = {key[0] for key in keys} if keys else _asked()
    budget.lock_budgets(asked)
    budget.recount(sorted(asked))


def take_incidents(at: datetime) -> None:
    """Write incidents as they stood."""
    _take(
        Incident, "opened_at", INCIDENT_FACTS, at, "TRUE", {"contacts": [], "ids": []}
    )


def _take(
    model: type[models.Model],
    began: str,
    facts: dict[str, tuple[str, ...]],
    at: datetime,
    where: str,
    chosen: dict[str, list[int]],
) -> None:
    """Copy rows, without what was not known of them yet; those that are there are brought on."""
    since = {column: fact for fact, told in facts.items() for column in (fact, *told)}
    columns, shown = [], []
    for field in model._meta.concrete_fields:
        if field.generated:
            continue
        column = f'"{field.column}"'
        blank = "NULL" if field.null else "''"
        fact = since.get(field.column or "")
        columns.append(column)
        shown.append(
            f"CASE WHEN row.{fact} <= %(at)s THEN row.{column} ELSE {blank} END"
            if fact
            else f"row.{column}"
        )
    table = model._meta.db_table
    changes = ", ".join(f"{one} = excluded.{one}" for one in columns)
    run(
        "WITH chosen AS (SELECT * FROM unnest(%(contacts)s::bigint[], %(ids)s::bigint[]))"
        f' INSERT INTO "{table}" ({", ".join(columns)})'
        f" SELECT {', '.join(shown)} FROM {real(table)} AS row"
        f" WHERE row.{began} <= %(at)s AND {where}"
        f" ON CONFLICT (id) DO UPDATE SET {changes}",
        {"at": at, **chosen},
    )


def _asked() -> set[int]:
    """Name everybody who was asked before."""
    return set(Ask.objects.values_list("contact_id", flat=True).distinct())


def _standing(at: datetime) -> list[int]:
    """Name who stood somewhere in the campaign then."""
    on = models.Q(ended_at=None) | models.Q(ended_at__gt=at)
    return sorted(
        set(Enrollment.objects.filter(on).values_list("contact_id", flat=True))
    )


def _put_attributes_back(at: datetime) -> None:
    """Let those show what was told by then of whom something was told since."""
    rows = fetch(
        """
        SELECT DISTINCT change.contact_id
        FROM real.contacts_attributechange AS change
        JOIN contacts_contact AS contact ON contact.id = change.contact_id
        WHERE change.at > %(at)s
        ORDER BY 1
        """,
        {"at": at},
    )
    ids = [row[0] for row in rows]
    for start in range(0, len(ids), PART):
        refold(ids[start : start + PART], now=at)
    # He is named by an address even where nobody had told it by then.
    run(
        """
        UPDATE contacts_contact AS contact SET email = today.email
        FROM real.contacts_contact AS today
        WHERE today.id = contact.id AND contact.email = '' AND today.email <> ''
        """
    )
