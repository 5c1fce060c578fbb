"""Configuration of the site app, which holds the commands that run everything."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig

# Whose tables nobody edits: the queue would run any function that is named there, and locked
# out visitors come in again by themselves.
WITHOUT_PAGES = ("django_q", "axes")


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

    def ready(self) -> None:
        """Collect the pages of all apps, and take away those that are for nobody."""
        super().ready()
        for label in WITHOUT_PAGES:
            for model in apps.get_app_config(label).get_models():
                if admin.site.is_registered(model):
                    admin.site.unregister(model)
