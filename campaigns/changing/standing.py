"""Who stands where on an older version of a campaign, and where a publish plan would put him."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from campaigns.changing.own_times import own_dues, shapes_of
from campaigns.flows.definition import Document, find_step, following
from campaigns.models import Campaign
from campaigns.steps.waits import length_of, pauses_of
from campaigns.steps.zones import EXACT

CARRY, MAP, EXIT, FINISH = "carry", "map", "exit", "finish"
KEEP, ANEW = "keep", "anew"
# Steps that say themselves, each time they look, until when somebody stays.
TIMED = ("wait_until", "wait_answer")

# Selects the passes that are on, each with the step at which people see it: who sits out a
# delay stands before the next step, and is seen in the delay. ``since`` is when he came there;
# ``is_open``, that the step has reached him and goes on: between two rungs of an ask, or while a
# task is waited for. Leans on one_active_enrollment and on the unique constraints of the journal,
# of holds, messages and tasks, which begin with contact and enrollment.
STANDING = """
SELECT enrollment.id, enrollment.contact_id, enrollment.version_id, enrollment.visit,
    enrollment.step_key, enrollment.due_at, enrollment.began_at,
    COALESCE(wait.step_key, enrollment.step_key) AS place,
    wait.step_key IS NOT NULL AND wait.step_key <> enrollment.step_key AS sits,
    COALESCE(enrollment.began_at, wait.since, enrollment.due_at) AS since,
    EXISTS (
        SELECT FROM campaigns_message AS message
        WHERE message.contact_id = enrollment.contact_id
            AND message.enrollment_id = enrollment.id AND message.visit = enrollment.visit
    ) OR EXISTS (
        SELECT FROM campaigns_task AS task
        WHERE task.contact_id = enrollment.contact_id
            AND task.enrollment_id = enrollment.id AND task.visit = enrollment.visit
    ) AS is_open
FROM campaigns_enrollment AS enrollment
LEFT JOIN LATERAL (
    SELECT run.step_key,
        COALESCE((run.details ->> 'since')::timestamptz, run.ran_at) AS since
    FROM campaigns_steprun AS run
    WHERE run.contact_id = enrollment.contact_id AND run.enrollment_id = enrollment.id
        AND run.visit = enrollment.visit - 1 AND run.outcome IN ('waited', 'moved')
        AND enrollment.began_at IS NULL
        AND NOT EXISTS (
            SELECT FROM campaigns_hold AS hold
            WHERE hold.contact_id = run.contact_id
                AND hold.enrollment_id = run.enrollment_id
                AND hold.visit = enrollment.visit
        )
) AS wait ON TRUE
WHERE enrollment.campaign_id = %(campaign)s AND enrollment.state = 'active'
    AND enrollment.enrolled_at <= %(entered_until)s
