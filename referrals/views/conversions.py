"""The endpoint at which a shop's server reports sign-ups and orders."""

import json
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from referrals.attribution import NO_CLAIM, Outcome
from referrals.claims import REASONS
from referrals.conversions import (
    ItemRefused,
    NotANumber,
    parse_conversion,
    record_conversion,
)
from referrals.endpoint_keys import find_key

BODY_LIMIT = 1_000_000
ITEM_LIMIT = 500


class BodyRefused(ValueError):
    """The request as a whole can't be understood: the status, and what was expected."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@csrf_exempt
@require_POST
def take_conversions(request: HttpRequest) -> JsonResponse:
    """Record each event of the request that can be understood, and say what became of all."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not find_key(key.strip(), now=timezone.now()):
        answer = refusal(401, "Send a valid key as: Authorization: Bearer <key>")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    try:
        items = read_items(request)
    except BodyRefused as error:
        return refusal(error.status, error.message)
    results = [{"index": index, **take_item(item)} for index, item in enumerate(items)]
    accepted = sum(result["status"] != "refused" for result in results)
    return JsonResponse(
        {"accepted": accepted, "refused": len(results) - accepted, "results": results}
    )


def read_items(request: HttpRequest) -> list[Any]:
    """
    Read the body, bounded, as one event or a list of events.

    :raises BodyRefused: if it is too large, no JSON, or neither of the two
    """
    body = request.read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise BodyRefused(413, f"Expected at most {BODY_LIMIT:,} bytes.")
    try:
        items = json.loads(body, parse_constant=lambda name: NotANumber())
    except json.JSONDecodeError as error:
        raise BodyRefused(
            400,
            f"Expected JSON; line {error.lineno}, column {error.colno}: {error.msg}.",
        ) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise BodyRefused(400, "Expected JSON in UTF-8.") from error
    if isinstance(items, dict):
        return [items]
    if not isinstance(items, list):
        raise BodyRefused(400, "Expected an event or a list of events.")
    if len(items) > ITEM_LIMIT:
        raise BodyRefused(400, f"Expected at most {ITEM_LIMIT} events in a request.")
    return items


def take_item(item: Any) -> dict[str, Any]:
    """Record one event; a refused one leaves no trace."""
    now = timezone.now()
    try:
        conversion = parse_conversion(item, now=now)
        result = record_conversion(conversion=conversion, now=now)
    except ItemRefused as error:
        return {"status": "refused", "field": error.field, "reason": error.message}
    return {
        "status": "duplicate" if result.is_duplicate else "accepted",
        "event": conversion.event,
        "contact": "created" if result.is_new_contact else "found",
        "referral": describe(result.outcome),
    }


def describe(outcome: Outcome) -> dict[str, str]:
    """Say whether somebody is credited, and if not, why."""
    if outcome.status == NO_CLAIM:
        return {"status": NO_CLAIM, "reason": "No click_id and no code was sent."}
    if not outcome.reason:
        return {"status": outcome.status}
    sentence = REASONS[outcome.reason]
    return {
        "status": outcome.status,
        "code": outcome.reason,
        "reason": sentence if "{" not in sentence else sentence.split(":")[0] + ".",
    }


def refusal(status: int, message: str) -> JsonResponse:
    """Answer that the request as a whole is refused."""
    return JsonResponse({"error": message}, status=status)
