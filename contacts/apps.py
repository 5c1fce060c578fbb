"""Configuration of the app."""

from functools import partial
from importlib import import_module

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "contacts"
    verbose_name = "People"

    def ready(self) -> None:
        """Make the checks and the background work of imports known."""
        import_module("contacts.sharding")
        from contacts.background import Slice, register_slice, work_backlog  # noqa: PLC0415 - needs models
        from contacts.imports.retention import purge_backlog  # noqa: PLC0415 - needs models
        from contacts.models import ImportRun  # noqa: PLC0415 - needs models

        register_slice(
            Slice(
                name="contacts.imports",
                label="Import contacts",
                task="contacts.tasks.advance_imports",
                due=partial(work_backlog, ImportRun),
            )
        )
        register_slice(
            Slice(
                name="contacts.old_imports",
                label="Delete old import files",
                task="contacts.tasks.purge_imports",
                due=purge_backlog,
            )
        )
