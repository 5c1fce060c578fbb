"""The advocate's page of introductions: the note, ways to take it along, what came of others."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from referrals.intros.offers import setting_of
from referrals.intros.words import words_for
from referrals.intros.write import (
    Note,
    NotOffered,
    TooManyOpen,
    begin_intro,
    complete,
    intro_url,
    intros_of,
    name_advocate,
    note_of,
    written_mail,
)
from referrals.models import Advocate, Intro, Referral
from referrals.sharing import Message, mailto
from referrals.showing import shown_friends
from referrals.texts import Texts
from referrals.views.link import say, show
from referrals.views.requests import browser_locales
from referrals.views.share import find_page_owner
from referrals.wording import localized

PAGE = "referrals_introduce"
MOST_CHARACTERS = 5_000
# The newest are shown; nobody reads further.
SHOWN = 20
KINDS = {"eml": "message/rfc822", "txt": "text/plain; charset=utf-8"}


def own_words(request: HttpRequest, advocate: Advocate) -> Texts:
    """Speak the advocate's language, or else the browser's."""
    return words_for(*locales_of(request, advocate), advocate.program.locale)


def locales_of(request: HttpRequest, advocate: Advocate) -> list[str]:
    """List the languages of the advocate, and then of the browser."""
    return [advocate.contact.locale, *browser_locales(request)]


@require_safe
def introduce_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the note of the introduction that waits, and the others; changes nothing."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    if setting_of(advocate.program) is None:
        return redirect("referrals_share_page", token=token)
    texts = own_words(request, advocate)
    locales = locales_of(request, advocate)
    program = localized(advocate.program, *locales)
    intros = intros_of(advocate)
    waiting = next((one for one in intros if one.is_open), None)
    context = {
        "token": token,
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "intro": waiting,
        "is_full": "full" in request.GET,
        "lines": tell_all(intros[:SHOWN], texts),
        **(note_context(waiting, advocate, locales) if waiting else {}),
    }
    return show(request, "referrals/introduce.html", context)


def note_context(
    intro: Intro, advocate: Advocate, locales: Sequence[str]
) -> dict[str, Any]:
    """Write the note, and the address that opens it in the advocate's mail program."""
    note = note_of(intro, advocate, *locales)
    if note is None:
        return {}
    opened = Message(note.text, "", "", note.subject)
    return {"note": note, "mailto": mailto(opened), "link": intro_url(intro)}


def tell_all(intros: Sequence[Intro], texts: Texts) -> list[str]:
    """Say how introductions stand; one query for the names of those who agreed to be named."""
    friends = [one.friend_contact_id for one in intros if one.friend_contact_id]
    programs = {one.program_id for one in intros}
    referrals = Referral.objects.filter(contact_id__in=friends, program_id__in=programs)
    names = shown_friends(referrals) if friends else {}
    return [
        tell(one, texts, names.get(one.friend_contact_id or 0, "")) for one in intros
    ]


def tell(intro: Intro, texts: Texts, name: str = "") -> str:
    """Say how an introduction stands; a no, and who it was, only if the friend lets us."""
    written = timezone.localdate(intro.written_at)
    day = texts.day(written, today=timezone.localdate(timezone.now()))
    if intro.accepted_at and name:
        return texts.say("accepted_named", day=day, name=name)
    if intro.accepted_at:
        return texts.say("accepted", day=day)
    if intro.closed_at and intro.tells_advocate:
        return texts.say("closed", day=day)
    return texts.say("waiting", day=day)


@require_POST
def begin(request: HttpRequest, token: str) -> HttpResponse:
    """Begin an introduction; the friend may see the first name if the advocate says so."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    another = "another" in request.POST
    page = reverse(PAGE, args=[token])
    try:
        intro, is_new = begin_intro(
            advocate=advocate, another=another, now=timezone.now()
        )
    except NotOffered:
        return redirect("referrals_share_page", token=token)
    except TooManyOpen:
        return redirect(f"{page}?full=1")
    if is_new and "name" in request.POST:
        name_advocate(
            intro=intro,
            shows_name=True,
            statement=own_words(request, advocate).words["name"],
            now=timezone.now(),
        )
    return redirect(page)


@require_POST
def set_name(request: HttpRequest, token: str) -> HttpResponse:
    """Let the friend's page name the advocate, or not."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    waiting = next((one for one in intros_of(advocate) if one.is_open), None)
    if waiting:
        name_advocate(
            intro=waiting,
            shows_name="name" in request.POST,
            statement=own_words(request, advocate).words["name"],
            now=timezone.now(),
        )
    return redirect(PAGE, token=token)


@require_POST
def download(request: HttpRequest, token: str) -> HttpResponse:
    """Give back the note as it was edited, as a file; nothing of it is kept."""
    advocate = find_page_owner(token)
    kind = request.POST.get("kind", "")
    if advocate is None or kind not in KINDS:
        return say(request, "unknown", status=404)
    waiting = next((one for one in intros_of(advocate) if one.is_open), None)
    locales = locales_of(request, advocate)
    written = waiting and note_of(waiting, advocate, *locales)
    if not waiting or not written:
        return redirect(PAGE, token=token)
    note = edited(request, written)
    text = complete(
        note.text,
        {
            "link": intro_url(waiting),
            "disclosure": localized(advocate.program, *locales).disclosure,
        },
    )
    content = (
        written_mail(note.subject, text)
        if kind == "eml"
        else f"{note.subject}\r\n\r\n{text}\r\n".encode()
    )
    response = HttpResponse(content, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="introduction.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


def edited(request: HttpRequest, written: Note) -> Note:
    """Read the note as the advocate has changed it."""
    subject = request.POST.get("subject", "").replace("\0", "")[:200].strip()
    text = request.POST.get("note", "").replace("\0", "")[:MOST_CHARACTERS].strip()
    return Note(subject or written.subject, text or written.text, written.language)
