"""What the mail provider tells of our mails; Anymail checks who speaks and reads it."""

from datetime import UTC, datetime
from typing import Any

from anymail.signals import EventType, RejectReason
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.asks.delivery import Told, note_told
from campaigns.channels.provider import TAG
from campaigns.models import MessageFact

Kind = MessageFact.Kind
KINDS = {
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.DEFERRED: Kind.DEFERRED,
    EventType.BOUNCED: Kind.BOUNCED,
    EventType.REJECTED: Kind.REJECTED,
    EventType.FAILED: Kind.REJECTED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
    EventType.OPENED: Kind.OPENED,
    EventType.CLICKED: Kind.CLICKED,
}
# Why a mail came back that will come back again.
FOR_GOOD = (RejectReason.BOUNCED, RejectReason.INVALID)
# Words with which providers say that an address fails for now only, and where they stand.
FOR_NOW = ("soft", "transient")
TYPES = ("Type", "type", "event")
# SparkPost says it by number.
FOR_GOOD_CLASSES = ("10", "30")


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def provider_webhook(request: HttpRequest) -> HttpResponse:
    """
    Take what the provider tells; twice, and it counts once.

    What can't be checked is refused with 400; an error of ours is one to the provider, too, who
    then comes again.
    """
    provider = settings.EMAIL_PROVIDER
    if not provider:
        raise Http404("No mail provider is set.")
    if request.method == "HEAD":
        # Some providers look whether anybody is there.
        return HttpResponse()
    reader: Any = import_string(settings.EMAIL_WEBHOOK)()
    reader.run_validators(request)
    told = [one for one in map(read_event, reader.parse_events(request)) if one]
    note_told(told, provider=provider, now=timezone.now())
    return HttpResponse()


def read_event(event: Any) -> Told | None:
    """Read one of Anymail's events; None if it is not about a mail of ours, or says nothing."""
    kind = KINDS.get(event.event_type)
    tag = (event.metadata or {}).get(TAG)
    if kind is None or not tag:
        return None
    if kind == Kind.BOUNCED and not _is_for_good(event):
        kind = Kind.BOUNCED_SOFT
    return Told(
        tag=str(tag),
        kind=kind,
        at=_aware(event.timestamp),
        event_id=f"{event.event_type}:{event.event_id}" if event.event_id else "",
        recipient=event.recipient or "",
        details=event.mta_response or event.description or event.click_url or "",
        user_agent=event.user_agent or "",
        says_machine=_says_machine(event.esp_event),
    )


def _is_for_good(event: Any) -> bool:
    """Whether the address does not work, and not only for now."""
    if event.reject_reason not in FOR_GOOD:
        return False
    raw = _fields(event.esp_event)
    if "bounce_class" in raw:
        return str(raw["bounce_class"]) in FOR_GOOD_CLASSES
    bounce = _fields(_fields(raw.get("data")).get("bounce"))
    words = [raw.get(name) for name in TYPES] + [bounce.get("type")]
    said = " ".join(str(word) for word in words).lower()
    return not any(word in said for word in FOR_NOW)


def _says_machine(raw: Any) -> bool:
    """Whether the provider says that no person was at it."""
    fields = _fields(raw)
    client = _fields(_fields(fields.get("event-data")).get("client-info"))
    return bool(client.get("bot")) or bool(fields.get("is_prefetched"))


def _fields(raw: Any) -> Any:
    """Give the fields of what a provider tells; SparkPost wraps them twice."""
    if not hasattr(raw, "get"):
        return {}
    wrapped = raw.get("msys")
    return next(iter(wrapped.values()), {}) if isinstance(wrapped, dict) else raw


def _aware(moment: datetime | None) -> datetime | None:
    """Read a time without a zone as UTC."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)
