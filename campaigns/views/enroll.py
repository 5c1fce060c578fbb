"""The endpoint at which another program lets people into a campaign."""

import re
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.engine.by_hand import NotRunning, enroll_one
from campaigns.models import Campaign
from contacts.identities.find import owners_of, wanted_identifiers
from referrals.endpoint_keys import find_key
from referrals.views.conversions import BodyRefused, read_items, refusal

LONGEST_KEY = 200
# NUL, and halves of characters: JSON may name them, and no database keeps them.
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
# As for events: what lies before it is a mistake, and some of it no database can keep.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RequestRefused(ValueError):
    """An entry can't be understood: the field, and what was expected."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@csrf_exempt
@require_POST
def enroll_people(request: HttpRequest, pk: int) -> JsonResponse:
    """Let in each contact that is named, and say what became of all."""
    now = timezone.now()
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not find_key(key.strip(), now=now):
        answer = refusal(401, "Send a valid key as: Authorization: Bearer <key>")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    campaign = Campaign.objects.filter(pk=pk).first()
    if campaign is None:
        return refusal(404, f"Expected the number of a campaign; got {pk}.")
    try:
        items = read_items(request)
        results = [
            {"index": index, **take_item(campaign, item, now)}
            for index, item in enumerate(items)
        ]
    except BodyRefused as error:
        return refusal(error.status, error.message)
    except NotRunning as error:
        return refusal(409, str(error))
    return JsonResponse({"results": results})


def take_item(campaign: Campaign, item: Any, now: datetime) -> dict[str, Any]:
    """Let in one contact; the same key again gives the same answer."""
    try:
        contact_id, key, at = read_item(item, now)
    except RequestRefused as error:
        return {"status": "invalid", "field": error.field, "reason": error.message}
    status, reason = enroll_one(
        campaign=campaign, contact_id=contact_id, key=key, at=at, now=now
    )
    return {"status": status, **({"reason": reason} if reason else {})}


def read_item(item: Any, now: datetime) -> tuple[int, str, datetime]:
    """
    Read contact, key and time.

    :raises RequestRefused: if a field is missing or names nobody
    """
    if not isinstance(item, dict):
        raise RequestRefused("", "Expected an object with a key and a contact.")
    key, email, user_id = (_text(item, name) for name in ("key", "email", "user_id"))
    if not key or len(key) > LONGEST_KEY:
        raise RequestRefused(
            "key",
            "Expected a key of your own for this request, such as an order number.",
        )
    if not email and not user_id:
        raise RequestRefused("email", "Expected an email or a user_id.")
    owners = owners_of(wanted_identifiers(email, user_id))
    if len(owners) > 1:
        raise RequestRefused(
            "user_id", "The email and the user_id name two different people."
        )
    if not owners:
        raise RequestRefused("email", "Nobody is known by this. Send an event first.")
    return owners.pop(), key, _time(item.get("at"), now)


def _text(item: dict[str, Any], name: str) -> str:
    """Read a text; a whole number is one, too."""
    content = item.get(name, "")
    if type(content) is int:
        content = str(content)
    if not isinstance(content, str) or UNWRITABLE.search(content):
        raise RequestRefused(name, "Expected a text.")
    return content.strip()


def _time(content: Any, now: datetime) -> datetime:
    """Read when it was; now if nothing is said."""
    if content is None:
        return now
    try:
        at = parse_datetime(content) if isinstance(content, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not EPOCH <= at <= now:
        raise RequestRefused("at", "Expected a time of the past with its zone.")
    return at
