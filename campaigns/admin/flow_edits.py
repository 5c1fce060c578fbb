"""What may be done to a flow as a whole, as the page posts it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.text import Truncator

from campaigns.admin.canvas import copied_key, neighbor_key
from campaigns.flows.blanks import BEGINNINGS
from campaigns.flows.definition import Document, Step, find_step
from campaigns.flows.edits import (
    FlowError,
    add_side,
    copy_of,
    duplicate_step,
    insert_step,
    move_side,
    move_step,
    name_anew,
    new_step,
    parse_place,
    remove_side,
    remove_step,
)
from campaigns.models import Campaign

GONE = "This step is no longer in the flow. Reload the page."
# What an edit is made of, beside the revision.
VALUES = ("op", "key", "kind", "place", "side", "source")
SIDE_OPS = ("add_side", "remove_side", "side_up", "side_down")


@dataclass(frozen=True)
class Edited:
    """The document after an edit, what was done in words, and the step that takes the focus."""

    document: Document
    summary: str
    focus: str


def apply_edit(document: Document, posted: Mapping[str, str]) -> Edited:
    """
    Apply an edit to a draft.

    :raises FlowError: if it does not fit the flow
    """
    edit = EDITS.get(posted.get("op", ""))
    if edit is None:
        raise FlowError("This page is out of date. Reload it.")
    return edit(document, posted)


def _insert(document: Document, posted: Mapping[str, str]) -> Edited:
    """Put a new step of a kind at a place."""
    kind = posted.get("kind", "")
    step = name_anew(new_step(kind, **BEGINNINGS.get(kind, {})), document)
    changed = insert_step(document, step, parse_place(posted.get("place", "")))
    return Edited(changed, f"Inserted “{step['name']}”", step["key"])


def _paste(document: Document, posted: Mapping[str, str]) -> Edited:
    """Put a copy of a step, of this campaign or another one, at a place."""
    source = posted.get("source", "")
    found = find_step(_source(document, source), posted.get("key", ""))
    if found is None:
        raise FlowError("The step that you copied is gone. Copy it again.")
    step = name_anew(copy_of(found), document)
    changed = insert_step(document, step, parse_place(posted.get("place", "")))
    return Edited(changed, f"Pasted “{_short(step)}”", step["key"])


def _source(document: Document, campaign_id: str) -> Document:
    """Find the draft that a copied step is in."""
    if not campaign_id:
        return document
    known = campaign_id if campaign_id.isascii() and campaign_id.isdigit() else "0"
    campaign = Campaign.objects.filter(pk=int(known[:18])).first()
    return campaign.draft if campaign else {"steps": []}


def _move(document: Document, posted: Mapping[str, str]) -> Edited:
    """Take a step to another place."""
    step = _step(document, posted)
    place = parse_place(posted.get("place", ""))
    changed = move_step(document, step["key"], place)
    return Edited(changed, f"Moved “{_short(step)}”", step["key"])


def _duplicate(document: Document, posted: Mapping[str, str]) -> Edited:
    """Put a copy right behind a step."""
    step = _step(document, posted)
    changed = duplicate_step(document, step["key"])
    return Edited(
        changed, f"Duplicated “{_short(step)}”", copied_key(document, changed)
    )


def _delete(document: Document, posted: Mapping[str, str]) -> Edited:
    """Take a step out."""
    step = _step(document, posted)
    changed = remove_step(document, step["key"])
    focus = neighbor_key(document, changed, step["key"])
    return Edited(changed, f"Deleted “{_short(step)}”", focus)


def _add_side(document: Document, posted: Mapping[str, str]) -> Edited:
    """Give a step another side."""
    step = _step(document, posted)
    changed = add_side(document, step["key"])
    return Edited(changed, f"Added a side to “{_short(step)}”", step["key"])


def _remove_side(document: Document, posted: Mapping[str, str]) -> Edited:
    """Take a side out."""
    step = _step(document, posted)
    changed = remove_side(document, step["key"], posted.get("side", ""))
    return Edited(changed, f"Removed a side of “{_short(step)}”", step["key"])


def _side_up(document: Document, posted: Mapping[str, str]) -> Edited:
    """Move a side before its neighbor."""
    step = _step(document, posted)
    changed = move_side(document, step["key"], posted.get("side", ""), -1)
    return Edited(changed, f"Ordered the sides of “{_short(step)}”", step["key"])


def _side_down(document: Document, posted: Mapping[str, str]) -> Edited:
    """Move a side behind its neighbor."""
    step = _step(document, posted)
    changed = move_side(document, step["key"], posted.get("side", ""), 1)
    return Edited(changed, f"Ordered the sides of “{_short(step)}”", step["key"])


def _step(document: Document, posted: Mapping[str, str]) -> Step:
    """
    Find the step that an edit is about.

    :raises FlowError: if it is gone
    """
    step = find_step(document, posted.get("key", ""))
    if step is None:
        raise FlowError(GONE)
    return step


def _short(step: Step) -> str:
    """Name a step in a sentence."""
    return Truncator(step["name"]).chars(60)


EDITS: dict[str, Callable[[Document, Mapping[str, str]], Edited]] = {
    "insert": _insert,
    "paste": _paste,
    "move": _move,
    "duplicate": _duplicate,
    "delete": _delete,
    "add_side": _add_side,
    "remove_side": _remove_side,
    "side_up": _side_up,
    "side_down": _side_down,
}
