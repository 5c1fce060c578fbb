"""Pages for marketers about people."""

from contacts.admin import (
    contact,
    contact_actions,
    contact_form,
    contact_list,
    contact_page,
    suppression,
    users,
)
from contacts.admin.imports import addresses as import_addresses

__all__ = [
    "contact",
    "contact_actions",
    "contact_form",
    "contact_list",
    "contact_page",
    "import_addresses",
    "suppression",
    "users",
]
