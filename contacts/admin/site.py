"""Where the admin pages of every app mount themselves."""

from contacts.site import register_pages

__all__ = ["register_pages"]
