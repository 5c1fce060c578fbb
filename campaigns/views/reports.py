"""
What another system tells of the messages that it delivers for us.

It posts, with the secret of its connection and signed as what it gets from us::

    {"type": "message.delivered" | "message.failed" | "message.unsubscribed",
     "timestamp": …, "data": {"message": the webhook-id that it got, "details": …}}

Its own ``webhook-id`` names the report: twice, and it counts once. The order does not matter.
"""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.asks.delivery import Told, note_told
from campaigns.models import Connection, Message, MessageFact, MessageTag
from contacts.outgoing.signed import secrets_of
from contacts.outgoing.signing import BadSignature, check_signature
from contacts.sealed import NotOpened

Kind = MessageFact.Kind
KINDS = {
    "message.delivered": Kind.DELIVERED,
    "message.failed": Kind.REJECTED,
    "message.unsubscribed": Kind.UNSUBSCRIBED,
}
MOST_BYTES = 16_384


@csrf_exempt
@require_POST
def take_reports(request: HttpRequest, key: str) -> JsonResponse:
    """Take one report; what is signed by nobody we know is refused with 401."""
    now = timezone.now()
    connection = Connection.objects.filter(key=key).first()
    body = request.read(MOST_BYTES + 1)
    if connection is None or len(body) > MOST_BYTES:
        return JsonResponse({"error": "Unknown, or too large."}, status=400)
    try:
        known = secrets_of(connection, now=now)
        name = check_signature(known, headers=request.headers, body=body, now=now)
    except (BadSignature, NotOpened) as error:
        return JsonResponse({"error": str(error)}, status=401)
    told = read_report(body, name)
    if told is None or not _is_of(connection, told.tag):
        return JsonResponse({"error": "It tells of no message of ours."}, status=400)
    is_new = note_told([told], provider=f"connection {connection.pk}", now=now)
    return JsonResponse({"counted": bool(is_new)})


def read_report(body: bytes, name: str) -> Told | None:
    """Read a report; None if it is none."""
    try:
        report = json.loads(body)
    except (ValueError, RecursionError):
        return None
    data = report.get("data") if isinstance(report, dict) else None
    kind = KINDS.get(str(report.get("type"))) if isinstance(data, dict) else None
    if kind is None or not isinstance(data, dict):
        return None
    return Told(
        tag=str(data.get("message", ""))[:40],
        kind=kind,
        at=_moment(report.get("timestamp")),
        event_id=f"{kind}:{name}",
        details=str(data.get("details") or "")[:2_000],
    )


def _moment(text: Any) -> datetime | None:
    """Read when it happened; None if it does not say."""
    try:
        found = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _is_of(connection: Connection, tag: str) -> bool:
    """Whether a message went by the connection: nobody tells of another's."""
    named = MessageTag.objects.filter(tag=tag).first()
    if named is None:
        return False
    own = Message.objects.filter(contact_id=named.contact_id, pk=named.message_id)
    return own.filter(connection=connection).exists()
