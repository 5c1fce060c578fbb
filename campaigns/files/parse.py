"""From bytes to JSON of ours: what is too large, too deep, odd, or of another version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.files.format import FORMAT, VERSION

LARGEST = 2_000_000
DEEPEST = 100
MOST_PROBLEMS = 30


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file: where, and what to do about it."""

    place: str
    message: str


class FileRefused(ValueError):
    """The file is no campaign that can be brought in; ``problems`` say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = list(problems[:MOST_PROBLEMS])
        self.more = max(len(problems) - MOST_PROBLEMS, 0)


def parse(raw: bytes) -> dict[str, Any]:
    """
    Read JSON, and refuse what a database can't keep.

    :raises FileRefused: if it is no object in JSON, or too large, or too deep
    """
    if len(raw) > LARGEST:
        raise FileRefused(
            Problem(
                "", f"The file is larger than {LARGEST // 10**6} MB. No campaign is."
            )
        )
    try:
        found = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_without_twins,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise FileRefused(
            Problem("", "This is no text in UTF-8. Choose the file that was exported.")
        ) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        message = f"The file can't be read as JSON from there on: {error.msg}."
        raise FileRefused(Problem(where, message)) from None
    except (RecursionError, ValueError) as error:
        message = (
            "The file has more levels than any campaign."
            if isinstance(error, RecursionError)
            else f"The file can't be read: {error}"
        )
        raise FileRefused(Problem("", message)) from None
    if not isinstance(found, dict):
        raise FileRefused(Problem("", "This is JSON, but no campaign."))
    _refuse_odd_texts(found)
    return found


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object in which a key stands twice: nobody can say which one is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"“{twin[:60]}” stands twice in one object.")
    return found


def _refuse_constant(word: str) -> Any:
    """Refuse what is no JSON although many accept it."""
    raise ValueError(f"{word} is no number.")


def _finite(digits: str) -> float:
    """Read a number with a point."""
    number = float(digits)
    if abs(number) > 10**15:
        raise ValueError(f"{digits[:40]} is too large.")
    return number


def _refuse_odd_texts(found: Any) -> None:
    """Refuse depths that nothing here has, and characters that no database keeps."""
    waiting: list[tuple[Any, int]] = [(found, 0)]
    while waiting:
        value, level = waiting.pop()
        if level > DEEPEST:
            message = "The file has more levels than any campaign."
            raise FileRefused(Problem("", message))
        if isinstance(value, dict):
            waiting += [(one, level + 1) for one in (*value, *value.values())]
        elif isinstance(value, list):
            waiting += [(one, level + 1) for one in value]
        elif isinstance(value, str):
            _refuse_odd_text(value)


def _refuse_odd_text(value: str) -> None:
    """Refuse a text with a null character, or with half of a character."""
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        shown = "".join(sign for sign in value if sign.isprintable())[:40]
        raise FileRefused(
            Problem(f"“{shown}”", "This text has a character that can't be kept.")
        )


def check_version(found: Mapping[str, Any]) -> None:
    """
    See that it is a file of ours, in a version that is known.

    :raises FileRefused: if it is not
    """
    if found.get("format") != FORMAT:
        message = (
            f"This is no campaign of Greenlight: its format is not “{FORMAT}”. Choose a file"
            " that was made with “Export as a file”."
        )
        raise FileRefused(Problem("format", message))
    version = found.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        message = f"The version is no number. This Greenlight writes {VERSION}."
        raise FileRefused(Problem("version", message))
    if version > VERSION:
        message = (
            f"A newer Greenlight wrote this file (version {version:,}); this one reads up to"
            f" version {VERSION}. Update this one first."
        )
        raise FileRefused(Problem("version", message))
