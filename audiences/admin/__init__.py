"""Pages for marketers."""

from audiences.admin import builder

__all__ = ["builder"]
