"""The page behind the mailed link: whose address it is says the button, not the visit."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contacts.views.unsubscribe import mask_address
from referrals.intros.answer import AddressRefused, IntroOver, OwnIntro
from referrals.intros.confirming import (
    confirm,
    decline,
    find_confirmation,
)
from referrals.intros.offers import setting_of
from referrals.intros.words import words_for
from referrals.intros.write import intro_url
from referrals.models import Intro, IntroConfirmation
from referrals.texts import Texts
from referrals.views.intro import CONFIRMED, remember
from referrals.views.link import show
from referrals.views.requests import browser_locales
from referrals.wording import localized


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the address is his who opens the page; only a button changes anything."""
    found = find_confirmation(token)
    if found is None:
        texts = words_for(*browser_locales(request))
        return tell(request, texts, "gone", status=410)
    row, intro = found
    texts = words_for(*browser_locales(request), row.language)
    if not intro.is_open or setting_of(intro.program) is None:
        return tell(request, texts, "over", intro=intro)
    if request.method != "POST":
        return ask(request, texts, row, intro)
    if "no" in request.POST:
        decline(confirmation=row)
        return tell(request, texts, "declined", intro=intro)
    return take(request, texts, row, intro)


def ask(
    request: HttpRequest, texts: Texts, row: IntroConfirmation, intro: Intro
) -> HttpResponse:
    """Show the two buttons."""
    context = page_context(request, texts, intro) | {
        "text": texts.say(
            "confirm_text",
            address=mask_address(row.address),
            brand=intro.program.brand,
        ),
    }
    return show(request, "referrals/intro_confirm.html", context)


def take(
    request: HttpRequest, texts: Texts, row: IntroConfirmation, intro: Intro
) -> HttpResponse:
    """Take the friend's word, and show him what comes next."""
    try:
        confirm(confirmation=row, intro=intro, now=timezone.now())
    except IntroOver:
        return tell(request, texts, "over", intro=intro)
    except (OwnIntro, AddressRefused) as error:
        decline(confirmation=row)
        problem = "own" if isinstance(error, OwnIntro) else "refused"
        return tell(request, texts, "gone", intro=intro, text=f"error_{problem}")
    response = redirect(intro_url(intro))
    remember(request, response, "gl_intro", str(intro.pk))
    remember(request, response, CONFIRMED, row.digest)
    return response


def tell(
    request: HttpRequest,
    texts: Texts,
    what: str,
    *,
    intro: Intro | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    """Say one thing."""
    context = page_context(request, texts, intro) | {
        "message_title": texts.words[f"{what}_title"],
        "message_text": texts.words[text or f"{what}_text"],
    }
    return show(request, "referrals/message.html", context, status=status)


def page_context(
    request: HttpRequest, texts: Texts, intro: Intro | None
) -> dict[str, Any]:
    """Write what each of these pages needs."""
    program = localized(intro.program, *browser_locales(request)) if intro else None
    return {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand if program else "",
    }
