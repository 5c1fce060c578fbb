"""
Find receipts, newest first, among millions.

Receipts are written for each message that arrives, so they carry few indexes. What has none
is looked for by walking back from the newest, for a moment, and saying how far that got; the
next walk goes on from there.
"""

import json
import re
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from contacts.models import Contact, Identifier, IdentifierLink, Receipt

PAGE_SIZE = 50
# A walk stops after this long, so that a page never takes half a second.
SECONDS = 0.2
# The first step shows how fast it goes; the others are as long as the time allows.
FIRST_STEP = 2_000
SHORTEST_STEP = 500
LONGEST_STEP = 30_000
# Of the time that is left, what a step may take; the rest is for being wrong.
STEP_SHARE = 0.6
# So many of the newest receipts of each identifier of a person are known to the Debugger.
MOST_OF_PERSON = 5_000
# So many written within a moment are looked through for one that is older.
MOST_UNSETTLED = 2_000
REFUSED = (Receipt.State.REJECTED, Receipt.State.BLOCKED)
# The columns that name somebody in a receipt.
NAMING = ("user_id", "anonymous_id")
# As PostgreSQL writes JSON: a space after the colon.
TIGHT_COLON = re.compile(r'":(?=[^\s])')

# What is booked under identifiers. Leans on receipt_of_identifier.
BOOKED = """
SELECT receipt.id
FROM unnest(%s::bigint[]) AS own (id)
CROSS JOIN LATERAL (
    SELECT id FROM contacts_receipt
    WHERE identifier_id = own.id AND id > %s
    ORDER BY id DESC
    LIMIT %s
) AS receipt
"""


