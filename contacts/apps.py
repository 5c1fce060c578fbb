"""Configuration of the app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "contacts"
    verbose_name = "People"
