"""
Turn a record of a table, or a line of JSON, into a message in the form of Segment's clients.

So what comes from a file is judged by the same reader as what clients send, and takes the
same way.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from contacts.cells import (
    GUARDED,
    SPREADSHEET_ERRORS,
    BadAddress,
    clean_address,
    clean_flag,
    clean_number,
)
from contacts.histories.columns import (
    ANONYMOUS,
    DATE,
    EVENT,
    MESSAGE,
    PROPERTY,
    TIME,
    USER,
)
from contacts.histories.timestamps import BadTime, read_timestamp
from contacts.imports.fields import EMAIL
from contacts.imports.mapping import FLAG, NUMBER, Column
from contacts.imports.records import HAD_NUL, MAX_CELL, Record
from contacts.imports.rows import SHOWN_CELL, SHOWN_CELLS, one_line
from contacts.tracking.bodies import read_json
from contacts.tracking.envelopes import Envelope
from contacts.tracking.messages import Message, read_message
from contacts.tracking.reasons import BodyRefused, MessageRefused

# Messages of a file have ids of their own, so this is never asked for.
NO_ID = (UUID(int=0), 0)
ENVELOPE = Envelope(route="batch", is_suspect=True, may_be_large=True, may_be_deep=True)
write_canonical = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":")
).encode


class Refused(Exception):
    """The row is no event; the text is a code of ``reasons``."""


@dataclass(frozen=True)
class Choices:
    """What the marketer has said about a file, besides its columns."""

    zone: tzinfo
    date_order: str
    event_name: str
    now: datetime


@dataclass(slots=True)
class StagedEvent:
    """What a row says: an event, or why it is none."""

    state: str = "new"
    reason: str = ""
    warnings: tuple[str, ...] = ()
    message_id: str = ""
    user_id: str = ""
    anonymous_id: str = ""
    email: str = ""
    name: str = ""
    occurred_at: datetime | None = None
    item: dict[str, Any] | None = None
    cells: list[str] = field(default_factory=list)


def read_item(
    item: dict[str, Any], *, source_id: int, now: datetime, is_historical: bool = True
) -> Message:
    """
    Read what a file says as the message it is.

    :raises MessageRefused: if it can't be taken
    """
    return read_message(
        item,
        envelope=ENVELOPE,
        source_id=source_id,
        received_at=now,
        made_id=NO_ID,
        is_historical=is_historical,
        via="file",
    )


def stage(item: dict[str, Any], *, now: datetime) -> StagedEvent:
    """
    Judge a message, and keep of it what is looked for.

    :raises Refused: if it can't be taken
    """
    if not item.get("messageId"):
        item = {**item, "messageId": derived_id(item)}
    try:
        message = read_item(item, source_id=0, now=now)
    except MessageRefused as refusal:
        raise Refused(refusal.reason) from refusal
    return StagedEvent(
        message_id=message.message_id,
        user_id=message.user_id,
        anonymous_id=message.anonymous_id,
        email=email_of(message),
        name=message.name,
        occurred_at=message.occurred_at,
        item=message.payload,
    )


def derived_id(content: object) -> str:
    """Name a row by its content, so that it counts once however often the file comes."""
    text = write_canonical(content).encode("utf-8", "replace")
    return f"row-{hashlib.sha256(text).hexdigest()[:40]}"


def email_of(message: Message) -> str:
    """Give the address that a message names, in its normal form; blank if there is none."""
    traits = message.context.get("traits")
    told = traits.get("email") if isinstance(traits, dict) else ""
    try:
        return clean_address(message.email or str(told or ""))
    except BadAddress:
        return ""


class LinesReader:
    """Reads the lines of a file of JSON lines."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices

    def read(self, record: Record) -> StagedEvent:
        """Read a line; one that is no message comes back with its reason."""
        text = record.cells[0]
        try:
            return stage(self._item(text), now=self.choices.now)
        except Refused as error:
            return StagedEvent(
                state="invalid", reason=str(error), cells=[text[:SHOWN_CELL]]
            )

    def _item(self, text: str) -> dict[str, Any]:
        """Read a line as a message that happened when it says."""
        try:
            item, _ = read_json(text.encode("utf-8", "replace"))
        except BodyRefused as refusal:
            raise Refused("bad_json") from refusal
        if not isinstance(item, dict):
            raise Refused("not_an_object")
        told = item.get("timestamp") or item.get("originalTimestamp") or ""
        item = {
            name: value
            for name, value in item.items()
            # The clock was corrected by who wrote the file; to us it was sent never.
            if name not in {"originalTimestamp", "sentAt", "receivedAt"}
        }
        if "type" not in item and "event" in item:
            item["type"] = "track"
        if not isinstance(told, str | int | float):
            raise Refused("time_invalid")
        item["timestamp"] = _moment(str(told), self.choices)
        return item


