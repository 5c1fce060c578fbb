"""Pages for marketers."""

from audiences.admin import audience, builder, editing, members, preview

__all__ = ["audience", "builder", "editing", "members", "preview"]
