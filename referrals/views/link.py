"""The referral link: a recorded visit, then the shop."""

import logging
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from referrals.links import (
    DestinationError,
    clean_channel,
    find_advocate,
    friend_url,
)
from referrals.models import Advocate, Program
from referrals.pages import offer_context
from referrals.texts import texts_for
from referrals.views.requests import (
    browser_locales,
    browser_texts,
    client_address,
    keep_private,
)
from referrals.visits import Arrival, hash_of, record_visit
from referrals.wording import localized

logger = logging.getLogger(__name__)

# Set on the share page, so that an advocate who tries the own link is told apart.
OWN_COOKIE = "gl_own"
# Codes that nobody has, per address and minute. A person mistypes once or twice.
MISSES_ALLOWED = 20
MISS_SECONDS = 60


@require_safe
def follow_link(request: HttpRequest, code: str) -> HttpResponse:
    """
    Record the visit and lead the friend on; a trouble of ours doesn't stop the friend.

    A code that nobody has gets a friendly page, and an address that tries many has to wait.
    """
    misses = f"referrals.misses.{hash_of('misses', client_address(request))}"
    if cache.get(misses, 0) >= MISSES_ALLOWED:
        return say(request, "wait", status=429)
    advocate = find_advocate(code)
    if advocate is None:
        cache.add(misses, 0, MISS_SECONDS)
        count_miss(misses)
        return say(request, "unknown", status=404)
    channel = request.GET.get("c", "")[:20]
    click_id = record_safely(request, advocate, channel)
    return lead_on(request, advocate, click_id=click_id, channel=channel)


def count_miss(key: str) -> None:
    """Count one more miss; a count that has just run out is simply gone."""
    try:
        cache.incr(key)
    except ValueError:
        logger.debug("The count of misses had run out.")


def record_safely(request: HttpRequest, advocate: Advocate, channel: str) -> str:
    """Record the visit; blank instead of a click id if that fails."""
    arrival = Arrival(
        method=str(request.method),
        address=client_address(request),
        headers=request.headers,
        channel=channel,
        is_own_browser=is_own_browser(request, advocate),
    )
    try:
        visit = record_visit(advocate=advocate, arrival=arrival, now=timezone.now())
    except DatabaseError:
        logger.exception("A visit was not recorded.")
        return ""
    return visit.click_id


def is_own_browser(request: HttpRequest, advocate: Advocate) -> bool:
    """Whether this browser has opened the advocate's share page."""
    own = request.get_signed_cookie(OWN_COOKIE, default="", salt=OWN_COOKIE)
    return own == str(advocate.pk)


def lead_on(
    request: HttpRequest, advocate: Advocate, *, click_id: str, channel: str
) -> HttpResponse:
    """Answer with the way to the shop, or with the page that the program shows first."""
    program = advocate.program
    tag = clean_channel(channel)
    try:
        if not program.is_running:
            url = friend_url(program, click_id="", channel=tag)
            return say(request, "ended", url=url, program=program)
        url = friend_url(program, click_id=click_id, channel=tag)
    except DestinationError:
        logger.warning("A program leads to a destination that is not allowed.")
        return say(request, "broken", status=503)
    if program.landing == Program.Landing.OFFER:
        return show_offer(request, advocate, url)
    response = HttpResponse(status=302, headers={"Location": iri_to_uri(url)})
    keep_private(response)
    # The shop learns where the friend comes from by the tags, not by the code.
    response["Referrer-Policy"] = "no-referrer"
    return response


def show_offer(request: HttpRequest, advocate: Advocate, url: str) -> HttpResponse:
    """Show what the friend gets, and the code for another device."""
    locales = browser_locales(request)
    context = offer_context(
        localized(advocate.program, *locales),
        code=advocate.code,
        url=url,
        texts=texts_for(*locales, advocate.program.locale),
    )
    return show(request, "referrals/offer.html", context)


def say(
    request: HttpRequest,
    kind: str,
    *,
    status: int = 200,
    url: str = "",
    program: Program | None = None,
) -> HttpResponse:
    """Show a page with a title and a sentence, and the way on if there is one."""
    texts = browser_texts(request)
    return show(
        request,
        "referrals/message.html",
        {
            "language": texts.language,
            "direction": texts.direction,
            "program": program,
            "public_name": program.brand if program else "",
            "message_title": texts.words[f"{kind}_title"],
            "message_text": texts.words[f"{kind}_text"],
            "url": url,
            "button": texts.words["visit_us"],
        },
        status=status,
    )


def show(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a public page."""
    return keep_private(render(request, template, context, status=status))
