"""The friend's page of an introduction: who thought of him, a time, a yes, a no."""

from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts.addresses import normalize_address
from referrals.arrivals import hash_of
from referrals.intros.answer import (
    AddressRefused,
    Friend,
    IntroOver,
    OwnIntro,
    accept_intro,
    close_intro,
    find_intro,
    reopen_intro,
)
from referrals.intros.confirming import ask_to_confirm, digest_of, forget
from referrals.intros.fields import fill
from referrals.intros.offers import (
    booking_token,
    calendar_url,
    setting_of,
    text_for,
    values_for,
)
from referrals.intros.words import words_for
from referrals.models import Intro, IntroText
from referrals.texts import Texts
from referrals.views.link import count_miss, say, show
from referrals.views.requests import browser_locales, client_address
from referrals.wording import localized

PAGE = "referrals_intro"
ADDRESS_LENGTH = 254
NAME_LENGTH = 80
# The address that was confirmed in this browser, as a keyed hash.
CONFIRMED = "gl_confirmed"
# Addresses that may be typed from one network in an hour.
TRIES_ALLOWED = 20
TRY_SECONDS = 3600
YEAR = 365 * 24 * 3600


def cookie_of(intro: Intro) -> str:
    """Name the cookie with which a browser remembers a no to all of a program."""
    return f"gl_no_intro_{intro.program_id}"


@require_safe
def intro_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the introduction is about; changes nothing."""
    intro = find_intro(token)
    if intro is None:
        return say(request, "unknown", status=404)
    return show_intro(request, intro, token)


def show_intro(
    request: HttpRequest,
    intro: Intro,
    token: str,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the page in the state that it is in, in the language of the browser."""
    locales = browser_locales(request)
    texts = page_words(request, intro)
    setting = setting_of(intro.program)
    text = text_for(intro.program, *locales, texts.language)
    if setting is None or text is None:
        return say(request, "ended", program=intro.program)
    program = localized(intro.program, *locales)
    setting.program = program
    values = values_for(setting)
    name = intro.contact.first_name.strip() if intro.shows_name else ""
    is_known = intro.contact.erased_at is None and bool(name)
    state = state_of(request, intro)
    context: dict[str, Any] = {
        "token": token,
        "state": state,
        "language": texts.language,
        "direction": texts.direction,
        "text_language": text.locale,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "headline": texts.say("by_name", name=name)
        if is_known
        else texts.words["by_somebody"],
        "paragraph": fill(text.paragraph, values),
        "opt_in": fill(text.opt_in, values),
        "text": text,
        "product": setting.product,
        "disclosure": program.disclosure,
        "disclosure_language": program.spoken or program.locale,
        "privacy": texts.say("privacy", brand=program.brand),
        "done": texts.say(
            "done_text" if setting.calendar_url else "done_plain", rep=values["rep"]
        ),
        "calendar": calendar_url(setting, booking_token(intro)),
        "error": texts.words[f"error_{error}"] if error else "",
        "error_field": error,
        "given": request.POST if error else {},
    }
    return show(request, "referrals/intro.html", context, status=status)


def page_words(request: HttpRequest, intro: Intro) -> Texts:
    """Speak the first language of the browser that we speak, or else the program's."""
    return words_for(*browser_locales(request), intro.program.locale)


def state_of(request: HttpRequest, intro: Intro) -> str:
    """Say what the friend is shown: the question, what comes next, thanks, closed or over."""
    refused = request.get_signed_cookie(cookie_of(intro), default=None)
    if intro.accepted_at:
        mine = request.get_signed_cookie("gl_intro", default=None)
        return "done" if mine == str(intro.pk) else "over"
    if refused is not None:
        return "closed" if intro.closed_at else "refused"
    if intro.closed_at:
        return "over"
    return "sent" if "sent" in request.GET else "open"


def spend_try(request: HttpRequest) -> bool:
    """Take one of the tries that a network has; False if there is none left."""
    key = f"referrals.intros.{hash_of('intros', client_address(request))}"
    if cache.get(key, 0) >= TRIES_ALLOWED:
        return False
    cache.add(key, 0, TRY_SECONDS)
    count_miss(key)
    return True


