"""The friend's own page: what he gets, and whether the advocate may see his first name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from referrals.models import Referral
from referrals.portal import entry
from referrals.portal.friends import find_friend, friend_context
from referrals.showing import show_friend
from referrals.texts import Texts, texts_for
from referrals.views.link import say, show
from referrals.views.requests import browser_locales
from referrals.wording import localized

PAGE = "referrals_friend_page"


def texts_of(request: HttpRequest, referral: Referral) -> Texts:
    """Speak the friend's language, or else the browser's."""
    locales = [referral.contact.locale, *browser_locales(request)]
    return texts_for(*locales, referral.program.locale)


@require_safe
def friend_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page; changes nothing."""
    referral = find_friend(token)
    if referral is None:
        return say(request, "unknown", status=404)
    texts = texts_of(request, referral)
    locales = [referral.contact.locale, *browser_locales(request)]
    program = localized(referral.program, *locales)
    context = {
        "token": token,
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "data_action": reverse("referrals_friend_data", args=[token]),
        "is_data_sent": request.GET.get("sent") == "data",
        **friend_context(referral, texts, now=timezone.now()),
    }
    return show(request, "referrals/friend.html", context)


@require_POST
def choose_naming(request: HttpRequest, token: str) -> HttpResponse:
    """Let the advocate see the friend's first name, or not any more."""
    referral = find_friend(token)
    if referral is None:
        return say(request, "unknown", status=404)
    show_friend(
        referral=referral,
        is_shown=request.POST.get("shown") == "1",
        statement=texts_of(request, referral).words["naming_show"],
        now=timezone.now(),
    )
    return redirect(f"{reverse(PAGE, args=[token])}#naming")


@require_POST
def want_data(request: HttpRequest, token: str) -> HttpResponse:
    """Send a link to the own data, to the address that we have."""
    referral = find_friend(token)
    if referral is None:
        return say(request, "unknown", status=404)
    entry.ask_for_data(
        contact=referral.contact,
        language=texts_of(request, referral).language,
        now=timezone.now(),
    )
    return redirect(f"{reverse(PAGE, args=[token])}?sent=data#data")
