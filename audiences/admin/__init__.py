"""Pages for marketers."""

from audiences.admin import audience, builder, editing, members

__all__ = ["audience", "builder", "editing", "members"]
