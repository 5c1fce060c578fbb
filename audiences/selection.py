"""
Whom a condition document selects: a predicate, ids, a count, a sample, a sentence.

Each function takes the document (JSON), refuses what it can't understand or find
(``ConditionError``), and takes the moment of the evaluation as ``as_of``. Nothing is written.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from audiences.catalog import event_labels
from audiences.conditions import nodes
from audiences.conditions.compiler import compile_node
from audiences.conditions.describe import describe_condition
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.kind import Names, Setting
from audiences.conditions.parse import find_errors, parse_condition
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.traits import Trait as TraitDefinition
from audiences.conditions.traits import sides
from audiences.models import Audience, Trait
from audiences.models.trait import definitions_of
from contacts.models import Contact, ContactList

# Sets that a condition hashes should fit; PostgreSQL doubles it for hashing.
WORK_MEMORY = "64MB"

# So many contacts are looked up one by one rather than reading the ids of all.
MOST_LOOKED_UP = 100_000

# Events under another name than those that count: before them, after them.
EVENTS_OF_EVENTS = re.compile(r"\bcontacts_event AS (?!event\b)")
# A column of the contact beyond his id.
COLUMN = re.compile(r"\bcontact\.(?!id\b)")
REMEMBERED = "contact.erased_at IS NULL"
# The same for everybody where no column is read: then the primary key is enough, which is a
# tenth of the table. Leans on contact_erased.
NOT_FORGOTTEN = """NOT EXISTS (
    SELECT 1 FROM contacts_contact AS forgotten
    WHERE forgotten.id = contact.id AND forgotten.erased_at IS NOT NULL
)"""
# Counts contacts whose ids something else knows. Not all of them need be there: an event may
# have been told of somebody who has just become a part of another. Few are looked up in the
# primary key; for many it is cheaper to read it once. That must not depend on how many the
# planner expects, so IS TRUE keeps it from a join.
COUNT_WHOM = f"""
WITH whom AS MATERIALIZED (
    SELECT array_agg(found.contact_id) AS ids FROM ({{}}) AS found (contact_id)
)
SELECT CASE WHEN (SELECT coalesce(cardinality(ids), 0) FROM whom) <= {{}} THEN (
    SELECT count(*) FROM contacts_contact AS contact
    WHERE contact.id = ANY ((SELECT ids FROM whom)::bigint[]) AND {NOT_FORGOTTEN}
) ELSE (
    SELECT count(*) FROM contacts_contact AS contact
    WHERE (contact.id IN (SELECT unnest(ids) FROM whom)) IS TRUE AND {NOT_FORGOTTEN}
) END
"""  # noqa: S608 - a condition of ours
OF_CONTACT = re.compile(r"\bcontact\.")


def predicate(
    document: object,
    *,
    as_of: datetime,
    few: bool = False,
    since: str = "",
    is_past: bool = False,
    counts_from: datetime | None = None,
) -> Fragment:
    """
    Compile to a boolean over the table alias ``contact``; NULL means no.

    ``few`` is for statements that name the contacts, in which each is looked up in an index;
    it selects the same contacts. With it, ``since`` may name a column of the statement, from
    our constants: only events and entries into audiences after that moment count. Of a past
    moment ``is_past`` asks what was so then. ``counts_from`` leaves out earlier events. Costs
    a query each for lists, audiences, traits, and traits of which those are put together.

    :raises ConditionError: if it can't be understood, or names what does not exist
    """
    node, setting = prepare(
        document,
        as_of=as_of,
        few=few,
        since=since,
        is_past=is_past,
        counts_from=counts_from,
    )
    return _remembered(compile_node(node, setting), few=few)


def _remembered(compiled: Fragment, *, few: bool) -> Fragment:
    """Leave out who was forgotten."""
    # Who was forgotten is counted where he was counted before, and nowhere again.
    reads_rows = few or COLUMN.search(compiled.text)
    return combine(
        f"(({{}}) AND {REMEMBERED if reads_rows else NOT_FORGOTTEN})", compiled
    )


def prepare(
    document: object,
    *,
    as_of: datetime,
    few: bool = True,
    since: str = "",
    is_past: bool = False,
    counts_from: datetime | None = None,
) -> tuple[nodes.Node, Setting]:
    """
    Read a document, and look up what compiling it takes.

    :raises ConditionError: if it can't be understood, or names what does not exist
    """
    node = parse_condition(document)
    traits = definitions_of(nodes.trait_ids(node))
    errors = _find_unknown(document, node, traits)
    if errors:
        raise errors[0]
    everyone = ContactList.objects.filter(kind=ContactList.Kind.EVERYONE)
    has_lists = any(isinstance(inner, nodes.OnList) for inner in nodes.walk(node))
    return node, Setting(
        as_of=as_of,
        few=few,
        everyone=frozenset(everyone.values_list("pk", flat=True) if has_lists else ()),
        since=since,
        traits=traits,
        is_past=is_past,
        counts_from=counts_from,
    )


def count_contacts(
    document: object,
    *,
    as_of: datetime,
    contact_ids: Sequence[int] | None = None,
    counts_from: datetime | None = None,
) -> int:
    """Count whom it selects, exactly; among some contacts only, if they are given."""
    if contact_ids is not None:
        return len(matching_ids(document, as_of=as_of, contact_ids=contact_ids))
    node, setting = prepare(document, as_of=as_of, few=False, counts_from=counts_from)
    compiled = compile_node(node, setting)
    if compiled.whom and not OF_CONTACT.search(compiled.whom.text):
        statement = combine(COUNT_WHOM, compiled.whom, value(MOST_LOOKED_UP))
    else:
        # Counts the contacts for whom the condition holds.
        statement = combine(
            "SELECT count(*) FROM contacts_contact AS contact WHERE {}",
            _remembered(compiled, few=False),
        )
    with generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return int(cursor.fetchone()[0])


def sample_contacts(
    document: object,
    *,
    as_of: datetime,
    size: int,
    counts_from: datetime | None = None,
) -> list[Contact]:
    """Fetch some of whom it selects, the newest first."""
    # Selects the newest contacts for whom the condition holds.
    statement = combine(
        "SELECT contact.id FROM contacts_contact AS contact WHERE {}"
        " ORDER BY contact.id DESC LIMIT {}",
        predicate(document, as_of=as_of, counts_from=counts_from),
        value(size),
    )
    with generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        ids = [row[0] for row in cursor.fetchall()]
    return list(Contact.objects.filter(pk__in=ids).order_by("-pk"))


def matching_ids(
    document: object, *, as_of: datetime, contact_ids: Sequence[int]
) -> set[int]:
    """Select among some contacts."""
    # Selects those of the contacts for whom the condition holds.
    statement = combine(
        "SELECT contact.id FROM contacts_contact AS contact"
        " WHERE contact.id = ANY({}) AND ({})",
        value(list(contact_ids), "bigint[]"),
        predicate(document, as_of=as_of, few=True),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {row[0] for row in cursor.fetchall()}


def describe(document: object) -> str:
    """Say whom it selects, in one sentence; names the lists and audiences."""
    node = parse_condition(document)
    return describe_condition(node, names_of(node))


def describe_saved(document: object, names: Names | None = None) -> str:
    """Say whom a saved rule selects, or why an old one can't be read; never raises."""
    try:
        node = parse_condition(document)
    except ConditionError as error:
        return f"This rule can't be read any more: {error.message}"
    return describe_condition(node, names_of(node) if names is None else names)


