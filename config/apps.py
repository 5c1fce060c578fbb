"""Configuration of the site app, which holds the commands that run everything."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The site; it has no tables."""

    name = "config"
    label = "greenlight"
    verbose_name = "Greenlight"
