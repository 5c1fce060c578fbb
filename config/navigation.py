"""The admin's sidebar, in the order of the work."""

from typing import Any

from django.urls import reverse_lazy


def link(title: str, icon: str, name: str, permission: str) -> dict[str, Any]:
    """Make an entry that shows to users who hold the permission."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{name}"),
        "permission": lambda request: request.user.has_perm(permission),
    }


SIDEBAR: dict[str, Any] = {
    "show_search": True,
    "command_search": True,
    "show_all_applications": False,
    "navigation": [
        {
            "items": [
                {"title": "Home", "icon": "home", "link": reverse_lazy("admin:index")},
            ],
        },
        {
            "title": "Contacts",
            "items": [
                link(
                    "People",
                    "person",
                    "contacts_contact_changelist",
                    "contacts.view_contact",
                ),
            ],
        },
    ],
}

COMMANDS: dict[str, Any] = {"search_models": False}
