"""Pages for marketers."""

from audiences.admin import (
    audience,
    builder,
    editing,
    impact,
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
    "impact",
    "members",
    "nearly",
    "overlap",
    "preview",
    "starting",
    "traits",
    "why",
]