"""

# Pairs those of whom an action speaks with where it puts them, and when they go on. A wait that
# is reckoned anew ends its new length after its beginning, pauses aside, or when own_times says
# for the person's clock and day; who would go on at once
# is spread over a while, each contact always at the same place in it.
CHOSEN = f"""
WITH pause AS (
    SELECT * FROM unnest(%(resumed)s::timestamptz[], %(paused)s::float8[])
        AS pause (resumed_at, seconds)
), action AS (
    SELECT * FROM unnest(
        %(numbers)s::int[], %(versions)s::bigint[], %(places)s::text[], %(opens)s::boolean[],
        %(kinds)s::text[], %(steps)s::text[], %(behind)s::text[], %(anew)s::boolean[],
        %(lengths)s::float8[], %(own)s::boolean[], %(by_since)s::boolean[],
        %(windows)s::boolean[], %(attributes)s::text[]
    ) AS action (
        number, version_id, place, is_open, kind, step_key, behind, is_anew, seconds, is_own,
        is_by_since, is_window, attribute
    )
), own AS (
    SELECT * FROM unnest(
        %(own_numbers)s::int[], %(own_sinces)s::timestamptz[], %(own_zones)s::text[],
        %(own_said)s::text[], %(own_dues)s::timestamptz[]
    ) AS own (number, since, time_zone, said, due_at)
), standing AS (
    {STANDING} {{who}}
), put AS (
    SELECT standing.*, action.number, action.kind,
        CASE
            WHEN action.kind = 'carry' AND standing.sits THEN action.behind
            ELSE action.step_key
        END AS new_step_key,
        CASE
            WHEN action.kind = 'carry' AND NOT standing.sits THEN standing.began_at
        END AS new_began_at,
        action.kind = 'carry' AND standing.sits AS goes_on_sitting,
        CASE
            WHEN NOT action.is_anew THEN standing.due_at
            WHEN action.kind = 'map' THEN %(at)s::timestamptz
            WHEN action.is_own AND (standing.sits OR action.is_window)
            THEN COALESCE((
                SELECT own.due_at
                FROM contacts_contact AS contact
                JOIN own ON own.time_zone = contact.time_zone
                    AND own.said = COALESCE(contact.attributes ->> action.attribute, '')
                WHERE contact.id = standing.contact_id AND own.number = action.number
                    AND own.since IS NOT DISTINCT FROM
                        CASE WHEN action.is_by_since THEN standing.since END
            ), standing.due_at)
            WHEN action.is_own THEN standing.due_at
            WHEN standing.sits OR standing.began_at IS NOT NULL
            THEN standing.since + make_interval(secs => action.seconds + COALESCE((
                SELECT sum(LEAST(
                    pause.seconds, extract(epoch FROM pause.resumed_at - standing.since)
                ))
                FROM pause WHERE pause.resumed_at > standing.since
            ), 0))
            ELSE standing.due_at
        END AS wanted_at,
        action.is_anew
    FROM standing
    JOIN action ON action.version_id = standing.version_id
        AND action.place = standing.place AND action.is_open = standing.is_open
), chosen AS (
    SELECT put.*,
        CASE
            WHEN put.is_anew AND put.wanted_at <= %(at)s
            THEN %(at)s::timestamptz + make_interval(secs => %(spread)s * (
                ('x' || substr(md5(%(salt)s || ':' || put.contact_id), 1, 8))::bit(32)::bigint
                / 4294967296.0
            ))
            ELSE put.wanted_at
        END AS new_due_at
    FROM put
)
"""  # noqa: S608 - texts of ours


@dataclass(frozen=True)
class Action:
    """
    What becomes of those who stand at one place of one version; see ``PublishPlan.actions``.

    ``count`` is how many there were when it was chosen.
    """

    version: int
    place: str
    is_open: bool
    kind: str
    target: str = ""
    times: str = KEEP
    count: int = 0

    def as_document(self) -> dict[str, Any]:
        """Write it as it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Setting:
    """Where and when: what is the same for all actions of a plan."""

    campaign: Campaign
    document: Document
    spread_minutes: int
    entered_until: datetime
    now: datetime

    @property
    def at(self) -> datetime:
        """From when on people go on: while it is paused, from the beginning of the pause."""
        return self.campaign.paused_at or self.now


def values_of(
    setting: Setting,
    actions: Sequence[Action],
    *,
    who: str = "",
    among: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Collect the parameters of CHOSEN; two queries.

    ``who`` and its parameters name whom the statement is about, if not everybody.
    """
    values = _values_of(setting, actions) | dict(among or {})
    keys = _places_anew(actions)
    dues = own_dues(
        setting.document,
        keys,
        values,
        standing=f"{STANDING} {who}",
        pauses=pauses_of(setting.campaign, setting.now),
    )
    return values | dues


def _values_of(setting: Setting, actions: Sequence[Action]) -> dict[str, Any]:
    """Collect all but the times that depend on people."""
    pauses = pauses_of(setting.campaign, setting.now)
    after = following(setting.document["steps"])
    return {
        "campaign": setting.campaign.pk,
        "entered_until": setting.entered_until,
        "at": setting.at,
        "spread": setting.spread_minutes * 60.0,
        # So that the counting spreads people as the doing does.
        "salt": f"campaign {setting.campaign.pk}",
        "resumed": [at for at, _ in pauses],
        "paused": [length.total_seconds() for _, length in pauses],
        "numbers": list(range(len(actions))),
        "versions": [action.version for action in actions],
        "places": [action.place for action in actions],
        "opens": [action.is_open for action in actions],
        "kinds": [action.kind for action in actions],
        "steps": [action.target or action.place for action in actions],
        "behind": [after.get(action.place, "") for action in actions],
        "anew": [action.times == ANEW for action in actions],
        "lengths": [new_length(setting.document, action.place) for action in actions],
        **shapes_of(setting.document, _places_anew(actions)),
    }


def _places_anew(actions: Sequence[Action]) -> list[str]:
    """Name the steps whose time is reckoned anew; "" for an action that reckons none."""
    return [
        one.place if one.kind == CARRY and one.times == ANEW else "" for one in actions
    ]


def new_length(document: Document, key: str) -> float | None:
    """Say for how many seconds a step lets people wait; None if that depends on the person."""
    step = find_step(document, key)
    if step is None or step["kind"] not in ("delay", *TIMED):
        return None
    if step["unit"] not in EXACT or step.get("until"):
        return None
    return length_of(step).total_seconds()
