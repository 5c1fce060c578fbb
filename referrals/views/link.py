"""The referral link: a recorded visit, then the shop, or what the friend is shown first."""

import logging
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from referrals.arrivals import Arrival, hash_of
from referrals.fraud.known import AD_PARAMETERS
from referrals.landing import (
    CUSTOMER,
    ERASED,
    OWN,
    WITHOUT_OFFER,
    Tags,
    friend_page,
    state_of,
    way_on,
)
from referrals.links import (
    DestinationError,
    clean_channel,
    clean_word,
    find_advocate,
    read_mailed_at,
    share_url,
)
from referrals.models import Advocate, Program
from referrals.pages import share_context
from referrals.robots import PREVIEW, classify
from referrals.texts import texts_for
from referrals.views.requests import (
    browser_locales,
    browser_texts,
    client_address,
    keep_private,
)
from referrals.visits import record_visit
from referrals.waiting_visits import judge_before
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
    advocate = find_patiently(request, code)
    if isinstance(advocate, HttpResponse):
        return advocate
    state = state_of(
        advocate, own_advocate_id=own_advocate_id(request), now=timezone.now()
    )
    click_id = ""
    if state != ERASED:
        click_id = record_safely(request, advocate)
    if state == OWN:
        return show_own(request, advocate)
    if state == CUSTOMER:
        return show_customer(request, advocate)
    try:
        return lead_on(request, advocate, state, click_id=click_id)
    except DestinationError:
        logger.warning("A program leads to a destination that is not allowed.")
        return say(request, "broken", status=503)


def find_patiently(request: HttpRequest, code: str) -> Advocate | HttpResponse:
    """Find whose link it is, or answer that nobody's is; who tries many has to wait."""
    misses = f"referrals.misses.{hash_of('misses', client_address(request))}"
    if cache.get(misses, 0) >= MISSES_ALLOWED:
        return say(request, "wait", status=429)
    advocate = find_advocate(code)
    if advocate is None:
        cache.add(misses, 0, MISS_SECONDS)
        count_miss(misses)
        return say(request, "unknown", status=404)
    return advocate


def count_miss(key: str) -> None:
    """Count one more miss; a count that has just run out is simply gone."""
    try:
        cache.incr(key)
    except ValueError:
        logger.debug("The count of misses had run out.")


def tags_of(request: HttpRequest) -> Tags:
    """Read what the link says about itself."""
    return Tags(
        channel=clean_channel(request.GET.get("c", "")[:20]),
        asset=clean_word(request.GET.get("a", "")[:40]),
        place=clean_word(request.GET.get("p", "")[:40]),
    )


def arrival_of(request: HttpRequest, advocate: Advocate | None = None) -> Arrival:
    """Take down what the request says about who makes it."""
    tags = tags_of(request)
    return Arrival(
        method=str(request.method),
        address=client_address(request),
        headers=request.headers,
        channel=tags.channel,
        asset=tags.asset,
        place=tags.place,
        mailed_at=read_mailed_at(request.GET.get("m", "")[:8]),
        ad_parameter=next((name for name in AD_PARAMETERS if name in request.GET), ""),
        is_own_browser=advocate is not None and own_advocate_id(request) == advocate.pk,
    )


def record_safely(request: HttpRequest, advocate: Advocate) -> str:
    """Record the visit behind those that still wait; blank instead of a click id if that fails."""
    try:
        judge_before(advocate.contact_id, now=timezone.now())
        visit = record_visit(
            advocate=advocate,
            arrival=arrival_of(request, advocate),
            now=timezone.now(),
        )
    except DatabaseError:
        logger.exception("A visit was not recorded.")
        return ""
    return visit.click_id


def own_advocate_id(request: HttpRequest) -> int:
    """Say whose share page this browser has opened; 0 for nobody's."""
    own = request.get_signed_cookie(OWN_COOKIE, default="", salt=OWN_COOKIE) or ""
    return int(own) if own.isdecimal() else 0


def lead_on(
    request: HttpRequest, advocate: Advocate, state: str, *, click_id: str
) -> HttpResponse:
    """
    Answer with the way to the shop, or with what the friend is shown first.

    :raises DestinationError: if the destination is not allowed (any more)
    """
    program, tags = advocate.program, tags_of(request)
    is_offered = state not in WITHOUT_OFFER
    url = way_on(
        advocate,
        tags,
        click_id=click_id if is_offered else "",
        language=browser_texts(request).language,
    )
    if not is_offered:
        return say(request, state, url=url, program=program)
    if program.landing == Program.Landing.OFFER or makes_card(request):
        return show_offer(request, advocate, url, click_id=click_id)
    response = HttpResponse(status=302, headers={"Location": iri_to_uri(url)})
    keep_private(response)
    # The shop learns where the friend comes from by the tags, not by the code.
    response["Referrer-Policy"] = "no-referrer"
    return response


def makes_card(request: HttpRequest) -> bool:
    """Whether an app asks that will show a card for the link: it shall show the offer."""
    verdict = classify(method=str(request.method), headers=request.headers)
    return verdict.kind == PREVIEW and bool(request.headers.get("User-Agent"))


def show_offer(
    request: HttpRequest,
    advocate: Advocate,
    url: str,
    *,
    click_id: str = "",
    **more: Any,
) -> HttpResponse:
    """Show what the friend gets, and the code for another device."""
    locales = browser_locales(request)
    context = friend_page(
        localized(advocate.program, *locales),
        advocate,
        url=url,
        texts=texts_for(*locales, advocate.program.locale),
        tags=tags_of(request),
        click_id=click_id,
        now=timezone.now(),
    )
    return show(request, "referrals/offer.html", context | more)


def show_own(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """Tell the advocate that this is the own link, and how to share it."""
    locales = [advocate.contact.locale, *browser_locales(request)]
    context = share_context(
        localized(advocate.program, *locales),
        code=advocate.code,
        first_name=advocate.contact.first_name,
        texts=texts_for(*locales),
    )
    context["share_page"] = share_url(advocate.contact_id, advocate.pk)
    context["link_code"] = advocate.code
    return show(request, "referrals/own_link.html", context)


def show_customer(request: HttpRequest, advocate: Advocate) -> HttpResponse:
    """Tell a customer that the offer is for others, and show the way to the own link."""
    own = Advocate.objects.get(pk=own_advocate_id(request))
    texts = browser_texts(request)
    return say(
        request,
        CUSTOMER,
        url=share_url(own.contact_id, own.pk),
        program=advocate.program,
        button=texts.words["customer_button"],
    )


def say(
    request: HttpRequest,
    kind: str,
    *,
    status: int = 200,
    url: str = "",
    program: Program | None = None,
    button: str = "",
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
            "button": button or texts.words["visit_us"],
        },
        status=status,
    )


def show(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a public page."""
    return keep_private(render(request, template, context, status=status))
