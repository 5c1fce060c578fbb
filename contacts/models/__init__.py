"""The tables of contacts."""

from contacts.models.account import Account, AccountChange, AccountMember
from contacts.models.attribute import AttributeChange
from contacts.models.consent import Consent, ConsentChange, Suppression
from contacts.models.contact import Contact, Identifier
from contacts.models.contact_list import ContactList, ListMembership
from contacts.models.doorbell import Doorbell
from contacts.models.erasure import Erasure
from contacts.models.event import Event, Reaction, WatchedEvent
from contacts.models.funnel import Funnel
from contacts.models.history_run import HistoryRow, HistoryRun, HistoryState
from contacts.models.identity import IdentifierLink, Merge
from contacts.models.import_run import (
    ImportBatch,
    ImportChange,
    ImportMapping,
    ImportRow,
    ImportRun,
    RowState,
)
from contacts.models.inbox import InboxBody
from contacts.models.person import PersonModel
from contacts.models.plan import (
    PlannedEvent,
    PlannedProperty,
    PlanReaction,
    Repair,
    Replay,
    TrackingPlan,
    Violation,
)
from contacts.models.receipt import PayloadLimit, Receipt
from contacts.models.schema import EventType, EventVolume, PropertyType
from contacts.models.source import Source, SourceVolume, WriteKey
from contacts.models.work import Work

__all__ = [
    "Account",
    "AccountChange",
    "AccountMember",
    "AttributeChange",
    "Erasure",
    "Funnel",
    "HistoryRow",
    "HistoryRun",
    "HistoryState",
    "IdentifierLink",
    "Merge",
    "InboxBody",
    "PlannedEvent",
    "PlannedProperty",
    "PlanReaction",
    "Repair",
    "Replay",
    "TrackingPlan",
    "Violation",
    "PayloadLimit",
    "Receipt",
    "EventType",
    "EventVolume",
    "PropertyType",
    "Source",
    "SourceVolume",
    "WriteKey",
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
