"""What a request says about its sender, without taking his word for it."""

from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation.trans_real import parse_accept_lang_header

from contacts.views.strict import be_strict
from referrals.texts import Texts, texts_for

Answer = TypeVar("Answer", bound=HttpResponseBase)


def client_address(request: HttpRequest) -> str:
    """
    Name the address of the sender.

    Only as many proxies as the settings name are believed, counted from our side.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    hops = [
        hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")
    ]
    return hops[-settings.TRUSTED_PROXIES :][0] or direct


def browser_texts(request: HttpRequest) -> Texts:
    """Choose the language that the browser asks for."""
    return texts_for(*browser_locales(request))


def browser_locales(request: HttpRequest) -> list[str]:
    """List what the browser asks for, dearest first."""
    header = request.headers.get("Accept-Language", "")[:500]
    return [tag for tag, _ in parse_accept_lang_header(header)]


def keep_private(response: Answer) -> Answer:
    """Let nobody keep, list or pass on the address of a personal page, nor run in it."""
    be_strict(response)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
