"""
The quick look at a request in which all is as it should be.

Its messages are checked by the JSON reader itself, without making anything of them, which
takes a fifth of the time of reading them. Whatever is not plainly in order is left to
``messages``, which says what exactly is wrong.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from contacts.identities.guards import (
    CERTAIN_ENDS,
    PLACEHOLDERS,
    is_certain,
    names_nobody,
)
from contacts.tracking.fields import (
    BATCH,
    GROUP_LENGTH,
    IDENTIFIER_LENGTH,
    NAME_LENGTH,
)
from contacts.tracking.messages import BATCH_SIZE, LARGEST_SIZE
from contacts.tracking.plain import EVENTS

# What is nested deep is closed again, many at a time.
DEEP_ENDINGS = (b"}" * 32, b"]" * 32, b"}]" * 16)
LONGEST_PLACEHOLDER = max(map(len, PLACEHOLDERS))
# Python looks for a text by leaps only within this many bytes.
WINDOW = 25_000

Kind = Literal["track", "identify", "page", "screen", "group", "alias"]
Number = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Identifier = Annotated[str, msgspec.Meta(max_length=IDENTIFIER_LENGTH)] | Number | None
Group = Annotated[str, msgspec.Meta(max_length=GROUP_LENGTH)] | Number | None
Name = Annotated[str, msgspec.Meta(max_length=NAME_LENGTH)] | None


class Object(msgspec.Struct):
    """An object whose fields are skipped."""


class Item(msgspec.Struct, rename="camel", gc=False):
    """What can be wrong with a message."""

    type: Kind | None = None
    event: Name = None
    user_id: Identifier = None
    anonymous_id: Identifier = None
    previous_id: Identifier = None
    group_id: Group = None
    properties: Object | None = None
    traits: Object | None = None


class Batch(msgspec.Struct, rename="camel"):
    """A request with many messages."""

    batch: Annotated[list[Item], msgspec.Meta(max_length=BATCH_SIZE)]
    write_key: str = ""


class Single(Item, rename="camel"):
    """A request that is one message."""

    write_key: str = ""
    batch: Any = msgspec.UNSET


class Glance(msgspec.Struct, frozen=True):
    """What the quick look found: the write key, and the messages."""

    write_key: str
    items: Sequence[Item]

    def names(self) -> set[str | None]:
        """Name the events."""
        return {item.event for item in self.items}


read_batch = msgspec.json.Decoder(Batch).decode
read_single = msgspec.json.Decoder(Single).decode


def glance(text: bytes, *, route: str) -> Glance | None:
    """Look at a request's body; None if it must be looked at more closely."""
    if route == EVENTS or len(text) > LARGEST_SIZE or _may_be_deep(text):
        return None
    try:
        if route == BATCH:
            request = read_batch(text)
            if _are_fine(request.batch, None):
                return Glance(request.write_key, request.batch)
            return None
        single = read_single(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if single.batch is msgspec.UNSET and _are_fine([single], route):
        return Glance(single.write_key, [single])
    return None


def _are_fine(items: Sequence[Item], route: str | None) -> bool:
    """Tell whether all messages say what they are and whose; a doubt counts as no."""
    for item in items:
        kind, name, user = item.type or route, item.event, item.user_id
        # The most usual of all, without another call.
        if (
            kind == "track"
            and name
            and "!" <= name < "\x7f"
            and type(user) is str
            and "!" <= user < "\x7f"
            and (user[-1] in CERTAIN_ENDS or is_certain(user))
        ):
            continue
        if not _is_fine(item, kind):
            return False
    return True


def _is_fine(item: Item, kind: str | None) -> bool:
    """Tell whether a message says what it is and whose."""
    if kind == "track":
        if not _names(item.event):
            return False
    elif kind == "group":
        if not _names(item.group_id):
            return False
    elif kind == "alias":
        return _names_somebody(item.user_id) and _names(item.previous_id)
    return kind is not None and (
        _names_somebody(item.user_id) or _names_somebody(item.anonymous_id)
    )


def _names(text: str | int | None) -> bool:
    """Tell whether a name or an id is plainly not blank, before and after its repair."""
    if not isinstance(text, str):
        return bool(text)
    # A first letter that can be seen makes a text that is not blank, but for spaces of
    # other scripts.
    return text >= "!" and (text < "\x7f" or not text.isspace())


def _names_somebody(text: str | int | None) -> bool:
    """Tell whether an id plainly stands for one person, as one that ends in 7 does."""
    if not isinstance(text, str):
        return bool(text) and text != -1
    if not _names(text):
        return False
    if len(text) > LONGEST_PLACEHOLDER:
        # It may be one character all along, such as an id of zeros.
        return text[:3] != text[:-4:-1] or not names_nobody("user_id", text)
    if is_certain(text):
        return True
    return not names_nobody("user_id", text)


def _may_be_deep(text: bytes) -> bool:
    """
    Tell whether something seems to be nested too deep.

    It is only a hint. What is not seen here is cut when it is read, which its receipt says.
    """
    return any(
        text.find(ending, start, start + WINDOW + len(ending)) >= 0
        for start in range(0, len(text), WINDOW)
        for ending in DEEP_ENDINGS
    )
