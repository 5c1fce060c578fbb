"""
What a contact was told to have at a time, in SQL.

Whose journal has not begun (``contacts.attributes.earlier``) has what he came with, and what
imports have changed since. What a source claims that anybody can speak for counts until somebody
else states the same name (``contacts.attributes.fold``).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from string import Formatter

from audiences.conditions.sql import Fragment, combine, value

# What imports told: other than before. Leans on the index of the contact.
IMPORTS = """
    FROM contacts_importchange AS change
    JOIN contacts_importrun AS run ON run.id = change.import_run_id
    WHERE change.contact_id = contact.id
    AND ({after}) ? {key}
    AND ({after} -> {key}) IS DISTINCT FROM ({before} -> {key})
"""
# Leans on attribute_change_once.
TOLD = """
    SELECT said.at, said.order_key, said.value
    FROM (
        SELECT change.at, change.order_key, change.values -> {key} AS value, claim.is_claim,
            min(change.at) FILTER (WHERE NOT claim.is_claim) OVER () AS stated_since
        FROM contacts_attributechange AS change
        CROSS JOIN LATERAL (
            SELECT change.source_id IS NOT NULL AND change.source_id IN (
                SELECT id FROM contacts_source
                WHERE kind IN ('browser', 'mobile') AND trusted_at IS NULL
            ) AS is_claim
        ) AS claim
        WHERE contact.attributes_at IS NOT NULL
        AND change.contact_id = contact.id AND change.values ? {key}
    ) AS said
    WHERE {heard}
    UNION ALL
    SELECT coalesce(run.confirmed_at, run.created_at), 'import:' || run.id,
        {after} -> {key}
    {imports} AND contact.attributes_at IS NULL
    UNION ALL
    SELECT contact.created_at, 'known', CASE WHEN earliest.is_there
        THEN earliest.value ELSE {shown} END
    FROM (SELECT 1) AS always
    LEFT JOIN LATERAL (
        SELECT true AS is_there, {before} -> {key} AS value
        {imports}
        ORDER BY coalesce(run.confirmed_at, run.created_at), run.id
        LIMIT 1
    ) AS earliest ON true
    WHERE contact.attributes_at IS NULL
"""
UNKNOWN = Fragment("NULL::jsonb")
# Which of what was told counts.
STATED = Fragment("NOT said.is_claim")
UNTIL_STATED = Fragment(
    "NOT said.is_claim OR said.stated_since IS NULL OR said.at < said.stated_since"
)
ANYHOW = Fragment("TRUE")
NOTICED = ("locale", "time_zone")
# The parts of a full name, split at its last space.
WORDS = "btrim(regexp_replace({} #>> '{{}}', '\\s+', ' ', 'g'))"
PARTS = {
    "first_name": "regexp_replace({}, ' [^ ]*$', '')",
    "last_name": "coalesce(substring({} FROM ' ([^ ]*)$'), '')",
}


def told_about(name: str) -> Fragment:
    """Select ``at``, ``order_key`` and ``value`` of all that was told of an attribute."""
    shown = combine("contact.attributes -> {}", value(name, "text"))
    return _told(name, shown, " -> 'attributes'")


def value_at(name: str, moment: datetime) -> Fragment:
    """Find the value of an attribute of the contact at a moment, as jsonb."""
    return _newest(told_about(name), moment)


def field_at(name: str, moment: datetime) -> Fragment:
    """
    Find the text of a field of the contact at a moment.

    What was never stated may have been noticed, or be a part of a full name.
    """
    told = _told(name, Fragment(f"to_jsonb(contact.{name})"), "")
    own = _newest(told, moment).format("nullif({} #>> '{{}}', '')")
    if name in NOTICED:
        noticed = _told(f"noticed:{name}", UNKNOWN, "", heard=ANYHOW)
        other = _newest(noticed, moment).format("{} #>> '{{}}'")
        return combine("coalesce({}, {}, '')", own, other)
    whole = _newest(_told("name", UNKNOWN, ""), moment)
    stated = _told(name, Fragment(f"to_jsonb(contact.{name})"), "", heard=STATED)
    # A full name that was stated says both parts, whatever is claimed of one.
    full = _newest(_told("name", UNKNOWN, "", heard=STATED), moment)
    return combine(
        "CASE WHEN {} OR ({} AND coalesce({}, '') = '')"
        " THEN coalesce({}, '') ELSE coalesce({}, '') END",
        _exists(stated, moment),
        _exists(told, moment),
        full.format("{} #>> '{{}}'"),
        own,
        whole.format(WORDS).format(PARTS[name]),
    )


def _told(
    name: str, shown: Fragment, inside: str, *, heard: Fragment = UNTIL_STATED
) -> Fragment:
    """
    Select what was told under a name.

    ``shown`` is what the contact shows today, ``inside`` leads to the place in the changes
    of imports, ``heard`` says which of what messages and people told counts.
    """
    places = {"after": f"change.after{inside}", "before": f"change.before{inside}"}
    imports = _fill(IMPORTS, name, places)
    return _fill(TOLD, name, places, imports=imports, shown=shown, heard=heard)


def _fill(
    template: str, name: str, places: Mapping[str, str], **pieces: Fragment
) -> Fragment:
    """Put places and pieces into a template by their names, values in the same order."""
    known = {place: Fragment(text) for place, text in places.items()} | pieces
    known["key"] = value(name, "text")
    used = [field for _, field, _, _ in Formatter().parse(template) if field]
    plain = re.sub(r"{[a-z]+}", "{}", template)
    return combine(plain, *(known[field] for field in used))


def _exists(told: Fragment, moment: datetime) -> Fragment:
    """Whether anything was told up to a moment."""
    return combine(
        "EXISTS (SELECT 1 FROM ({}) AS told WHERE told.at <= {})",
        told,
        value(moment, "timestamptz"),
    )


def _newest(told: Fragment, moment: datetime) -> Fragment:
    """Take the newest value that was told up to a moment."""
    return combine(
        "(SELECT told.value FROM ({}) AS told WHERE told.at <= {}"
        ' ORDER BY told.at DESC, told.order_key COLLATE "C" DESC LIMIT 1)',
        told,
        value(moment, "timestamptz"),
    )
