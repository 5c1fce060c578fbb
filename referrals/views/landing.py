"""What can be pressed on the page behind a link, and the trap that nobody sees."""

import re

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from contacts.tokens import BadToken, read_token
from referrals.cards import draw_card, version_of
from referrals.landing import RUNNING, state_of, way_on
from referrals.links import DestinationError
from referrals.models import Advocate, Program
from referrals.offer_mails import Wish, ask_for_mail
from referrals.robots import HUMAN, classify
from referrals.texts import texts_for
from referrals.traps import PURPOSE, walk_in
from referrals.views.link import (
    OWN_COOKIE,
    arrival_of,
    count_miss,
    find_patiently,
    own_advocate_id,
    say,
    show_offer,
    tags_of,
)
from referrals.views.look import FOR_EVER
from referrals.views.requests import browser_locales
from referrals.wording import localized

CLICK_ID = re.compile(r"[A-Za-z0-9_-]{22}")
# Mails that one address may ask for in an hour.
WISHES_ALLOWED = 5
WISH_SECONDS = 3600


@csrf_exempt
@require_POST
def mail_offer(request: HttpRequest, code: str) -> HttpResponse:
    """
    Send the offer to the address that a friend typed, and say the same to everybody.

    There is no cookie that a form could be forged for: the form itself says all.
    """
    advocate = find_patiently(request, code)
    if isinstance(advocate, HttpResponse):
        return advocate
    now = timezone.now()
    if state_of(advocate, own_advocate_id=0, now=now) != RUNNING:
        return redirect("referrals_link", code=code)
    texts = texts_for(*browser_locales(request), advocate.program.locale)
    address = request.POST.get("address", "").strip()[:254]
    arrival = arrival_of(request)
    if "agreed" not in request.POST:
        return _show_again(request, advocate, address, texts.words["mail_unticked"])
    click_id = request.POST.get("click", "")
    wish = Wish(
        address=address,
        texts=texts,
        tags=tags_of(request),
        visitor_key=arrival.visitor_key,
        click_id=click_id if CLICK_ID.fullmatch(click_id) else "",
    )
    is_person = classify(method="POST", headers=request.headers).kind == HUMAN
    wishes = f"referrals.wishes.{arrival.address_hash}"
    try:
        if is_person and cache.get(wishes, 0) < WISHES_ALLOWED:
            ask_for_mail(advocate=advocate, wish=wish, now=now)
    except ValidationError:
        return _show_again(request, advocate, address, texts.words["mail_invalid"])
    cache.add(wishes, 0, WISH_SECONDS)
    count_miss(wishes)
    page = request.get_full_path().replace("/mail", "", 1)
    return say(
        request,
        "mail_done",
        url=page,
        program=advocate.program,
        button=texts.words["mail_back"],
    )


def _show_again(
    request: HttpRequest, advocate: Advocate, address: str, problem: str
) -> HttpResponse:
    """Show the page with what is wrong with the form."""
    try:
        url = way_on(
            advocate,
            tags_of(request),
            click_id="",
            language="",
        )
    except DestinationError:
        return say(request, "broken", status=503)
    return show_offer(
        request,
        advocate,
        url,
        mail_problem=problem,
        mail_address=address,
    )


@csrf_exempt
@require_POST
def disown(request: HttpRequest, code: str) -> HttpResponse:
    """Forget that this browser opened an advocate's page: somebody else sits here now."""
    response = redirect(f"/r/{code}")
    if own_advocate_id(request):
        response.delete_cookie(OWN_COOKIE, path="/r/", samesite="Lax")
    return response


@require_safe
def show_card(
    request: HttpRequest, program: int, locale: str, version: str
) -> HttpResponse:
    """Answer with the picture that chats show for the links of a program."""
    found = Program.objects.filter(pk=program).first()
    if found is None:
        raise Http404("There is no such program.")
    spoken = localized(found, locale)
    response = HttpResponse(draw_card(spoken), content_type="image/png")
    is_current = version == version_of(spoken)
    response["Cache-Control"] = FOR_EVER if is_current else "no-cache"
    return response


@require_safe
def walk_into_trap(request: HttpRequest, token: str) -> HttpResponse:
    """Note who follows a link that no person sees; to a person it says so, and does nothing."""
    try:
        contact_id = read_token(PURPOSE, token)[0]
    except (BadToken, ValueError):
        return say(request, "unknown", status=404)
    walk_in(contact_id=contact_id, arrival=arrival_of(request), now=timezone.now())
    return say(request, "trap")
