"""The fields of one condition as they were posted, and the numbers and values in them."""

import json
import re
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, str]

# What a browser takes out of a text of one line.
BREAKS = re.compile(r"[\r\n]")


def inside(fields: Fields, name: str) -> dict[str, str]:
    """Take the fields whose names begin with a name and a point, without it."""
    start = f"{name}."
    return {
        key[len(start) :]: content
        for key, content in fields.items()
        if key.startswith(start)
    }


def numbered(fields: Fields, name: str) -> list[dict[str, str]]:
    """Take the fields of each entry of a list, in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for key, content in inside(fields, name).items():
        index, _, rest = key.partition(".")
        if index.isascii() and index.isdigit() and len(index) < 4 and rest:
            found.setdefault(int(index), {})[rest] = content
    return [found[index] for index in sorted(found)]


def whole(raw: str) -> int | str:
    """Make a number of digits, and leave anything else for the parser to refuse."""
    text = raw.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else raw


def reference(raw: str) -> int | str:
    """Make the number of a list, an audience or a trait."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else raw


def line(text: str) -> str:
    """Write a text as the control of one line holds it."""
    return BREAKS.sub("", text)


def kept(content: Any) -> str:
    """Write a value for a hidden field, from which it is read back to the letter."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


def unkept(raw: str) -> Any:
    """Read what ``kept`` wrote; None for anything else."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def text_of(node: Mapping[str, Any], key: str, default: Any = "") -> str:
    """Take a text or a number out of a document that may hold anything."""
    content = node.get(key, default)
    if isinstance(content, bool) or not isinstance(content, str | int | float):
        return str(default)
    return str(content)


def mapping_of(node: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Take an object out of a document that may hold anything."""
    content = node.get(key)
    return content if isinstance(content, dict) else {}


def list_of(node: Mapping[str, Any], key: str) -> list[Any]:
    """Take a list out of a document that may hold anything."""
    content = node.get(key)
    return content if isinstance(content, list) else []
