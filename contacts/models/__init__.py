"""The tables of contacts."""

from contacts.models.consent import Consent, ConsentChange, Suppression
from contacts.models.contact import Contact, Identifier
from contacts.models.contact_list import ContactList, ListMembership
from contacts.models.doorbell import Doorbell
from contacts.models.event import Event, Reaction, WatchedEvent
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
    "ListMembership",
    "PersonModel",
    "Reaction",
    "Suppression",
    "WatchedEvent",
    "Work",
]
