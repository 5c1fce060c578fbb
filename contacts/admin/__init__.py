"""Pages for marketers about people."""

from contacts.admin import (
    contact,
    contact_actions,
    contact_form,
    contact_list,
    contact_page,
    merging,
    privacy,
    schema,
    suppression,
    timeline,
    users,
)
from contacts.admin.debugger import receipt, stream
from contacts.admin.funnels import edit as funnel_edit
from contacts.admin.funnels import report as funnel_report
from contacts.admin.histories import overview as histories
from contacts.admin.imports import addresses as import_addresses
from contacts.admin.plans import grid, plans, repairs, replays, violations
from contacts.admin.sources import changes as source_changes
from contacts.admin.sources import create as source_create
from contacts.admin.sources import endpoint as source_endpoint

__all__ = [
    "contact",
    "contact_actions",
    "contact_form",
    "contact_list",
    "contact_page",
    "funnel_edit",
    "funnel_report",
    "grid",
    "histories",
    "import_addresses",
    "merging",
    "privacy",
    "receipt",
    "timeline",
    "source_changes",
    "source_create",
    "source_endpoint",
    "stream",
    "plans",
    "repairs",
    "replays",
    "schema",
    "suppression",
    "users",
    "violations",
]