@require_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """
    Take what the friend typed, and mail him the way to confirm it.

    The answer is the same for every address. Only where this browser has confirmed it before,
    it is taken at once.
    """
    intro = find_intro(token)
    if intro is None:
        return say(request, "unknown", status=404)
    text = agreed_text(request, intro)
    problem = problem_of(request, text)
    if problem:
        return show_intro(request, intro, token, error=problem, status=422)
    if text is None or setting_of(intro.program) is None:
        return redirect(PAGE, token=token)
    if not spend_try(request):
        return say(request, "wait", status=429, program=intro.program)
    friend, now = read_friend(request, intro), timezone.now()
    try:
        if is_confirmed_here(request, friend):
            return take_word(request, intro, token, friend=friend, text=text)
        ask_to_confirm(intro=intro, friend=friend, text=text, now=now)
    except IntroOver:
        return redirect(PAGE, token=token)
    return redirect(f"{reverse(PAGE, args=[token])}?sent=1")


def is_confirmed_here(request: HttpRequest, friend: Friend) -> bool:
    """Whether the owner of the address has pressed the mailed button in this browser."""
    known = request.get_signed_cookie(CONFIRMED, default=None)
    return known is not None and known == digest_of(friend.email)


def take_word(
    request: HttpRequest, intro: Intro, token: str, *, friend: Friend, text: IntroText
) -> HttpResponse:
    """
    Accept at once: the address is known to be his who sits here.

    :raises IntroOver: if the introduction was answered before
    """
    problem = ""
    try:
        accept_intro(intro=intro, friend=friend, text=text, now=timezone.now())
    except OwnIntro:
        problem = "own"
    except AddressRefused:
        problem = "refused"
    if problem:
        return show_intro(request, intro, token, error=problem, status=422)
    forget(intro)
    response = redirect(PAGE, token=token)
    remember(request, response, "gl_intro", str(intro.pk))
    return response


def agreed_text(request: HttpRequest, intro: Intro) -> IntroText | None:
    """Find the version of the text that stood on the page."""
    number = request.POST.get("text", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    return IntroText.objects.filter(program=intro.program, pk=int(number)).first()


def problem_of(request: HttpRequest, text: IntroText | None) -> str:
    """Say what is wrong with the form; blank if nothing is."""
    if not is_address(request.POST.get("email", "")):
        return "email"
    return "agree" if "agree" not in request.POST or text is None else ""


def is_address(text: str) -> bool:
    """Whether it is an email address."""
    try:
        validate_email(text.strip())
    except ValidationError:
        return False
    return "\0" not in text and len(normalize_address(text)) <= ADDRESS_LENGTH


def read_friend(request: HttpRequest, intro: Intro) -> Friend:
    """Read what the friend says about himself."""
    first, last = (
        request.POST.get(name, "").replace("\0", "").strip()[:NAME_LENGTH]
        for name in ("first_name", "last_name")
    )
    return Friend(
        request.POST["email"].strip(),
        first,
        last,
        page_words(request, intro).language,
        shows_name="named" in request.POST,
    )


@require_POST
def close(request: HttpRequest, token: str) -> HttpResponse:
    """Take a no, for this and for all introductions of the program."""
    intro = find_intro(token)
    if intro is None:
        return say(request, "unknown", status=404)
    email = request.POST.get("email", "").strip()
    response = redirect(PAGE, token=token)
    try:
        refusal = close_intro(
            intro=intro,
            tells_advocate="tell" in request.POST,
            email=email if is_address(email) else "",
            now=timezone.now(),
        )
    except IntroOver:
        return response
    remember(
        request, response, cookie_of(intro), str(refusal.pk) if refusal else "none"
    )
    return response


@require_POST
def undo(request: HttpRequest, token: str) -> HttpResponse:
    """Take a no back, in the browser that gave it."""
    intro = find_intro(token)
    if intro is None:
        return say(request, "unknown", status=404)
    response = redirect(PAGE, token=token)
    refused = request.get_signed_cookie(cookie_of(intro), default=None)
    if refused is not None:
        number = int(refused) if refused.isdecimal() else None
        reopen_intro(intro=intro, refusal_id=number)
        response.delete_cookie(cookie_of(intro), path="/i/", samesite="Lax")
    return response


def remember(
    request: HttpRequest, response: HttpResponse, name: str, value: str
) -> None:
    """Let the browser remember what its person answered, on these pages only."""
    response.set_signed_cookie(
        name,
        value,
        max_age=YEAR,
        path="/i/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