@dataclass(frozen=True)
class ReceiptFilter:
    """Which receipts; what is blank or None does not narrow."""

    source_id: int | None = None
    kind: str = ""
    state: str = ""
    flag: str = ""
    name: str = ""
    text: str = ""
    contact: Contact | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lets everything through."""
        return self == ReceiptFilter()

    def apply(self, receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
        """Narrow a queryset; the person is not in it, see ``receipts_of``."""
        exact = {
            "source_id": self.source_id,
            "kind": self.kind,
            "state": self.state,
            "name": self.name,
        }
        receipts = receipts.filter(**{key: v for key, v in exact.items() if v})
        if self.flag == "historical":
            receipts = receipts.filter(is_historical=True)
        elif self.flag == "duplicate":
            receipts = receipts.filter(copies__gt=0)
        elif self.flag:
            receipts = receipts.filter(flags__contains=[self.flag])
        return contain_text(receipts, self.text) if self.text else receipts


def contain_text(receipts: QuerySet[Receipt], text: str) -> QuerySet[Receipt]:
    """Keep those whose message contains the text, whatever its case."""
    payload = receipts.annotate(raw=Cast("payload", models.TextField()))
    found = Q(raw__icontains=text)
    for spelling in spellings(text) - {text}:
        found |= Q(raw__icontains=spelling)
    return payload.filter(found)


def spellings(text: str) -> set[str]:
    """List how the text may stand in JSON as PostgreSQL writes it."""
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    return {text, escaped, TIGHT_COLON.sub('": ', text)}


@dataclass(frozen=True)
class Walk:
    """What a walk found, newest first, and how far it got."""

    receipts: list[Receipt]
    # Go on below this id; None when there is nothing more.
    next_id: int | None = None
    # Not blank if the walk had to stop before the page was full.
    looked_back_to: datetime | None = None
    looked_at: int = 0


@dataclass
class Walker:
    """A walk on its way back."""

    filter: ReceiptFilter
    size: int
    before_id: int | None
    found: list[Receipt] = field(default_factory=list)
    looked_at: int = 0
    lowest_at: datetime | None = None

    def step(self, length: int) -> bool:
        """Look at the next receipts; whether there may be more to look at."""
        rows = Receipt.objects.all()
        if self.filter.state in REFUSED:
            # Walks the index "receipt_refused", past all that counted.
            rows = rows.filter(state=self.filter.state)
        if self.before_id is not None:
            rows = rows.filter(pk__lt=self.before_id)
        # The end of this step: walks the primary key, whose ids have gaps.
        lowest = (
            rows.order_by("-pk").values_list("pk", "received_at")[length - 1 : length]
        ).first()
        if lowest:
            rows = rows.filter(pk__gte=lowest[0])
        wanted = self.size + 1 - len(self.found)
        matches = self.filter.apply(rows).order_by("-pk").defer("payload")
        self.found += matches[:wanted]
        if lowest is None:
            return False
        self.before_id, self.lowest_at = lowest
        self.looked_at += length
        return len(self.found) <= self.size


def newest_receipts(
    wanted: ReceiptFilter,
    *,
    before_id: int | None = None,
    size: int = PAGE_SIZE,
    seconds: float = SECONDS,
) -> Walk:
    """
    Find a page of receipts below an id, newest first.

    Without a filter that is one read of the primary key. What is refused has an index, what a
    person sent is known by its ids; all else is a walk of at most ``seconds``.
    """
    direct = direct_receipts(wanted)
    if direct is not None:
        if before_id is not None:
            direct = direct.filter(pk__lt=before_id)
        rows = list(direct.order_by("-pk").defer("payload")[: size + 1])
        return finish(rows, size)
    walker = Walker(wanted, size, before_id)
    began = time.monotonic()
    length = FIRST_STEP
    while walker.step(length):
        spent = time.monotonic() - began
        length = int(walker.looked_at / spent * (seconds - spent) * STEP_SHARE)
        if length < SHORTEST_STEP:
            return Walk(
                walker.found,
                next_id=walker.before_id,
                looked_back_to=walker.lowest_at,
                looked_at=walker.looked_at,
            )
        length = min(length, LONGEST_STEP)
    return finish(walker.found, size)


def finish(rows: list[Receipt], size: int) -> Walk:
    """Cut a page to its size; the row beyond it says that there is more."""
    page = rows[:size]
    return Walk(page, next_id=page[-1].pk if len(rows) > size else None)


def direct_receipts(wanted: ReceiptFilter) -> QuerySet[Receipt] | None:
    """Choose the receipts where an index leads to them; None where none does."""
    if wanted.contact is not None:
        return wanted.apply(receipts_of(wanted.contact))
    if wanted.is_open:
        return Receipt.objects.all()
    # The index "receipt_refused"; refused messages are few, unless all are.
    is_narrow = wanted == ReceiptFilter(state=wanted.state)
    if is_narrow and wanted.state in REFUSED:
        return wanted.apply(Receipt.objects.all())
    return None


def receipts_of(contact: Contact) -> QuerySet[Receipt]:
    """Choose the newest receipts of a person: his own, and those that linked him to others."""
    identifiers = list(
        Identifier.objects.filter(contact=contact).values_list("pk", "kind", "value")
    )
    own = [pk for pk, _, _ in identifiers]
    ids = booked_ids(own, most=MOST_OF_PERSON)
    links = IdentifierLink.objects.filter(Q(first_id__in=own) | Q(second_id__in=own))
    linking = links.order_by("-pk").values_list("receipt_id", flat=True)
    ids += [one for one in linking[:MOST_OF_PERSON] if one is not None]
    for kind in NAMING:
        values = [value for _, one, value in identifiers if one == kind]
        refused = refused_receipts(kind, values).order_by("-pk")
        ids += refused.values_list("pk", flat=True)[:MOST_OF_PERSON]
    return Receipt.objects.filter(pk__in=ids)


def booked_ids(
    identifier_ids: Collection[int], *, after_id: int = 0, most: int | None = None
) -> list[int]:
    """Find the receipts that are booked under identifiers, of each at most the newest so many."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKED, [list(identifier_ids), after_id, most])
        return [row[0] for row in cursor.fetchall()]


def refused_receipts(kind: str, values: Collection[str]) -> QuerySet[Receipt]:
    """
    Choose refused receipts by the user ids or anonymous ids that came with them.

    Leans on ``receipt_refused_user`` and ``receipt_refused_anonymous``, which hold no others.
    """
    refused = Receipt.objects.filter(~Q(state=Receipt.State.ACCEPTED))
    return refused.filter(~Q(**{kind: ""}), **{f"{kind}__in": list(values)})


def newer_receipts(
    wanted: ReceiptFilter, *, after_id: int, size: int
) -> QuerySet[Receipt]:
    """Choose what has come since, newest first; at most so many."""
    rows = Receipt.objects.filter(pk__gt=after_id)
    if wanted.contact is not None:
        own = Identifier.objects.filter(contact=wanted.contact).values("pk")
        rows = rows.filter(identifier_id__in=own)
    return wanted.apply(rows).order_by("-pk").defer("payload")[:size]


def settled_id(*, now: datetime, patience: timedelta) -> int:
    """
    Say up to which id nothing more can come in between; 0 if there is no receipt.

    A lower id may be committed after a higher one, when two write at once. So the mark stays
    below what was written a moment ago.
    """
    newest = Receipt.objects.order_by("-pk").values_list("pk", "understood_at")
    lowest = 0
    for pk, understood_at in newest[:MOST_UNSETTLED]:
        if understood_at <= now - patience:
            return pk
        lowest = pk - 1
    return lowest
