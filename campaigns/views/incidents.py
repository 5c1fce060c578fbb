"""The address at which another system, such as a monitor, opens and closes incidents."""

import json
import re
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audiences.models import Audience
from campaigns.guardrails.incident_keys import find_key
from campaigns.guardrails.incidents import (
    LONGEST_COOL_DOWN,
    AlreadyOpen,
    close_incident,
    open_incident,
)
from campaigns.models import Incident, IncidentKey

BODY_LIMIT = 20_000
LONGEST_TEXT = 200
# NUL, and halves of characters: JSON may name them, and no database keeps them.
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class CallRefused(ValueError):
    """The call can't be understood; the message says what was expected."""


@csrf_exempt
@require_POST
def take_incident(request: HttpRequest) -> JsonResponse:
    """Open or close an incident; the same call again changes nothing."""
    now = timezone.now()
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    key = find_key(text.strip(), now=now) if scheme.lower() == "bearer" else None
    if key is None:
        message = "Send a valid key as: Authorization: Bearer <key>"
        answer = JsonResponse({"error": message}, status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    try:
        call = read_call(request)
        return JsonResponse(act(call, key=key, now=now))
    except CallRefused as error:
        return JsonResponse({"error": str(error)}, status=400)


def read_call(request: HttpRequest) -> dict[str, Any]:
    """
    Read the body, bounded, as one object.

    :raises CallRefused: if it is too large, or no JSON object
    """
    body = request.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise CallRefused(f"Expected at most {BODY_LIMIT:,} bytes.")
    try:
        call = json.loads(body)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise CallRefused("Expected JSON in UTF-8.") from error
    if not isinstance(call, dict):
        raise CallRefused("Expected an object.")
    return call


def act(call: dict[str, Any], *, key: IncidentKey, now: datetime) -> dict[str, Any]:
    """
    Do what the call says: {"action": "open" or "close", "reference": …}.

    :raises CallRefused: if it can't be understood
    """
    reference = _text(call, "reference")
    if call.get("action") == "close":
        return _close(reference, now=now)
    if call.get("action") != "open":
        raise CallRefused('Expected "action" to be "open" or "close".')
    title = _text(call, "title") if "title" in call else reference
    hours = call.get("cool_down_hours", 0)
    is_whole = isinstance(hours, int) and not isinstance(hours, bool)
    if not is_whole or not 0 <= hours <= LONGEST_COOL_DOWN:
        raise CallRefused(
            f'Expected "cool_down_hours" to be a whole number from 0 to {LONGEST_COOL_DOWN}.'
        )
    try:
        incident = open_incident(
            title=title,
            user=None,
            now=now,
            scope=_scope(call),
            cool_down_hours=hours,
            key=key,
            reference=reference,
        )
    except AlreadyOpen:
        incident = Incident.objects.get(reference=reference, closed_at=None)
    return {"status": "open", "incident": incident.pk}


def _close(reference: str, *, now: datetime) -> dict[str, Any]:
    """Close the incident of that name; whether there is one or not."""
    found = Incident.objects.filter(reference=reference, closed_at=None).first()
    if found is None:
        return {"status": "closed", "incident": None}
    incident = close_incident(incident=found, user=None, now=now)
    ends_at = incident.ends_at.isoformat() if incident.ends_at else None
    return {"status": "closed", "incident": incident.pk, "ends_at": ends_at}


def _scope(call: dict[str, Any]) -> dict[str, Any] | None:
    """
    Say whom it concerns: the members of the audience that is named; everybody without one.

    :raises CallRefused: if there is no such audience
    """
    if "audience" not in call:
        return None
    name = _text(call, "audience")
    named = Audience.objects.filter(name=name, archived_at=None)
    audience = named.order_by("pk").first()
    if audience is None:
        raise CallRefused(f"There is no audience of the name {name!r}.")
    return {"kind": "audience", "audience": audience.pk, "operator": "in"}


def _text(call: dict[str, Any], name: str) -> str:
    """
    Read a text that must be there.

    :raises CallRefused: if it is none, or too long
    """
    found = call.get(name)
    if not isinstance(found, str) or not 0 < len(found.strip()) <= LONGEST_TEXT:
        raise CallRefused(
            f'Expected "{name}" to be a text of at most {LONGEST_TEXT} characters.'
        )
    if UNWRITABLE.search(found):
        raise CallRefused(f'Expected "{name}" to be text that can be kept.')
    return found.strip()
