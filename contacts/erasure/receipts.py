"""
The receipts of a person, and those of others that name him.

Indexes lead to what is booked under identifiers. What was refused is booked under nobody, so
all of that is looked through; it is little beside the rest.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from django.db import models
from django.db.models.functions import Cast

from contacts.erasure.traces import NAMING, Names, is_telling
from contacts.identities.guards import MOST_REFUSED
from contacts.models import AttributeChange, Event, IdentifierLink, Receipt
from contacts.receipts import NAMING as NAMING_COLUMNS
from contacts.receipts import REFUSED, booked_ids

# A name in JSON as text, which may itself be a text in JSON.
NAMED = rf'\\*"({"|".join(NAMING)})\\*" ?: ?\\*"?{{}}\\*"?[],}}}}]'
# Receipts that are looked at together.
RECEIPTS = 5_000
# Numbers of receipts that are looked at together where no index leads to them.
STRIDE = 20_000


def newest_id() -> int:
    """Tell the highest number of a receipt; 0 if there is none."""
    found: int = Receipt.objects.aggregate(last=models.Max("pk", default=0))["last"]
    return found


def receipts_of_person(names: Names, *, after_id: int = 0) -> Iterator[set[int]]:
    """Find what is booked under the person, and what was refused and names him anywhere."""
    yield set(booked_ids(identifiers_of(names), after_id=after_id))
    for state in REFUSED:
        refused = Receipt.objects.filter(state=state).order_by("pk")
        yield from _naming(_walk(refused, after_id), names)


def receipts_of_others(names: Names, *, after_id: int = 0) -> Iterator[set[int]]:
    """
    Find what came with a name of the person and is booked under somebody else.

    Whoever came together with the person is linked with him, even if the link was refused;
    only where links were let go everything has to be looked through.
    """
    own = identifiers_of(names)
    others = linked_with(own) - own
    yield from _naming(booked_ids(others, after_id=after_id), names)
    if is_crowded(own):
        yield from _all_naming(names, after_id)


def identifiers_of(names: Names) -> set[int]:
    """Gather the identifiers of a person, and those he had when something happened to him."""
    ids: set[int | None] = set(names.identifier_ids)
    for model in (Event, AttributeChange):
        rows = model._base_manager.filter(contact_id=names.contact_id)
        ids |= set(rows.values_list("identifier_id", flat=True).distinct())
    return {one for one in ids if one is not None}


def linked_with(identifier_ids: Collection[int]) -> set[int]:
    """Find the identifiers that messages linked with these, whether or not it holds."""
    ids: set[int] = set()
    for own, other in (("first_id", "second_id"), ("second_id", "first_id")):
        links = IdentifierLink.objects.filter(**{f"{own}__in": identifier_ids})
        ids |= set(links.values_list(other, flat=True))
    return ids


def is_crowded(identifier_ids: Collection[int]) -> bool:
    """Whether links of an identifier may have been let go, because there were too many."""
    refused = IdentifierLink.objects.exclude(refusal="")
    ends = (models.Q(first_id=one) | models.Q(second_id=one) for one in identifier_ids)
    return any(refused.filter(end).count() >= MOST_REFUSED for end in ends)


def naming(names: Names) -> models.Q:
    """Select by ``text``, which is JSON, what names the person."""
    found = models.Q()
    for value in names.values:
        text = json.dumps(value, ensure_ascii=False)[1:-1]
        if is_telling(value):
            found |= models.Q(text__icontains=text)
        else:
            found |= models.Q(text__regex=NAMED.format(re.escape(text)))
    return found


def _came_with(names: Names) -> models.Q:
    """Select what came with a name of the person."""
    found = models.Q()
    for kind in NAMING_COLUMNS:
        found |= models.Q(**{f"{kind}__in": names.values_of(kind)})
    return found


def _all_naming(names: Names, after_id: int) -> Iterator[set[int]]:
    """Look through all receipts for what came with a name of the person."""
    first = Receipt.objects.aggregate(first=models.Min("pk", default=0))["first"]
    for start in range(max(after_id + 1, first), newest_id() + 1, STRIDE):
        some = Receipt.objects.filter(pk__gte=start, pk__lt=start + STRIDE)
        yield set(some.filter(_came_with(names)).values_list("pk", flat=True))


def _walk(rows: models.QuerySet[Receipt], after_id: int) -> Iterator[int]:
    """Walk along an index, some rows at a time."""
    while some := list(
        rows.filter(pk__gt=after_id).values_list("pk", flat=True)[:RECEIPTS]
    ):
        yield from some
        after_id = some[-1]


def _naming(ids: Iterable[int], names: Names) -> Iterator[set[int]]:
    """Keep of receipts those that name the person."""
    if not names.pairs:
        return
    own = naming(names) | _came_with(names)
    rows = Receipt.objects.annotate(text=Cast("payload", models.TextField()))
    numbers = iter(ids)
    while some := list(islice(numbers, RECEIPTS)):
        yield set(rows.filter(own, pk__in=some).values_list("pk", flat=True))