def names_of(node: nodes.Node) -> Names:
    """Look up the names of the lists, audiences and traits of a tree, and of events."""
    list_ids, audience_ids = mentioned(node)
    trait_ids = nodes.trait_ids(node)
    return Names(
        lists=_names(ContactList, list_ids) if list_ids else {},
        audiences=_names(Audience, audience_ids) if audience_ids else {},
        events=event_labels(),
        traits=_names(Trait, trait_ids) if trait_ids else {},
    )


def all_names() -> Names:
    """Look up all names, for pages with many rules; three queries."""
    return Names(
        lists=dict(ContactList.objects.values_list("pk", "name")),
        audiences=dict(Audience.objects.values_list("pk", "name")),
        events=event_labels(),
        traits=dict(Trait.objects.values_list("pk", "name")),
    )


def mentioned(node: nodes.Node) -> tuple[set[int], set[int]]:
    """Gather the ids of the lists and of the audiences that a tree mentions."""
    inside = nodes.walk(node)
    return (
        {inner.list_id for inner in inside if isinstance(inner, nodes.OnList)},
        nodes.audience_ids(node),
    )


def check(document: object) -> list[ConditionError]:
    """List all that is wrong: what can't be understood, else what does not exist."""
    return find_errors(document) or find_unknown(document)


