"""How plans are broken: counted by cause, with a sample, and as a ticket for developers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet

from contacts.models import Receipt, Source, Violation
from contacts.plans.rules import (
    BLOCK,
    MISSING,
    OMIT,
    UNPLANNED,
    UNPLANNED_EVENT,
    WRONG_TYPE,
)

MOST_CAUSES = 200
CAUSE = ("source", "kind", "name", "problem", "path", "reaction")
REASON = ("source", "state", "kind", "name", "reason")
DONE = {
    BLOCK: "The event is blocked. It is kept, so it can be repaired and replayed.",
    OMIT: "The property is left out; the rest of the event goes on.",
}
LET_IN = "It is let in, and only shown here."


@dataclass(frozen=True)
class Cause:
    """One way in which one source breaks its plan with one kind of message."""

    source_id: int
    source_name: str
    kind: str
    name: str
    problem: str
    path: str
    reaction: str
    count: int
    first_at: datetime | None
    last_at: datetime
    # The latest message: its receipt, and what was found in it.
    receipt_id: int
    details: str

    @property
    def title(self) -> str:
        """Say what is wrong, in one sentence."""
        path = f"“{self.path}”"
        return {
            UNPLANNED_EVENT: f"“{self.name or self.kind}” is not in the plan",
            UNPLANNED: f"{path} is not in the plan",
            MISSING: f"{path} is missing",
            WRONG_TYPE: f"{path} has the wrong type",
        }.get(self.problem, f"{path} has a value that is not permitted")

    @property
    def consequence(self) -> str:
        """Say what is done about it."""
        return DONE.get(self.reaction, LET_IN)


def count_by_source(*, since: datetime) -> dict[int, int]:
    """Count the violations of each source; one query over violation_causes."""
    rows = (
        Violation.objects.filter(received_at__gte=since)
        .values_list("source_id")
        .annotate(count=Count("pk"))
    )
    return dict(rows)


def causes(*, since: datetime, source_ids: Sequence[int] | None = None) -> list[Cause]:
    """
    Group the violations since a time by their cause, the most frequent first.

    Two queries; the first reads violation_causes and nothing else.
    """
    found: QuerySet[Any] = Violation.objects.filter(received_at__gte=since)
    if source_ids is not None:
        found = found.filter(source__in=source_ids)
    groups = list(
        found.values(*CAUSE)
        .annotate(count=Count("pk"), last_at=Max("received_at"), last=Max("pk"))
        .order_by("-count", "-last")[:MOST_CAUSES]
    )
    latest = Violation.objects.select_related("source").in_bulk(
        [group["last"] for group in groups]
    )
    return [
        Cause(
            source_id=group["source"],
            source_name=latest[group["last"]].source.name,
            **{name: group[name] for name in CAUSE[1:]},
            count=group["count"],
            first_at=None,
            last_at=group["last_at"],
            receipt_id=latest[group["last"]].receipt_id,
            details=latest[group["last"]].details,
        )
        for group in groups
        if group["last"] in latest
    ]


@dataclass(frozen=True)
class Refused:
    """Messages of one source that were blocked or rejected for one reason."""

    source: Source
    state: str
    kind: str
    name: str
    reason: str
    count: int
    last_at: datetime
    # Those whose message is still kept.
    kept_count: int
    receipt_id: int


def refused(
    *, since: datetime, source_ids: Sequence[int] | None = None
) -> list[Refused]:
    """
    Group what was refused since a time, the most frequent first.

    Three queries; two of them read nothing but receipt_refused_causes and
    receipt_refused_emptied.
    """
    found: QuerySet[Any] = Receipt.objects.filter(
        received_at__gte=since, source__isnull=False
    ).exclude(state=Receipt.State.ACCEPTED)
    if source_ids is not None:
        found = found.filter(source__in=source_ids)
    groups = list(
        found.values(*REASON)
        .annotate(count=Count("pk"), last_at=Max("received_at"), last=Max("pk"))
        .order_by("-count", "-last")[:MOST_CAUSES]
    )
    emptied = {
        row[:-1]: row[-1]
        for row in found.filter(payload__isnull=True)
        .values_list(*REASON)
        .annotate(count=Count("*"))
    }
    sources = Source.objects.in_bulk([group["source"] for group in groups])
    return [
        Refused(
            source=sources[group["source"]],
            state=group["state"],
            kind=group["kind"],
            name=group["name"],
            reason=group["reason"],
            count=group["count"],
            last_at=group["last_at"],
            kept_count=group["count"]
            - emptied.get(tuple(group[name] for name in REASON), 0),
            receipt_id=group["last"],
        )
        for group in groups
        if group["source"] in sources
    ]


def ticket(cause: Cause, *, rule: str, sample: str, link: str) -> str:
    """Write a cause down for the developers of a source, ready to be pasted."""
    name = cause.name or cause.kind
    lines = [
        f"{cause.title} ({name}, from {cause.source_name})",
        "",
        f"Seen {cause.count:,} times, last on {cause.last_at:%Y-%m-%d %H:%M} UTC.",
    ]
    if cause.details:
        lines.append(cause.details)
    if rule:
        lines.append(f"The tracking plan says: {rule}")
    lines.append(cause.consequence)
    if sample:
        lines += ["", "An example, as it came:", "", sample]
    if link:
        lines += ["", f"In Greenlight: {link}"]
    return "\n".join(lines)
