"""Configuration of the app."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "campaigns"
    verbose_name = "Campaigns"
