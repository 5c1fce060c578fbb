"""The advocate's own page: the link, ways to share it, what came of it, and a way out."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts import consents, tokens
from contacts.identities.whereabouts import present_id, stand_in_for
from referrals import preferences
from referrals.fraud.signals import note_browser
from referrals.intros.offers import setting_of
from referrals.intros.words import words_for
from referrals.links import SHARE_PURPOSE
from referrals.models import Advocate
from referrals.pages import share_context, snooze_context
from referrals.portal import entry
from referrals.portal.channels import UnknownChannel, set_channel
from referrals.portal.page import portal_context
from referrals.shares import UnknownShareChannel, record_share
from referrals.texts import Texts, texts_for
from referrals.views.link import OWN_COOKIE, say, show
from referrals.views.requests import browser_locales, client_address
from referrals.wording import localized

LINK_PROBLEMS = {"taken": "link_taken", "refused": "link_refused"}
OWN_COOKIE_SECONDS = 180 * 24 * 3600
# What the page says after a choice that it could not follow.
PROBLEMS = {"day": "snooze_range", "channel": "channel_silent"}


def find_page_owner(token: str) -> Advocate | None:
    """Find whose page a token opens; None if it is not one of ours or he is gone."""
    try:
        contact_id, advocate_id = tokens.read_token(SHARE_PURPOSE, token)
    except ValueError:
        return None
    advocates = Advocate.objects.select_related("program", "contact").filter(
        contact__erased_at=None
    )
    found = advocates.filter(contact_id=contact_id, pk=advocate_id).first()
    if found:
        return found
    present = present_id(contact_id)
    stand_in = stand_in_for(Advocate, present, advocate_id)
    return advocates.filter(contact_id=present, pk=stand_in).first()


def own_texts(request: HttpRequest, advocate: Advocate) -> Texts:
    """Speak the advocate's language, or else the browser's."""
    locales = [advocate.contact.locale, *browser_locales(request)]
    return texts_for(*locales, advocate.program.locale)


@require_safe
def share_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page; the browser is remembered as the advocate's own."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    now = timezone.now()
    locales = [advocate.contact.locale, *browser_locales(request)]
    program = localized(advocate.program, *locales)
    texts = own_texts(request, advocate)
    snooze = snooze_context(program, texts, today=timezone.localdate(now))
    problem = PROBLEMS.get(request.GET.get("problem", ""), "")
    context = {
        "token": token,
        **share_context(
            program,
            code=advocate.code,
            first_name=advocate.contact.first_name,
            texts=texts,
        ),
        "introduce": words_for(texts.language).words
        if setting_of(advocate.program)
        else None,
        **snooze,
        **portal_context(advocate, texts, now=now),
        "problem": snooze["snooze_range"]
        if problem == "snooze_range"
        else texts.words.get(problem, ""),
        "name_shown": advocate.name_shown_at is not None,
        "link_problem": texts.words.get(
            LINK_PROBLEMS.get(request.GET.get("link", ""), ""), ""
        ),
        "is_data_sent": request.GET.get("sent") == "data",
    }
    response = show(request, "referrals/share.html", context)
    response.set_signed_cookie(
        OWN_COOKIE,
        str(advocate.pk),
        salt=OWN_COOKIE,
        max_age=OWN_COOKIE_SECONDS,
        path="/r/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@require_POST
def tell_share(request: HttpRequest, token: str) -> HttpResponse:
    """Record that the advocate copied or shared the link."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    channel = request.POST.get("channel", "")
    try:
        record_share(advocate=advocate, channel=channel, now=timezone.now())
    except UnknownShareChannel as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    # Whoever shares is the advocate; a friend from the same browser may be he himself.
    note_browser(
        contact_id=advocate.contact_id,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:400],
        now=timezone.now(),
    )
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    return redirect("referrals_share_page", token=token)


@require_POST
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Do what the advocate wants about being asked, then show the page again."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    now = timezone.now()
    choice = request.POST.get("choice", "")
    contact_id = advocate.contact_id
    mark = "asking"
    if choice == "not_now":
        try:
            days = preferences.chosen_days(
                until=request.POST.get("until", ""),
                days=request.POST.get("days", ""),
                usual=advocate.program.snooze_days,
                now=now,
            )
        except preferences.SnoozeOutOfRange:
            return back_to(token, mark, problem="day")
        preferences.snooze(contact_id=contact_id, days=days, now=now)
    elif choice == "never":
        preferences.never(contact_id=contact_id, now=now)
    elif choice == "resume":
        preferences.resume(contact_id=contact_id, now=now)
    elif choice == "unsubscribe":
        consents.withdraw(contact=advocate.contact, source="share_page", now=now)
    else:
        return HttpResponse("Unknown choice.", status=400, content_type="text/plain")
    return back_to(token, mark)


@require_POST
def switch_channel(request: HttpRequest, token: str) -> HttpResponse:
    """Turn a channel on or off, then show the page again."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    try:
        is_done = set_channel(
            contact=advocate.contact,
            channel=request.POST.get("channel", ""),
            is_on=request.POST.get("to") == "on",
            now=timezone.now(),
        )
    except UnknownChannel as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    return back_to(token, "channels", problem="" if is_done else "channel")


@require_POST
def want_data(request: HttpRequest, token: str) -> HttpResponse:
    """Send a link to the own data, to the address that we have."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    entry.ask_for_data(
        contact=advocate.contact,
        language=texts_for(*browser_locales(request)).language,
        now=timezone.now(),
    )
    return back_to(token, "data", sent="data")


def back_to(token: str, mark: str, **told: str) -> HttpResponse:
    """Lead back to a part of the page, with what it has to say."""
    page = reverse("referrals_share_page", args=[token])
    query = urlencode({name: value for name, value in told.items() if value})
    return redirect(f"{page}{f'?{query}' if query else ''}#{mark}")
