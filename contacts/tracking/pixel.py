"""A message as an image: what mails can send when they are opened."""

import json
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from typing import Any

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
# Names of fields like properties.total are unfolded so deep.
LEVELS = 10


def message_of(values: dict[str, str]) -> bytes:
    """
    Write the body that the query of a pixel stands for.

    It is either ``data``, which is JSON in base64, or the fields themselves, where a dot
    leads into an object. What can't be read is passed on, to be refused with its reason.
    """
    if "data" in values:
        return _decode(values["data"])
    message: dict[str, Any] = {}
    for name, text in values.items():
        _set(message, name.split(".", LEVELS), text)
    return json.dumps(message).encode()


def _decode(text: str) -> bytes:
    """Decode what an image's address carries; plain text stays as it is."""
    # A plus sign of the other alphabet has become a space on its way.
    code = text.strip().replace(" ", "-").replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(code.rstrip("=") + "=" * (-len(code.rstrip("=")) % 4))
    except (NotBase64, ValueError):
        return text.encode("utf-8", "replace")


def _set(message: dict[str, Any], path: list[str], text: str) -> None:
    """Set a value deep in a message."""
    for name in path[:-1]:
        deeper = message.setdefault(name, {})
        if not isinstance(deeper, dict):
            return
        message = deeper
    message[path[-1]] = text
