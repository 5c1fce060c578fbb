"""
Decide a batch of messages of an email step: who gets one now, who waits, who never will.

Everything is decided and written in one transaction, under the lock of the ask budgets where
the message is an ask: the budget is taken, the contact becomes an advocate, the ask, its
message in the outbox and the event on the contact are written, or none of it is.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.asks import holds
from campaigns.asks.holds import Candidate, Held
from campaigns.event_names import ASK_MADE
from campaigns.flows.definition import Step, walk_steps
from campaigns.flows.ladder import BY_ANOTHER, EMAIL, UNSENT, rungs_of
from campaigns.flows.service import is_service
from campaigns.guardrails import budget
from campaigns.guardrails.clock import Clock, clock_for
from campaigns.guardrails.facts import Facts, read_facts, with_numbers
from campaigns.guardrails.fresh import Pass, fresh_until
from campaigns.guardrails.gate import FOR_ASKS, FOR_MESSAGES, judge
from campaigns.guardrails.purpose import purpose_of
from campaigns.guardrails.signs import look_up
from campaigns.models import Campaign, CampaignVersion
from contacts import events
from contacts.background import ring_after_commit
from referrals.advocates import enroll_advocates

# Writes the asks, a message for each and the look-up of its tag. Which side of a split led to an
# ask leans on step_runs_once.
WRITE_ASKS = """
WITH wanted AS (
    SELECT * FROM unnest(
        %(enrollments)s::bigint[], %(contacts)s::bigint[], %(visits)s::int[],
        %(days)s::date[], %(addresses)s::text[], %(tags)s::text[], %(channels)s::text[]
    ) AS wanted (enrollment_id, contact_id, visit, asked_on, address, tag, channel)
), asked AS (
    INSERT INTO campaigns_ask (
        contact_id, campaign_id, version_id, program_id, enrollment_id, step_key, visit,
        asked_on, asked_at, answer, channel, locale, variant, moment_at
    )
    SELECT wanted.contact_id, %(campaign)s, %(version)s, %(program)s, wanted.enrollment_id,
        %(step)s, wanted.visit, wanted.asked_on, %(now)s, '', wanted.channel,
        -- Reports keep it when a person is forgotten, so it is nothing but a language.
        CASE WHEN contact.locale ~ '^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}$'
            THEN contact.locale ELSE '' END,
        COALESCE(side.variant, ''),
        CASE WHEN enrollment.moment_key <> '' THEN enrollment.moment_at END
    FROM wanted
    JOIN contacts_contact AS contact ON contact.id = wanted.contact_id
    JOIN campaigns_enrollment AS enrollment
        ON enrollment.contact_id = wanted.contact_id AND enrollment.id = wanted.enrollment_id
    LEFT JOIN LATERAL (
        SELECT run.step_key || ':' || run.outcome AS variant
        FROM campaigns_steprun AS run
        WHERE run.contact_id = wanted.contact_id AND run.enrollment_id = wanted.enrollment_id
            AND run.step_key = ANY (%(splits)s)
        ORDER BY run.visit DESC
        LIMIT 1
    ) AS side ON TRUE
    RETURNING id, contact_id, enrollment_id
), written AS (
    INSERT INTO campaigns_message (
        contact_id, campaign_id, version_id, enrollment_id, step_key, visit, ask_id, channel,
        connection_id, address, tag, state, created_at, due_at, attempts, lease_owner, cause, details, subject
    )
    SELECT wanted.contact_id, %(campaign)s, %(version)s, wanted.enrollment_id, %(step)s,
        wanted.visit, asked.id, wanted.channel,
        CASE WHEN wanted.channel = ANY (%(by_another)s) THEN %(connection)s::bigint END,
        wanted.address, wanted.tag,
        CASE WHEN wanted.channel = ANY (%(unsent)s) THEN 'waiting' ELSE 'queued' END,
        %(now)s, %(now)s, 0, '', '', '', ''
    FROM wanted
    JOIN asked USING (contact_id, enrollment_id)
    RETURNING id, contact_id, tag
), tagged AS (
    INSERT INTO campaigns_messagetag (tag, contact_id, message_id)
    SELECT tag, contact_id, id FROM written
)
SELECT id, contact_id FROM asked
"""

# Writes messages that are not asks, and the look-up of each tag.
WRITE_MESSAGES = """
WITH written AS (
    INSERT INTO campaigns_message (
        contact_id, campaign_id, version_id, enrollment_id, step_key, visit, ask_id, channel,
        connection_id, address, tag, state, created_at, due_at, attempts, lease_owner, cause,
        details, subject
    )
    SELECT contact_id, %(campaign)s, %(version)s, enrollment_id, %(step)s, visit, NULL, channel,
        CASE WHEN channel = ANY (%(by_another)s) THEN %(connection)s::bigint END,
        address, tag, 'queued', %(now)s, %(now)s, 0, '', '', '', ''
    FROM unnest(
        %(enrollments)s::bigint[], %(contacts)s::bigint[], %(visits)s::int[],
        %(addresses)s::text[], %(tags)s::text[], %(channels)s::text[]
    ) AS wanted (enrollment_id, contact_id, visit, address, tag, channel)
    RETURNING id, contact_id, tag
)
INSERT INTO campaigns_messagetag (tag, contact_id, message_id)
SELECT tag, contact_id, id FROM written
"""


# The kinds of steps whose sides are variants.
SPLITS = ("cohort", "split")


@dataclass(frozen=True)
class Occasion:
    """The step at which a batch is decided, and when."""

    campaign: Campaign
    version: CampaignVersion
    step: Step
    now: datetime

    @property
    def clock(self) -> Clock:
        """The clock with the quiet hours of this version."""
        return clock_for(self.version.definition["settings"], self.now)


@dataclass(frozen=True)
class Decisions:
    """Who got a message, and who was held."""

    made: list[Candidate]
    held: list[Held]


@dataclass(frozen=True)
class Made:
    """Who gets a message, by which channel, and what was known about him."""

    candidate: Candidate
    facts: Facts
    channel: str = EMAIL


@transaction.atomic
def decide_batch(occasion: Occasion, candidates: Sequence[Candidate]) -> Decisions:
    """
    Decide about each candidate and write down what was decided.

    A candidate appears once; a contact too, for a campaign has one active enrollment each. The
    step has one way to the person; several are for ``campaigns.asks.ladder``.
    """
    is_ask = occasion.step["ask"]
    [way] = rungs_of(occasion.step)
    guardrails = FOR_ASKS if is_ask else FOR_MESSAGES
    contact_ids = [candidate.contact_id for candidate in candidates]
    if is_ask:
        budget.lock_budgets(contact_ids)
    facts = read_for(occasion, candidates, channel=way.channel)
    clock = occasion.clock
    made: list[Made] = []
    held: list[Held] = []
    for candidate in candidates:
        known = facts.get(candidate.contact_id)
        verdict = judge(known, clock, guardrails)
        if known is None or verdict.objections:
            held.append(holds.hold(candidate, verdict, occasion.step["if_held"], clock))
        else:
            made.append(Made(candidate, known, way.channel))
    if made and is_ask:
        write_asks(occasion, made)
    elif made:
        _write_messages(occasion, made)
    holds.write_holds(
        held,
        campaign_id=occasion.campaign.pk,
        step_key=occasion.step["key"],
        now=occasion.now,
    )
    return Decisions([one.candidate for one in made], held)


def read_for(
    occasion: Occasion, candidates: Sequence[Candidate], *, channel: str = EMAIL
) -> dict[int, Facts]:
    """Read all that the guardrails ask for on a channel; who is gone is left out."""
    is_ask = occasion.step["ask"]
    contact_ids = [candidate.contact_id for candidate in candidates]
    definition = occasion.version.definition
    is_news = is_service(occasion.step)
    purpose = purpose_of(
        occasion.campaign,
        definition,
        is_ask=is_ask,
        channel=channel,
        is_service=is_news,
    )
    known = read_facts(contact_ids, channel=channel, is_service=is_news)
    facts = with_numbers(known, occasion.step)
    held = look_up(purpose, now=occasion.now).objections(contact_ids)
    for contact_id, signs in held.items():
        if contact_id in facts:
            facts[contact_id] = replace(facts[contact_id], signs=signs)
    passes = [
        Pass(one.enrollment_id, one.contact_id, one.visit, occasion.now)
        for one in candidates
    ]
    fresh = fresh_until(occasion.step, passes) if is_ask else {}
    for one in candidates:
        if one.enrollment_id in fresh and one.contact_id in facts:
            until = fresh[one.enrollment_id]
            facts[one.contact_id] = replace(facts[one.contact_id], fresh_until=until)
    return facts


def message_values(occasion: Occasion, made: Sequence[Made]) -> dict[str, Any]:
    """Collect what the messages of a batch consist of."""
    return {
        "campaign": occasion.campaign.pk,
        "version": occasion.version.pk,
        "program": occasion.campaign.program_id,
        "step": occasion.step["key"],
        "now": occasion.now,
        "enrollments": [one.candidate.enrollment_id for one in made],
        "contacts": [one.candidate.contact_id for one in made],
        "visits": [one.candidate.visit for one in made],
        "addresses": [one.facts.address for one in made],
        "channels": [one.channel for one in made],
        "tags": [secrets.token_hex(16) for _ in made],
        "unsent": list(UNSENT),
        "by_another": list(BY_ANOTHER),
        "connection": (occasion.step.get("passed_on") or {}).get("connection"),
    }


def _write_messages(occasion: Occasion, made: Sequence[Made]) -> None:
    """Write the messages of those who passed, which ask for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE_MESSAGES, message_values(occasion, made))
    ring_after_commit("campaigns.send")


