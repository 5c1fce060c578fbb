"""
What a merge did, as JSON, and how it is put back.

Of tables whose rows merely move, the journal names the rows; of those that were combined it
holds the rows of both contacts before and after. What has changed since keeps its change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contacts.identities.rows import Row, read_rows, replace_rows
from contacts.identities.tables import Table, key_of, table_named


@dataclass(frozen=True)
class Sides:
    """
    Between whom a merge is undone.

    ``holder_id`` has by now what ``survivor_id`` got: he may have become a part of somebody.
    """

    survivor_id: int
    merged_id: int
    holder_id: int

    def owner(self, contact_id: int) -> int:
        """Tell whose a row is that was of ``contact_id`` at the time of the merge."""
        return self.holder_id if contact_id == self.survivor_id else contact_id


def difference(
    before: Mapping[str, Row], after: Mapping[str, Row]
) -> dict[str, dict[str, Row]]:
    """Keep the rows that differ, as they were and as they are."""
    changed = {
        key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    }
    return {
        "before": {key: before[key] for key in changed if key in before},
        "after": {key: after[key] for key in changed if key in after},
    }


def restore_combined(
    label: str,
    entry: Mapping[str, Any],
    sides: Sides,
    later: Sequence[Mapping[str, Any]] = (),
) -> None:
    """
    Put combined rows back, but for what has changed in them since.

    ``later`` is what merges did that took who remained along: that is no change of what goes
    back to the other one.
    """
    model = table_named(label)
    before: dict[str, Row] = entry["before"]
    after: dict[str, Row] = entry["after"]
    current = read_rows(model, before.keys() | after.keys())
    old, new = [], []
    for key in before.keys() | after.keys():
        was, became, now = before.get(key), after.get(key), current.get(key)
        if became and not now:
            # Somebody has deleted it since.
            continue
        leaves = bool(was and was["contact_id"] == sides.merged_id)
        shown = _rewind(label, key, now, later) if leaves and now else now
        put = _put_back(was, became, shown, sides)
        if now:
            old.append(now)
        if put:
            new.append(put)
    refused = replace_rows(model, old, new)
    # What may not be as it was, because of what came since, stays as it is.
    key_name = key_of(model)
    replace_rows(model, [], [row for row in old if str(row[key_name]) in refused])


def _rewind(label: str, key: str, row: Row, later: Sequence[Mapping[str, Any]]) -> Row:
    """Find what a row would be without what later merges did to it, the last one first."""
    for tables in reversed(later):
        entry = tables.get(label, {})
        was, became = (entry.get(side, {}).get(key) for side in ("before", "after"))
        if was and became:
            row = {**merge_columns(was, became, row), "contact_id": row["contact_id"]}
    return row


def take_out(label: str, outer: Any, inner: Mapping[str, Any], sides: Sides) -> None:
    """
    Take out of the journal of a later merge what an earlier one, undone now, had combined.

    So the later one, undone in its turn, does not bring it back.
    """
    entry = outer.get(label)
    if "before" not in inner or entry is None or "before" not in entry:
        return
    rows: dict[str, Row] = entry["before"]
    as_it_was = Sides(sides.survivor_id, sides.merged_id, sides.survivor_id)
    for key in inner["before"].keys() | inner["after"].keys():
        put = _put_back(
            inner["before"].get(key), inner["after"].get(key), rows.get(key), as_it_was
        )
        if put and put["contact_id"] == sides.survivor_id:
            rows[key] = put
        else:
            rows.pop(key, None)


def _put_back(
    was: Row | None, became: Row | None, now: Row | None, sides: Sides
) -> Row | None:
    """Find what a row must be, from what it was, became and is now."""
    if was is None:
        return None if now == _owned(became, sides) else now
    owned = _owned(was, sides)
    if owned is None or became is None or now is None:
        return owned
    return merge_columns(owned, _owned(became, sides) or {}, now)


def merge_columns(was: Row, became: Row, now: Row) -> Row:
    """Take each column back to what it was, unless it has changed since."""
    kept = {
        column: value
        for column, value in now.items()
        if column != "contact_id" and value != became.get(column)
    }
    return {**was, **kept}


def _owned(row: Row | None, sides: Sides) -> Row | None:
    """Give a row to who owns it after the merge is undone."""
    return row and {**row, "contact_id": sides.owner(row["contact_id"])}


def restore_dropped(model: Table, rows: Iterable[Row]) -> None:
    """Put back what a unique rule had kept from moving."""
    replace_rows(model, [], rows)
