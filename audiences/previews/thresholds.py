"""The values that a threshold of a rule divides, so that it can be dragged on a histogram."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from audiences import selection
from audiences.conditions.errors import Path
from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import contact_subject
from audiences.conditions.values import (
    value_subject,
    value_without_events,
    values_of_all,
)
from audiences.models.trait import definitions_of

BARS = 28
# Numbers between which the count for any threshold is told while it is dragged.
STEPS = 100
MOST_THRESHOLDS = 3
COMPARISONS = {"greater_than": ">", "at_least": "≥", "less_than": "<", "at_most": "≤"}

# Reads the number of everybody who fits the rest once; takes those at equal shares, and counts
# them by bars of equal width.
DISTRIBUTION = f"""
WITH valued AS MATERIALIZED (
    SELECT {{}} AS found FROM contacts_contact AS contact {{}} WHERE {{}}
), marked AS (
    SELECT count(found), percentile_disc({{}}) WITHIN GROUP (ORDER BY found) AS marks
    FROM valued
), ends AS (
    SELECT least(marks[1], {{}}) AS low, greatest(marks[{STEPS}], {{}}) AS high
    FROM marked
), bars AS (
    SELECT
        least({BARS}, width_bucket(
            found, low, CASE WHEN high > low THEN high ELSE low + 1 END, {BARS}
        )) AS bar,
        count(*)
    FROM valued, ends
    WHERE found IS NOT NULL
    GROUP BY bar
)
SELECT count, marks, low, high, (SELECT jsonb_object_agg(bar, count)::text FROM bars)
FROM marked, ends
"""  # noqa: S608 - numbers of ours


@dataclass(frozen=True)
class Threshold:
    """
    A leaf that compares a number with a bound, and how the number is distributed.

    ``marks`` are values at equal shares of the contacts, from the least to the greatest: of
    ``count`` contacts who fit all the other conditions and have a number. ``bars`` count them
    by equal steps from ``low`` to ``high``; what lies beyond is in the last one.
    """

    path: Path
    leaf: Mapping[str, Any]
    sign: str
    bound: Decimal
    count: int
    low: Decimal
    high: Decimal
    step: Decimal
    near_top: Decimal
    marks: tuple[Decimal, ...]
    bars: tuple[int, ...]


def find_thresholds(
    document: Any, *, as_of: datetime, counts_from: datetime | None = None
) -> list[Threshold]:
    """Measure the first leaves of a rule that compare a number with a bound; a statement each."""
    found = list(_leaves(document, (), ()))[:MOST_THRESHOLDS]
    measured = []
    for path, leaf, others in found:
        beside = [
            selection.predicate(other, as_of=as_of, counts_from=counts_from)
            for other in others
        ]
        measured.append(_measure(path, leaf, beside, as_of))
    return [one for one in measured if one is not None]


def _leaves(
    document: Any, path: Path, others: tuple[Any, ...]
) -> Iterator[tuple[Path, Any, tuple[Any, ...]]]:
    """
    List the leaves that compare a number with a bound, and what has to hold beside each.

    Below alternatives and negations nothing has to hold beside them.
    """
    if document["kind"] == "not":
        yield from _leaves(document["condition"], (*path, "condition"), ())
    elif document["kind"] in ("all", "any"):
        children: Sequence[Any] = document["conditions"]
        is_all = document["kind"] == "all"
        for index, child in enumerate(children):
            beside = (
                (*others, *children[:index], *children[index + 1 :]) if is_all else ()
            )
            yield from _leaves(child, (*path, "conditions", index), beside)
    elif (
        document["kind"] in ("trait", "attribute")
        and document.get("operator") in COMPARISONS
        and not document.get("path")
    ):
        yield path, document, others


def _number(leaf: Mapping[str, Any], as_of: datetime) -> tuple[Fragment, Fragment]:
    """Read what a leaf compares as a number, and what has to be joined for that."""
    if leaf["kind"] == "attribute":
        return contact_subject(leaf["name"]).number, Fragment("")
    trait_id = leaf["trait"]
    setting = Setting(as_of, traits=definitions_of([trait_id]))
    joined = values_of_all(trait_id, setting).format(
        "LEFT JOIN ({}) AS valued ON valued.contact_id = contact.id"
    )
    trait = setting.traits[trait_id]
    found = value_subject(trait, Fragment("valued.value")).number
    if value_without_events(trait, setting) == 0:
        found = found.format("coalesce({}, 0)")
    return found, joined


def _measure(
    path: Path, leaf: Mapping[str, Any], beside: Sequence[Fragment], as_of: datetime
) -> Threshold | None:
    """Read how the number of a leaf is distributed; None if nobody has one."""
    where = combine(
        " AND ".join(["contact.erased_at IS NULL", *["({})"] * len(beside)]), *beside
    )
    bound = Decimal(str(leaf["value"]))
    ends = value(bound, "numeric")
    statement = combine(
        DISTRIBUTION,
        *_number(leaf, as_of),
        where,
        value([index / STEPS for index in range(STEPS + 1)], "float8[]"),
        ends,
        ends,
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        count, marks, low, high, bars = cursor.fetchone()
    if not count:
        return None
    counted = json.loads(bars)
    step = step_for(high - low, is_whole=all(mark == int(mark) for mark in marks))
    return Threshold(
        path=path,
        leaf=leaf,
        sign=COMPARISONS[leaf["operator"]],
        bound=bound,
        count=count,
        low=low,
        high=high if high > low else low + step,
        step=step,
        near_top=marks[STEPS * 9 // 10],
        marks=tuple(marks),
        bars=tuple(counted.get(str(bar), 0) for bar in range(1, BARS + 1)),
    )


def step_for(width: Decimal, *, is_whole: bool) -> Decimal:
    """Choose a round step that divides a width into about two hundred."""
    if width <= 0:
        return Decimal(1)
    power = Decimal(10) ** (width / 200).adjusted()
    step = power * next(size for size in (1, 2, 5, 10) if width / 200 / power <= size)
    return max(step, Decimal(1)) if is_whole else step
