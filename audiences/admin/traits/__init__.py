"""The pages of traits."""

from audiences.admin.traits import editing, listing, page

__all__ = ["editing", "listing", "page"]
