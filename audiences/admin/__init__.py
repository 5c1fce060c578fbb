"""Pages for marketers."""

from audiences.admin import (
    audience,
    builder,
    editing,
    event_form,
    graph,
    impact,
    members,
    nearly,
    overlap,
    past,
    preview,
    starting,
    traits,
    versions,
    why,
)

__all__ = [
    "audience",
    "builder",
    "editing",
    "event_form",
    "graph",
    "impact",
    "members",
    "nearly",
    "overlap",
    "past",
    "preview",
    "starting",
    "traits",
    "versions",
    "why",
]
