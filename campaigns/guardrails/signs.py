"""
What speaks against asking people that is read by a condition: signs, incidents, rivals.

Looked up once for a batch; then one statement tells for all of its people what holds. The same
as one fragment over the alias ``contact`` lets the hand-over ask again in its own statement.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from audiences import selection
from audiences.conditions.sql import Fragment, combine, join, value
from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.incidents import Kind, incidents_at
from campaigns.guardrails.purpose import Purpose
from campaigns.guardrails.reasons import (
    GLOBAL_STOP,
    INCIDENT,
    LOST_TO,
    TEST_CONTACT,
    Objection,
)
from campaigns.guardrails.rivals import Above, places_above
from campaigns.guardrails.rules import rules_in_force

# Selects for each of the contacts which of the signs hold.
HELD = """
SELECT contact.id, {}
FROM contacts_contact AS contact
WHERE contact.id = ANY ({})
"""

# Whether there is an incident that was not there when this was looked up.
NEW_INCIDENT = """
EXISTS (
    SELECT FROM campaigns_incident AS incident
    WHERE (incident.ends_at IS NULL OR incident.ends_at > {})
        AND incident.id <> ALL ({}) AND {}
)
"""

# Whether something happened to the contact that had never happened to anybody.
# Leans on event_of_contact.
NEW_EVENT = """
EXISTS (
    SELECT FROM contacts_event AS happened
    WHERE happened.contact_id = contact.id AND happened.name = ANY ({})
)
"""

# Only stops hold what asks for nothing.
EVERY_INCIDENT = Fragment("TRUE")
STOPS = Fragment("incident.kind = 'stop'")
AT_ONCE = timedelta()


@dataclass(frozen=True)
class Sign:
    """A condition over the alias ``contact``, and what to say of those for whom it holds."""

    objection: Objection
    condition: Fragment


@dataclass(frozen=True)
class Signs:
    """All that is read by a condition, for one purpose at one moment."""

    purpose: Purpose
    now: datetime
    signs: tuple[Sign, ...]
    known_incidents: tuple[int, ...]
    never_happened: frozenset[str]
    above: Above | None

    def objections(
        self, contact_ids: Collection[int]
    ) -> dict[int, tuple[Objection, ...]]:
        """Say what holds for whom; nobody else is in it. Two queries at most."""
        found: dict[int, list[Objection]] = defaultdict(list)
        for contact_id, objection in self._held(contact_ids):
            found[contact_id].append(objection)
        if self.above:
            for contact_id, objection in self.above.objections(contact_ids):
                found[contact_id].append(objection)
        return {contact_id: tuple(those) for contact_id, those in found.items()}

    def _held(self, contact_ids: Collection[int]) -> Iterator[tuple[int, Objection]]:
        """Ask for all signs in one statement."""
        if not self.signs or not contact_ids:
            return
        columns = [combine("({}) IS TRUE", one.condition) for one in self.signs]
        listed = combine(", ".join(["{}"] * len(columns)), *columns)
        statement = combine(HELD, listed, value(list(contact_ids), "bigint[]"))
        with connection.cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            for contact_id, *held in cursor.fetchall():
                for sign, holds in zip(self.signs, held, strict=True):
                    if holds:
                        yield contact_id, sign.objection

    def conditions(self) -> Iterator[tuple[str, Fragment]]:
        """Yield each reason with its condition over the alias ``contact``."""
        for one in self.signs:
            yield one.objection.reason, one.condition
        if self.above and self.above.names:
            yield LOST_TO, self.above.sign()

    def since(self) -> Fragment:
        """
        Ask of the alias ``contact`` whether anything of this speaks against it by now.

        Also an incident that was opened since then, and an event that nobody had before.
        """
        incident = combine(
            NEW_INCIDENT,
            value(self.now, "timestamptz"),
            value(list(self.known_incidents), "bigint[]"),
            EVERY_INCIDENT if self.purpose.is_ask else STOPS,
        )
        event = combine(NEW_EVENT, value(sorted(self.never_happened), "text[]"))
        known = [condition for _, condition in self.conditions()]
        return join("OR", [incident, event, *known])


def look_up(
    purpose: Purpose,
    *,
    now: datetime,
    ahead: timedelta = AT_ONCE,
    few: bool = True,
) -> Signs:
    """
    Look up what may speak against a purpose now; conditions are asked for ``ahead`` of it.

    ``few`` is for statements that name the contacts. Four small queries, and what compiling
    conditions takes where some are in force.
    """
    incidents = list(incidents_at(now))
    signs = []
    for incident in incidents:
        is_stop = incident.kind == Kind.STOP
        if purpose.is_ask or is_stop:
            scope = Fragment("TRUE")
            if incident.scope:
                scope = selection.predicate(incident.scope, as_of=now + ahead, few=few)
            reason = GLOBAL_STOP if is_stop else INCIDENT
            details = {"incident": incident.pk, "title": incident.title}
            objection = Objection(reason, until=incident.ends_at, details=details)
            signs.append(Sign(objection, scope))
    in_force = rules_in_force(purpose.off)
    for rule, condition in in_force.rules:
        if purpose.is_ask or rule.code == TEST_CONTACT:
            held = selection.predicate(condition, as_of=now + ahead, few=few)
            signs.append(Sign(Objection(rule.code), held))
    gives_way = purpose.is_ask and LOST_TO not in purpose.off
    return Signs(
        purpose=purpose,
        now=now,
        signs=tuple(signs),
        known_incidents=tuple(one.pk for one in incidents),
        never_happened=in_force.never_happened,
        above=places_above(purpose, now=now) if gives_way else None,
    )


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object to whom a sign, an incident or a campaign of higher priority holds."""
    yield from facts.signs
