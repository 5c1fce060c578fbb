"""Ways into the own page without a password, and to the own data."""

import logging
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from contacts.addresses import normalize_address
from contacts.erasure.asking import AlreadyForgotten, request_erasure
from contacts.erasure.handover import write_everything
from contacts.identities.whereabouts import present_id
from contacts.models import Contact
from contacts.tokens import BadToken
from referrals.models import Advocate, Program
from referrals.portal import entry
from referrals.texts import Texts, texts_for
from referrals.views.link import say, show
from referrals.views.requests import (
    browser_locales,
    browser_texts,
    client_address,
    keep_private,
)
from referrals.visits import hash_of

logger = logging.getLogger(__name__)

# Addresses that may be typed from one network within ten minutes.
MOST_TRIES = 5
TRY_SECONDS = 600


def spend_try(request: HttpRequest) -> bool:
    """Take one of the tries that a network has; False if there is none left."""
    key = f"referrals.entries.{hash_of('entries', client_address(request))}"
    cache.add(key, 0, TRY_SECONDS)
    try:
        return cache.incr(key) <= MOST_TRIES
    except ValueError:
        logger.debug("The count of tries had just run out.")
        return True


def brand_of(request: HttpRequest) -> Program | None:
    """Choose whose look the page has: the program that is named, or the newest that runs."""
    named = request.GET.get("program", "")
    programs = Program.objects.all()
    if named.isascii() and named.isdigit() and len(named) < 19:
        return programs.filter(pk=int(named)).first()
    return programs.running().order_by("-created_at", "-pk").first()


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """
    Take an address and send its owner the way to his page.

    The answer is the same for every address, known or not.
    """
    texts = browser_texts(request)
    program = brand_of(request)
    context = page_context(texts, program)
    if request.method != "POST":
        return show(request, "referrals/enter.html", context)
    address = normalize_address(request.POST.get("email", "")[:254])
    try:
        validate_email(address)
    except ValidationError:
        context |= {"error": texts.words["entry_wrong"], "address": address}
        return show(request, "referrals/enter.html", context)
    if not spend_try(request):
        return say(request, "wait", status=429, program=program)
    entry.ask_for_page(address=address, language=texts.language, now=timezone.now())
    context |= {
        "message_title": texts.words["entry_sent_title"],
        "message_text": texts.words["entry_sent_text"],
    }
    return show(request, "referrals/message.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def own_data(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the two buttons; hand everything over, or forget the person."""
    now = timezone.now()
    texts = browser_texts(request)
    try:
        contact_id = entry.read_data_token(token, now=now)
    except BadToken:
        return say(request, "unknown", status=404)
    except entry.LinkExpired:
        return tell(request, texts, None, "data_expired", status=410)
    contact = Contact.objects.filter(pk=present_id(contact_id), erased_at=None).first()
    if contact is None:
        return tell(request, texts, None, "deleted")
    texts = texts_for(contact.locale, *browser_locales(request))
    newest = Advocate.objects.filter(contact=contact).select_related("program")
    last = newest.order_by("-joined_at", "-pk").first()
    program = last.program if last else None
    if request.method == "POST":
        return act(request, contact, texts, program, now=now)
    return show(request, "referrals/own_data.html", page_context(texts, program))


def act(
    request: HttpRequest,
    contact: Contact,
    texts: Texts,
    program: Program | None,
    *,
    now: datetime,
) -> HttpResponseBase:
    """Do what the pressed button says."""
    action = request.POST.get("action", "")
    if action == "download":
        return hand_over(contact, now=now)
    if action != "delete" or "sure" not in request.POST:
        return HttpResponse("Unknown choice.", status=400, content_type="text/plain")
    try:
        request_erasure(
            contact=contact,
            never_again=True,
            statement="Asked for on the own page",
            user=None,
            now=now,
        )
    except AlreadyForgotten:
        logger.info("Somebody asked twice to be forgotten.")
    return tell(request, texts, program, "deleted")


def hand_over(contact: Contact, *, now: datetime) -> HttpResponseBase:
    """Send everything that is known of a person."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write_everything(file, contact, now=now)
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename="my-data.zip")
    keep_private(response)
    return response


def page_context(texts: Texts, program: Program | None) -> dict[str, Any]:
    """Write what each of these pages needs."""
    return {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand if program else "",
    }


def tell(
    request: HttpRequest,
    texts: Texts,
    program: Program | None,
    what: str,
    *,
    status: int = 200,
) -> HttpResponse:
    """Say one thing."""
    context = page_context(texts, program) | {
        "message_title": texts.words[f"{what}_title"],
        "message_text": texts.words[f"{what}_text"],
    }
    return show(request, "referrals/message.html", context, status=status)
