"""Why identifiers name a contact: the links that hold, those that were refused, the merges."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db import models
from django.db.models.functions import Cast

from contacts.identities.guards import CUT, SENTENCES
from contacts.models import Contact, Identifier, IdentifierLink, Merge
from contacts.names import full_name

# How many identifiers and merges a page shows.
MOST_SHOWN = 50


@dataclass(frozen=True)
class Reason:
    """A link of an identifier to another one: since when it is said, and by what."""

    other: Identifier | None
    basis: str
    at: datetime
    receipt_id: int | None
    # Why it does not hold, in a sentence; blank if it does.
    refusal: str = ""
    # Whom the other one names, if that is somebody else.
    other_contact_id: int | None = None


@dataclass
class Known:
    """An identifier with why it belongs to the contact, and what it was refused."""

    identifier: Identifier
    reasons: list[Reason] = field(default_factory=list)
    refused: list[Reason] = field(default_factory=list)


@dataclass(frozen=True)
class MergeLine:
    """A merge as the contact's page tells it."""

    merge: Merge
    sentence: str
    basis: str
    by: User | None
    may_undo: bool


def identifiers_of(contact: Contact) -> list[Known]:
    """List the identifiers of a contact with their links; three queries."""
    own = list(contact.identifiers.order_by("created_at", "pk")[:MOST_SHOWN])
    ids = [identifier.pk for identifier in own]
    links = IdentifierLink.objects.filter(
        models.Q(first_id__in=ids) | models.Q(second_id__in=ids)
    ).order_by("at", "order_key", "pk")[: MOST_SHOWN * 4]
    ends = {end for link in links for end in (link.first_id, link.second_id)}
    names = Identifier.objects.in_bulk(ends - set(ids))
    names |= {identifier.pk: identifier for identifier in own}
    known = {identifier.pk: Known(identifier) for identifier in own}
    for link in links:
        for end, other in _both_ways(link):
            if end in known:
                _tell(known[end], link, names.get(other), contact)
    return list(known.values())


def _both_ways(link: IdentifierLink) -> Iterable[tuple[int, int]]:
    """Look at a link from each of its ends."""
    return (link.first_id, link.second_id), (link.second_id, link.first_id)


def _tell(
    known: Known, link: IdentifierLink, other: Identifier | None, contact: Contact
) -> None:
    """Tell what a link says about one of its ends."""
    refusal = SENTENCES[CUT] if link.cut_at else SENTENCES.get(link.refusal, "")
    reason = Reason(
        other=other,
        basis=link.get_basis_display(),
        at=link.at,
        receipt_id=link.receipt_id,
        refusal=refusal,
        other_contact_id=(
            other.contact_id if other and other.contact_id != contact.pk else None
        ),
    )
    (known.refused if refusal else known.reasons).append(reason)


def with_merged(merges: models.QuerySet[Merge]) -> models.QuerySet[Merge]:
    """Read of each journal, which may be long, only what the merged contact was."""
    was = models.Func(
        models.F("journal"),
        models.Value("contacts"),
        models.Value("before"),
        Cast("merged_id", models.TextField()),
        function="jsonb_extract_path",
        output_field=models.JSONField(),
    )
    return merges.annotate(was=was).defer("journal")


def merge_sentence(merge: Merge) -> str:
    """Say who became a part of the contact; of a row that ``with_merged`` has read."""
    was: dict[str, str] | None = getattr(merge, "was", None)
    if was is None:
        who = "Somebody"
    else:
        names = full_name(was["first_name"], was["last_name"])
        who = names or was["email"] or "An anonymous visitor"
    return f"{who} became a part of this contact"


def merges_of(contact: Contact) -> list[MergeLine]:
    """List who became a part of a contact, newest first; one query."""
    merges = (
        with_merged(Merge.objects.filter(contact=contact))
        .select_related("merged_by", "undone_by")
        .annotate(has_journal=~models.Q(journal={}))
        .order_by("-merged_at", "-pk")
    )
    return [
        MergeLine(
            merge=merge,
            sentence=merge_sentence(merge),
            basis=merge.get_cause_display(),
            by=merge.merged_by,
            may_undo=merge.undone_at is None and merge.has_journal,
        )
        for merge in merges[:MOST_SHOWN]
    ]
