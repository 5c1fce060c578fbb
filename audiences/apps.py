"""Configuration of the app."""

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "audiences"
    verbose_name = "Audiences"