def find_unknown(document: object) -> list[ConditionError]:
    """List the lists, live audiences and traits that a document names and are not there."""
    node = parse_condition(document)
    return _find_unknown(document, node, definitions_of(nodes.trait_ids(node)))


def _find_unknown(
    document: object, node: nodes.Node, traits: Mapping[int, TraitDefinition]
) -> list[ConditionError]:
    """List what is not there, given the definitions of the traits that are."""
    list_ids, audience_ids = mentioned(node)
    live = Audience.objects.live().filter(pk__in=audience_ids)
    known = {
        "list": set(_names(ContactList, list_ids)) if list_ids else set(),
        "audience": set(live.values_list("pk", flat=True)) if audience_ids else set(),
        "trait": {pk for pk in traits if set(sides(traits[pk])) <= traits.keys()},
    }
    return [
        ConditionError((*path, kind), f"This {kind} is gone. Choose another.")
        for path, kind, reference in _references(document, ())
        if reference not in known[kind]
    ]


def _references(document: Any, path: Path) -> Iterator[tuple[Path, str, int]]:
    """List the places of a document that name a list, an audience or a trait, and which."""
    kind = document["kind"]
    if kind in ("not", "account"):
        yield from _references(document["condition"], (*path, "condition"))
    elif kind in ("all", "any"):
        for index, child in enumerate(document["conditions"]):
            yield from _references(child, (*path, "conditions", index))
    elif kind in ("list", "audience", "trait"):
        yield path, kind, int(document[kind])
    elif kind == "entered":
        yield path, "audience", int(document["audience"])
    elif kind == "rank" and "trait" in document["of"]:
        yield (*path, "of"), "trait", int(document["of"]["trait"])


def _names(
    model: type[ContactList] | type[Audience] | type[Trait], ids: set[int]
) -> dict[int, str]:
    """Map ids to names."""
    return dict(model.objects.filter(pk__in=ids).values_list("pk", "name"))


@contextmanager
def generous_cursor() -> Iterator[CursorWrapper]:
    """
    Open a cursor in a transaction that may hash large sets in memory.

    It joins events with events by hashing. Of those that are newer than the statistics the
    planner expects none, and would read them all again for each of them. What else the
    transaction does is planned as before.
    """
    wanted = {"work_mem": WORK_MEMORY, "jit": "off", "enable_nestloop": "on"}
    with transaction.atomic(), connection.cursor() as cursor:
        before = _configure(cursor, wanted)
        with connection.execute_wrapper(_hash_events):
            yield cursor
        _configure(cursor, before)


def _configure(cursor: CursorWrapper, wanted: Mapping[str, str]) -> dict[str, str]:
    """Set what the planner may do, until the end of the transaction; what it was before."""
    pairs = ", ".join("current_setting(%s), set_config(%s, %s, true)" for _ in wanted)
    values = [part for name, text in wanted.items() for part in (name, name, text)]
    cursor.execute(f"SELECT {pairs}", values)
    return dict(zip(wanted, cursor.fetchone()[::2], strict=True))


def _hash_events(
    execute: Callable[..., Any],
    text: str,
    params: Any,
    many: bool,
    context: dict[str, Any],
) -> Any:
    """Execute a statement, without loops if it joins events with events."""
    if EVENTS_OF_EVENTS.search(text):
        context["cursor"].cursor.execute("SET LOCAL enable_nestloop = off")
    return execute(text, params, many, context)
