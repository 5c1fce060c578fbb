"""Pages for marketers."""

from audiences.admin import (
    audience,
    builder,
    editing,
    members,
    nearly,
    overlap,
    preview,
    starting,
    traits,
    why,
)

__all__ = [
    "audience",
    "builder",
    "editing",
    "members",
    "nearly",
    "overlap",
    "preview",
    "starting",
    "traits",
    "why",
]
