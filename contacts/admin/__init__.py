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

__all__ = [
    "contact",
    "contact_actions",
    "contact_form",
    "contact_list",
    "contact_page",
    "suppression",
    "users",
]
