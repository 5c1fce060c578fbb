"""What may be meant otherwise in a rule that can be understood."""

from typing import Any

from audiences import catalog
from audiences.conditions import nodes
from audiences.conditions.parse import parse_condition
from audiences.conditions.subjects import DATE_FIELDS, TEXT_FIELDS
from audiences.conditions.words import quoted, readable
from contacts.models import Contact


def find_warnings(document: Any) -> list[str]:
    """List sentences about events that nobody has done and attributes that nobody has."""
    inside = nodes.walk(parse_condition(document))
    events = {leaf.name for leaf in inside if isinstance(leaf, nodes.DidEvent)}
    names = {leaf.name for leaf in inside if isinstance(leaf, nodes.AttributeIs)}
    names -= {*TEXT_FIELDS, *DATE_FIELDS}
    return [
        *(
            f"Nobody has done {quoted(catalog.event_label(name))} yet."
            for name in sorted(events)
            if not catalog.has_happened(name)
        ),
        *(
            f"No contact has the attribute {quoted(readable(name))} yet."
            for name in sorted(names)
            if not Contact.objects.filter(attributes__has_key=name).exists()
        ),
    ]
