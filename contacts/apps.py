"""Configuration of the app."""

from importlib import import_module

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """The app and its name in the sidebar."""

    name = "contacts"
    verbose_name = "People"

    def ready(self) -> None:
        """Make the checks and the background work known."""
        from contacts.consents import OWN_EVENTS  # noqa: PLC0415 - needs models
        from contacts.models.event import CONTACT_CHANGED, CONTACT_REMADE  # noqa: PLC0415 - needs models
        from contacts.tracking.trust import register_reserved  # noqa: PLC0415 - needs models

        register_reserved(CONTACT_CHANGED, CONTACT_REMADE, *OWN_EVENTS)
        import_module("contacts.sharding")
        import_module("contacts.identities.check")
        import_module("contacts.identities.combine").register()
        import_module("contacts.drain.slices")
        import_module("contacts.imports.slices")
        import_module("contacts.histories.slices")
        import_module("contacts.erasure.slices")
        import_module("contacts.identities.slices")
        import_module("contacts.observed")
        import_module("contacts.replays")
