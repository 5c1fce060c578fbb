"""What the Debugger shows: read from the address, so that a view can be shared."""

from dataclasses import dataclass

from django.http import QueryDict

from contacts.addresses import normalize_address
from contacts.models import Contact, EventType, Identifier, Receipt, Source
from contacts.receipts import ReceiptFilter

KINDS = {
    "track": "Track",
    "identify": "Identify",
    "page": "Page",
    "screen": "Screen",
    "group": "Group",
    "alias": "Alias",
}
FLAGS = {
    "duplicate": "Arrived more than once",
    "untrusted": "Pays no reward, not trusted",
    "clamped": "From the future",
    "undated": "Without a usable time",
    "oversize": "Larger than 32 KB",
    "repaired": "Held what can't be stored",
    "generated_id": "Without a message ID",
    "long_id": "Message ID too long",
    "historical": "Historical",
}
# The names that a text field proposes; all others can be typed.
NAMES_PROPOSED = 200
MOST_DIGITS = 18


@dataclass(frozen=True)
class Wish:
    """What the address asks for, as it was typed, and as a filter."""

    filter: ReceiptFilter
    source: str = ""
    kind: str = ""
    state: str = ""
    flag: str = ""
    name: str = ""
    q: str = ""
    person: str = ""
    # Somebody was named whom nobody knows; then nothing can be found.
    is_unknown_person: bool = False


def read_wish(query: QueryDict) -> Wish:
    """Read what to show; what makes no sense narrows nothing."""
    typed = {
        name: query.get(name, "").replace("\0", "").strip()[:200]
        for name in ("source", "kind", "state", "flag", "name", "q", "person")
    }
    contact = find_person(typed["person"]) if typed["person"] else None
    source_id = read_id(typed["source"])
    wanted = ReceiptFilter(
        source_id=source_id,
        kind=typed["kind"] if typed["kind"] in KINDS else "",
        state=typed["state"] if typed["state"] in Receipt.State.values else "",
        flag=typed["flag"] if typed["flag"] in FLAGS else "",
        name=typed["name"],
        text=typed["q"],
        contact=contact,
    )
    unknown = bool(typed["person"]) and contact is None
    return Wish(wanted, **typed, is_unknown_person=unknown)


def read_id(text: str | None) -> int | None:
    """Read an id from the address; None if it is none."""
    is_id = text and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if text and is_id else None


def find_person(text: str) -> Contact | None:
    """Find who is named exactly so: an address, a user id or an anonymous id."""
    values = {text, normalize_address(text)}
    found = (
        Identifier.objects.filter(value__in=values)
        .select_related("contact")
        .order_by("kind", "pk")
        .first()
    )
    return found.contact if found else None


def list_sources() -> list[tuple[str, str]]:
    """List the sources to choose from."""
    rows = Source.objects.order_by("name", "pk").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows]


def list_names() -> list[str]:
    """List the event names that come most often."""
    names = EventType.objects.exclude(name="").order_by("-count", "pk")
    return sorted(set(names.values_list("name", flat=True)[:NAMES_PROPOSED]))
