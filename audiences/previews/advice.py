"""What may be meant otherwise in a rule that can be understood, judged by what has come so far."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from audiences import catalog
from audiences.catalog import NEWEST_CONTACTS
from audiences.conditions.subjects import DATE_FIELDS, TEXT_FIELDS
from audiences.conditions.words import quoted, readable
from audiences.models import Trait
from audiences.previews.contradictions import find_contradictions
from audiences.previews.mentions import Compared, Mentions
from contacts.models import Contact, Event, EventType, PropertyType
from contacts.observed import share
from contacts.plans.repairs import nearest

QUIET = timedelta(days=14)
# What fewer of the events or contacts have deserves a word.
RARE = 0.5
# A property with more values than these is not one of a few choices.
FEW_VALUES = 12
NOT_NUMBERS = ("text", "date", "flag", "list", "object")


def find_warnings(document: Any, *, as_of: datetime) -> list[str]:
    """List sentences about a rule that may not do what is meant; a few short queries."""
    mentions = Mentions()
    mentions.take(document)
    for definition in Trait.objects.filter(pk__in=mentions.traits).values_list(
        "definition", flat=True
    ):
        mentions.take_trait(definition)
    return [
        *find_contradictions(document, as_of=as_of),
        *_about_events(mentions, as_of),
        *_about_attributes(mentions.attributes),
    ]


def warnings_of_trait(definition: Mapping[str, Any], *, as_of: datetime) -> list[str]:
    """List sentences about the events of which a trait is computed."""
    mentions = Mentions()
    mentions.take_trait(definition)
    return list(_about_events(mentions, as_of))


def _about_events(mentions: Mentions, as_of: datetime) -> Iterator[str]:
    """Judge the events and their properties."""
    types = {
        row.name: row
        for row in EventType.objects.filter(kind="track", name__in=mentions.events)
    }
    for name, properties in sorted(mentions.events.items()):
        said = quoted(catalog.event_label(name))
        latest = Event.objects.filter(name=name, occurred_at__lte=as_of)
        seen_at = (
            latest.order_by("-occurred_at")
            .values_list("occurred_at", flat=True)
            .first()
        )
        if seen_at is None:
            # Of two that are alike the last one is taken: one that has come.
            others = sorted(
                (entry.name for entry in catalog.events()),
                key=lambda other: other not in catalog.KNOWN_EVENTS,
            )
            like = _meant(name, others)
            yield f"Nobody has done {said} yet.{like}"
            continue
        if seen_at <= as_of - QUIET:
            days = (as_of - seen_at).days
            yield f"{said} has not been seen for {days:,} days."
        if properties:
            yield from _about_properties(name, properties, types.get(name))


def _about_properties(
    event: str, properties: Mapping[str, Compared], known: EventType | None
) -> Iterator[str]:
    """Judge properties by what the schema has learned, else by the newest events."""
    entries = {entry.name: entry for entry in catalog.properties(event)}
    rows = {row.path: row for row in PropertyType.objects.filter(event_type=known)}
    said = quoted(catalog.event_label(event))
    for name, compared in sorted(properties.items()):
        row, entry = rows.get(name), entries.get(name)
        if row is None and entry is None:
            like = _meant(name, [*rows, *entries])
            yield f"No {said} has carried {quoted(name)} yet.{like}"
            continue
        if row is not None and known is not None:
            yield from _about_types(row, known.count, said, compared)
        if entry is not None:
            yield from _about_texts(name, compared, entry.samples)


def _about_types(
    row: PropertyType, events: int, said: str, compared: Compared
) -> Iterator[str]:
    """Say that a property is often missing, or of a type that does not count."""
    carried = min(1.0, row.count / events) if events else 1.0
    if carried < RARE:
        yield f"Only {share(row.count, events)} of {said} carry {quoted(row.path)}."
    total = sum(row.types.values())
    wrong = {name: row.types.get(name, 0) for name in NOT_NUMBERS}
    if compared.as_number and total:
        for kind, count in wrong.items():
            if count:
                yield (
                    f"{share(count, total)} of {quoted(row.path)} of {said} is {kind}: "
                    "what is not written as a plain number is left out."
                )


def _about_attributes(attributes: Mapping[str, Compared]) -> Iterator[str]:
    """Judge attributes by the newest contacts."""
    wanted = {
        name: compared
        for name, compared in attributes.items()
        if name not in (*TEXT_FIELDS, *DATE_FIELDS)
    }
    if not wanted:
        return
    entries = {entry.name: entry for entry in catalog.attributes()}
    newest = Contact.objects.filter(erased_at=None).order_by("-pk")
    known = list(newest.values_list("attributes", flat=True)[:NEWEST_CONTACTS])
    for name, compared in sorted(wanted.items()):
        count = sum(1 for one in known if one.get(name) not in (None, ""))
        said = quoted(readable(name))
        if count:
            if count / len(known) < RARE:
                whom = f"of the newest {len(known):,} contacts"
                yield f"{said} is known of {share(count, len(known))} {whom}."
            yield from _about_texts(name, compared, entries[name].samples)
        elif not Contact.objects.filter(attributes__has_key=name).exists():
            like = _meant(name, list(entries))
            yield f"No contact has the attribute {said} yet.{like}"


def _about_texts(
    name: str, compared: Compared, samples: tuple[str, ...]
) -> Iterator[str]:
    """Say that a text was never among the few values that a thing has."""
    if not 0 < len(samples) <= FEW_VALUES:
        return
    seen = ", ".join(quoted(sample) for sample in samples[:5])
    for text in sorted(compared.texts - set(samples)):
        like = _meant(text, list(samples)) or f" Seen lately: {seen}."
        yield f"{quoted(readable(name))} has not been {quoted(text)} lately.{like}"


def _meant(name: str, others: list[str]) -> str:
    """Ask whether a name was meant that is nearly the same."""
    near = nearest(name, [other for other in others if other != name])
    return f" Did you mean {quoted(near)}?" if near else ""