def write_asks(occasion: Occasion, made: Sequence[Made]) -> dict[int, int]:
    """
    Write the asks of those who passed, each with its first message.

    :returns: the ask of each contact
    """
    values = message_values(occasion, made)
    values["splits"] = splits_of(occasion.version)
    clock = occasion.clock
    days = [clock.today(one.facts.zone) for one in made]
    enroll_advocates(
        program=occasion.campaign.program,
        contact_ids=values["contacts"],
        now=occasion.now,
    )
    budget.take(values["contacts"], days)
    with connection.cursor() as cursor:
        cursor.execute(WRITE_ASKS, {**values, "days": days})
        asked = cursor.fetchall()
    events.record_many(
        [_ask_made(occasion, ask_id, contact_id) for ask_id, contact_id in asked],
        now=occasion.now,
    )
    ring_after_commit("campaigns.send")
    return {contact_id: ask_id for ask_id, contact_id in asked}


def splits_of(version: CampaignVersion) -> list[str]:
    """Name the steps at which people go one of several ways that are to be compared."""
    steps = walk_steps(version.definition["steps"])
    return [step["key"] for step in steps if step["kind"] in SPLITS]


def _ask_made(occasion: Occasion, ask_id: int, contact_id: int) -> events.Fact:
    """Tell the timeline and the audiences that the contact was asked."""
    return events.Fact(
        contact_id,
        ASK_MADE,
        occasion.now,
        str(ask_id),
        {
            "campaign": occasion.campaign.name,
            "campaign_id": occasion.campaign.pk,
            "program_id": occasion.campaign.program_id,
            "ask": ask_id,
        },
    )
