"""
From bytes to values: unpacked within bounds, and read as tolerantly as clients write.

Official clients send NaN, NUL and halves of characters, which are no JSON or can't be
stored. What can't be kept becomes null or U+FFFD, rather than costing the whole batch.
"""

import json
import math
import re
from typing import Any

import msgspec
from isal.isal_zlib import IsalError, decompressobj

from contacts.tracking.reasons import BodyRefused

GZIP_MAGIC = b"\x1f\x8b"
# Members that a gzip file of a client may have; unpacking very many would take long.
GZIP_MEMBERS = 100
# Structures below this depth are cut off before anything else looks; see messages.DEPTH.
CUT_DEPTH = 200
# Nobody means this; reading on would only cost time.
ABSURD_DEPTH = 5_000
# Digits of an integer beyond which it becomes null.
INTEGER_DIGITS = 300

CONTAINERS = (dict, list)
# A string that nobody closes goes to the end, so that nothing of it is looked at twice.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
# What tells how deep a text is nested; and what of it says nothing, the most first.
SIGNS = b'{}[]"'
NO_SIGNS = bytes(set(range(256)) - set(SIGNS))
PAIRS_OF_QUOTES = (b'"' * 8, b'"' * 4, b'"' * 2)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

decode = msgspec.json.Decoder().decode


def unpack(body: bytes, *, limit: int) -> bytes:
    """
    Decompress a body if it is gzip, whatever the request says; at most ``limit`` bytes.

    :raises BodyRefused: if it is larger, or broken
    """
    if not body.startswith(GZIP_MAGIC):
        return body
    parts = []
    left = limit + 1
    try:
        while body.startswith(GZIP_MAGIC) and left > 0:
            stream = decompressobj(wbits=31)
            part = stream.decompress(body, left)
            parts.append(part)
            if len(parts) > GZIP_MEMBERS:
                raise BodyRefused("bad_gzip", "It has too many members.")
            left -= len(part)
            if not stream.eof and left > 0:
                raise BodyRefused("bad_gzip", "It ends in the middle.")
            body = stream.unused_data
    except IsalError as error:  # type: ignore[misc]  # a class, whatever its stub says
        raise BodyRefused("bad_gzip", f"{error}.") from error
    if left <= 0:
        raise BodyRefused("body_too_large", f"It unpacks to more than {limit:,} bytes.")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_json(text: bytes) -> tuple[Any, bool]:
    """
    Read JSON, and tell whether something in it may need ``storable``.

    :raises BodyRefused: if it can't be understood even with tolerance
    """
    try:
        return decode(text), b"\\u0000" in text
    except (
        msgspec.DecodeError,
        UnicodeDecodeError,
        RecursionError,
    ):
        return _read_loosely(text.decode("utf-8-sig", "replace")), True


def storable(value: Any) -> Any:
    """
    Replace what PostgreSQL can't keep; the value itself if there is nothing of the kind.

    The value may be nested ``CUT_DEPTH`` deep.
    """
    if isinstance(value, str):
        return _storable_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return _storable_object(value)
    if isinstance(value, list):
        parts = [storable(part) for part in value]
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else parts
    return value


def is_deeper(value: Any, limit: int) -> bool:
    """Tell whether a value is nested deeper than ``limit`` levels; without recursion."""
    level = [value] if type(value) in CONTAINERS else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            part
            for whole in level
            for part in (whole.values() if type(whole) is dict else whole)
            if type(part) is dict or type(part) is list
        ]
    return bool(level)


def is_plainly_shallow(text: bytes, limit: int) -> bool:
    """
    Tell whether JSON surely has no more than ``limit`` levels, without reading it.

    It costs a sixth of looking at the values. A text in which strings hold brackets is not
    plain, however deep it is.
    """
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    signs = text.translate(None, NO_SIGNS)
    # Before a bracket inside of a string the number of quotes is odd, so one of them stays.
    for quotes in PAIRS_OF_QUOTES:
        signs = signs.replace(quotes, b"")
    if b'"' in signs:
        return False
    # Each turn takes one or two levels away.
    for _ in range(limit // 2):
        left = signs.replace(b"{}", b"").replace(b"[]", b"")
        if len(left) == len(signs):
            break
        signs = left
    return not signs


def cut(value: Any, depth: int) -> Any:
    """Copy a value down to some depth, with an ellipsis for what lies deeper."""
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return "…"
    if isinstance(value, dict):
        return {name: cut(part, depth - 1) for name, part in value.items()}
    return [cut(part, depth - 1) for part in value]


def _storable_text(text: str) -> str:
    """Leave out what PostgreSQL can't store."""
    if text.isascii() and "\x00" not in text:
        return text
    return UNSTORABLE.sub(lambda found: "\ufffd" if found[0] != "\x00" else "", text)


def _storable_object(value: dict[str, Any]) -> dict[str, Any]:
    """Do the same for the names and parts of an object."""
    parts = {_storable_text(name): storable(part) for name, part in value.items()}
    same = len(parts) == len(value) and all(
        new is old and parts[new] is value[old]
        for new, old in zip(parts, value, strict=True)
    )
    return value if same else parts


def _read_loosely(text: str) -> Any:
    """
    Read what the strict reader refuses: NaN, raw control characters, endless numbers.

    :raises BodyRefused: if it is no JSON in this sense either
    """
    try:
        try:
            return _loads(text)
        except RecursionError:
            return _loads(_without_depths(text))
    except json.JSONDecodeError as error:
        raise BodyRefused(
            "bad_json",
            f"Line {error.lineno}, column {error.colno}: {error.msg}.",
        ) from error


def _loads(text: str) -> Any:
    """Read JSON with its control characters and its odd numbers."""
    return json.loads(text, strict=False, parse_int=_read_integer)


def _read_integer(digits: str) -> float:
    """Read a whole number; what is too long to be one is infinite."""
    return int(digits) if len(digits) <= INTEGER_DIGITS else math.inf


def _without_depths(text: str) -> str:
    """
    Put null for each structure below ``CUT_DEPTH``.

    :raises BodyRefused: if it goes on beyond all measure
    """
    kept, depth, copied = [], 0, 0
    for token in TOKEN.finditer(text):
        sign = token[0]
        if sign in "[{":
            if depth == CUT_DEPTH:
                kept += [text[copied : token.start()], "null"]
            depth += 1
            if depth > ABSURD_DEPTH:
                raise BodyRefused("body_too_deep")
        elif sign in "]}":
            depth -= 1
            if depth == CUT_DEPTH:
                copied = token.end()
    if depth > CUT_DEPTH:
        raise BodyRefused("bad_json", "It ends in the middle.")
    return "".join([*kept, text[copied:]])
