"""Configuration of the site app, which holds the commands that run everything."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class SiteConfig(AppConfig):
    """The site; it has no tables."""

    name = "config"
    label = "greenlight"
    verbose_name = "Greenlight"

    def ready(self) -> None:
        """Make the checks known."""
        import_module("config.safety")


class AdminConfig(DjangoAdminConfig):
    """Django's admin, served by our site class."""

    default_site = "contacts.site.GreenlightSite"
