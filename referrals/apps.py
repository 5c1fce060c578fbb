"""Configuration of the app."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "referrals"
    verbose_name = "Referrals"
