"""A contact named "due" is work; having done it makes it "done"."""

from importlib import import_module

from django.apps import AppConfig


class ChoresConfig(AppConfig):
    name = "tests.config.chores"

    def ready(self):
        import_module("tests.config.chores.tasks").register()
