"""The tables of contacts."""

from contacts.models.consent import Consent, ConsentChange, Suppression
from contacts.models.contact import Contact, Identifier
from contacts.models.contact_list import ContactList, ListMembership
from contacts.models.doorbell import Doorbell
from contacts.models.event import Event, Reaction, WatchedEvent
from contacts.models.import_run import (
    ImportBatch,
    ImportChange,
    ImportMapping,
    ImportRow,
    ImportRun,
    RowState,
)
from contacts.models.person import PersonModel
from contacts.models.work import Work

__all__ = [
    "Consent",
    "ConsentChange",
    "Contact",
    "ContactList",
    "Doorbell",
    "Event",
    "Identifier",
    "ImportBatch",
    "ImportChange",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "ListMembership",
    "PersonModel",
    "Reaction",
    "RowState",
    "Suppression",
    "WatchedEvent",
    "Work",
]