class TableReader:
    """Reads the records of a table; built once, called for each record."""

    def __init__(
        self, columns: Sequence[Column], headers: Sequence[str], choices: Choices
    ) -> None:
        self.choices = choices
        self.headers = list(headers)
        self.width = len(columns)
        self.places = {column.field: place for place, column in enumerate(columns)}
        self.properties = [
            (place, column.name, column.type)
            for place, column in enumerate(columns)
            if column.field == PROPERTY
        ]

    def read(self, record: Record) -> StagedEvent:
        """Read a record; one that is no event comes back with its reason and its cells."""
        warnings: list[str] = []
        try:
            cells = self._cells(record, warnings)
            item = self._item(cells, warnings)
            if "messageId" not in item:
                # The cells as they are: mapped in another way, it is the same event.
                name = self.choices.event_name
                item["messageId"] = derived_id([name, self.headers, cells])
            row = stage(item, now=self.choices.now)
        except Refused as error:
            return StagedEvent(
                state="invalid",
                reason=str(error),
                cells=[cell[:SHOWN_CELL] for cell in record.cells[:SHOWN_CELLS]],
            )
        row.warnings = tuple(dict.fromkeys(warnings))
        return row

    def _cells(self, record: Record, warnings: list[str]) -> list[str]:
        """Bring a record to the width of the header, or refuse it."""
        if record.problem:
            raise Refused(record.problem)
        cells = record.cells
        if record.had_nul:
            warnings.append(HAD_NUL)
        if len(cells) < self.width:
            warnings.append("short_row")
            cells = cells + [""] * (self.width - len(cells))
        elif len(cells) > self.width and any(map(str.strip, cells[self.width :])):
            raise Refused("too_many_cells")
        if record.may_be_long and max(map(len, cells)) > MAX_CELL:
            raise Refused("cell_too_long")
        return cells

    def _item(self, cells: list[str], warnings: list[str]) -> dict[str, Any]:
        """Make the message of a record."""
        name = self._text(cells, EVENT) or self.choices.event_name
        if not name:
            raise Refused("no_event")
        item: dict[str, Any] = {
            "type": "track",
            "event": name,
            "timestamp": _moment(self._text(cells, TIME), self.choices),
            "properties": self._read_properties(cells, warnings),
        }
        for place, key in (
            (USER, "userId"),
            (ANONYMOUS, "anonymousId"),
            (MESSAGE, "messageId"),
        ):
            if text := self._text(cells, place):
                item[key] = text
        if email := self._email(cells, warnings):
            item["context"] = {"traits": {"email": email}}
        if not (email or "userId" in item or "anonymousId" in item):
            raise Refused("email_invalid" if "bad_email" in warnings else "no_person")
        return item

    def _text(self, cells: list[str], name: str) -> str:
        """Clean the cell of a field."""
        place = self.places.get(name)
        if place is None:
            return ""
        text = GUARDED.sub("", one_line(cells[place]))
        return "" if text in SPREADSHEET_ERRORS else text

    def _email(self, cells: list[str], warnings: list[str]) -> str:
        """Read the email, if there is a column for it."""
        text = self._text(cells, EMAIL)
        if not text:
            return ""
        try:
            return clean_address(text)
        except BadAddress:
            warnings.append("bad_email")
            return ""

    def _read_properties(self, cells: list[str], warnings: list[str]) -> dict[str, Any]:
        """Read the properties, each of its type; what can't be read is left out."""
        properties: dict[str, Any] = {}
        for place, name, kind in self.properties:
            text = cells[place].strip()
            if not text:
                continue
            if text in SPREADSHEET_ERRORS:
                warnings.append("spreadsheet_error")
                continue
            value = self._typed(GUARDED.sub("", text), kind)
            if value is None:
                warnings.append(f"bad_{kind}")
            else:
                properties[name] = value
        return properties

    def _typed(self, text: str, kind: str) -> Any:
        """Read a value of a type; None if it is none."""
        if kind == DATE:
            try:
                return _moment(text, self.choices, is_property=True)
            except Refused:
                return None
        reader: Callable[[str], Any] = READERS.get(kind, str)
        return reader(text)


READERS: dict[str, Callable[[str], Any]] = {NUMBER: clean_number, FLAG: clean_flag}


def _moment(text: str, choices: Choices, *, is_property: bool = False) -> str:
    """
    Read a time as text that names its zone.

    :raises Refused: if it is none
    """
    try:
        moment = read_timestamp(
            text,
            zone=choices.zone,
            order=choices.date_order,
            now=None if is_property else choices.now,
        )
    except BadTime as error:
        raise Refused(str(error)) from error
    return moment.isoformat().replace("+00:00", "Z")
