"""
What a person sent: the messages that wait in the inbox, and the receipts of the others.

What is booked under the person has an index. What waits, or was refused, is looked through;
that takes long, so it is done before anything is locked, and under the lock only what came
meanwhile is looked at. Bodies in the inbox lose the messages of the person; receipts keep
that they were, and nothing of what they said.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models

from contacts.erasure.receipts import newest_id, receipts_of_others, receipts_of_person
from contacts.erasure.traces import NAMING, Names
from contacts.identities.sightings import normal
from contacts.models import InboxBody, Receipt, Violation
from contacts.tracking.bodies import read_json, unpack
from contacts.tracking.reasons import BodyRefused

# The keys under which a request lists messages.
LISTING = ("batch", "events")
# Bodies that are looked at together.
BODIES = 50
# Receipts get their numbers some seconds before others can see them. So many of the highest
# are looked at again under the lock.
UNSETTLED = 100_000


@dataclass
class Sendings:
    """What was found of a person until now, and what was looked at."""

    names: Names
    # The bodies that were looked at and have no message of the person.
    clean: set[int] = field(default_factory=set)
    receipts: set[int] = field(default_factory=set)
    # Up to which number receipts were looked at.
    looked_to: int = 0


def find_sendings(names: Names, *, after_each: Callable[[], None]) -> Sendings:
    """Look through everything without a lock; ``after_each`` part something is called."""
    found = Sendings(names)
    for bodies in _bodies_but(found.clean):
        found.clean |= {
            body.pk for body in bodies if without_person(body, names) is None
        }
        after_each()
    for some in _receipts(found):
        found.receipts |= some
        after_each()
    return found


def sweep_inbox(found: Sendings) -> int:
    """
    Take the messages of the person out of what waits to be understood.

    It waits for bodies that are being understood right now, so call it before any other lock.
    """
    changed = 0
    for bodies in _bodies_but(found.clean):
        for body in bodies.select_for_update():
            left = without_person(body, found.names)
            if left is None:
                continue
            changed += 1
            if left:
                InboxBody.objects.filter(pk=body.pk).update(body=left, encoding="")
            else:
                InboxBody.objects.filter(pk=body.pk).delete()
    return changed


def empty_receipts(found: Sendings) -> tuple[int, int]:
    """
    Empty the receipts of the person, and what they broke of the plan.

    :returns: how many receipts, and how many violations
    """
    found.looked_to = max(0, found.looked_to - UNSETTLED)
    for some in _receipts(found):
        found.receipts |= some
    emptied = Receipt.objects.filter(pk__in=found.receipts).update(
        payload=None, user_id="", anonymous_id="", details="", outcome={}
    )
    broken = Violation.objects.filter(receipt_id__in=found.receipts).update(details="")
    return emptied, broken


def _receipts(found: Sendings) -> Iterator[set[int]]:
    """Find the receipts that name the person and were not looked at yet, some at a time."""
    after_id, found.looked_to = found.looked_to, newest_id()
    yield from receipts_of_person(found.names, after_id=after_id)
    yield from receipts_of_others(found.names, after_id=after_id)


def _bodies_but(clean: set[int]) -> Iterator[models.QuerySet[InboxBody]]:
    """Give all bodies but those that are known to be clean, some at a time."""
    ids = sorted(set(InboxBody.objects.values_list("pk", flat=True)) - clean)
    for start in range(0, len(ids), BODIES):
        some = ids[start : start + BODIES]
        yield InboxBody.objects.filter(pk__in=some).order_by("pk")


def without_person(body: InboxBody, names: Names) -> bytes | None:
    """Write a body without the messages of the person; None if it has none of his."""
    try:
        text = unpack(bytes(body.body), limit=settings.TRACKING_BODY_BYTES)
        whole, _ = read_json(text)
    except BodyRefused:
        return None
    place = ""
    if isinstance(whole, dict):
        place = next((name for name in LISTING if name in whole), "")
    items = whole[place] if place else whole
    if not isinstance(items, list):
        return b"" if is_about(whole, names) else None
    kept = [item for item in items if not is_about(item, names)]
    if place and is_about({**whole, place: None}, names):
        return b""
    if len(kept) == len(items):
        return None
    left = {**whole, place: kept} if place else kept
    return json.dumps(left).encode() if kept else b""


def is_about(item: Any, names: Names) -> bool:
    """Whether a message names the person anywhere."""
    return any(
        normal((kind, value)) in names.pairs
        for value in named_in(item)
        for kind in ("user_id", "anonymous_id", "email")
    )


def named_in(item: Any) -> Iterator[str]:
    """List the names in a message, at any depth."""
    if isinstance(item, dict):
        for key, value in item.items():
            if key in NAMING and isinstance(value, str | int):
                yield str(value)
            else:
                yield from named_in(value)
    elif isinstance(item, list):
        for value in item:
            yield from named_in(value)
