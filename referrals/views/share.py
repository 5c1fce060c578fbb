"""The advocate's own page: the link, ways to share it, what came of it, and a way out."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts import consents, tokens
from contacts.identities.whereabouts import present_id, stand_in_for
from contacts.models import Consent, Event
from contacts.models.consent import Channel, ConsentState
from referrals import preferences
from referrals.event_names import REFERRAL_LEAD, REFERRAL_WON
from referrals.intros.offers import setting_of
from referrals.intros.words import words_for
from referrals.links import SHARE_PURPOSE
from referrals.models import Advocate, AskPreference, Program
from referrals.pages import share_context, snooze_context
from referrals.shares import UnknownShareChannel, record_share
from referrals.texts import Texts, texts_for
from referrals.views.link import OWN_COOKIE, say, show
from referrals.views.requests import browser_locales
from referrals.wording import localized

OWN_COOKIE_SECONDS = 180 * 24 * 3600
# The newest are shown; nobody reads further.
NEWS_LIMIT = 50


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


@require_safe
def share_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page; the browser is remembered as the advocate's own."""
    advocate = find_page_owner(token)
    if advocate is None:
        return say(request, "unknown", status=404)
    now = timezone.now()
    locales = [advocate.contact.locale, *browser_locales(request)]
    program = localized(advocate.program, *locales)
    texts = texts_for(*locales, advocate.program.locale)
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
        "news": news_of(advocate, texts, now),
        **snooze_context(advocate.program, texts),
        **preference_context(advocate, texts, now),
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
    if choice == "not_now":
        days = snooze_days(request.POST.get("days", ""), advocate.program)
        preferences.snooze(contact_id=contact_id, days=days, now=now)
    elif choice == "never":
        preferences.never(contact_id=contact_id, now=now)
    elif choice == "resume":
        preferences.resume(contact_id=contact_id, now=now)
    elif choice == "unsubscribe":
        consents.withdraw(contact=advocate.contact, source="share_page", now=now)
    else:
        return HttpResponse("Unknown choice.", status=400, content_type="text/plain")
    page = reverse("referrals_share_page", args=[token])
    return redirect(f"{page}#asking")


def snooze_days(text: str, program: Program) -> int:
    """Read how long the advocate wants peace; the program's length if he says nothing."""
    is_choice = text.isascii() and text.isdigit() and len(text) < 4
    days = int(text) if is_choice else program.snooze_days
    return days if days in preferences.SNOOZE_DAYS else program.snooze_days


def news_of(advocate: Advocate, texts: Texts, now: datetime) -> list[str]:
    """Say what friends did, newest first, without saying who they are."""
    sentences = {REFERRAL_LEAD: "friend_joined", REFERRAL_WON: "friend_ordered"}
    events = Event.objects.filter(
        contact_id=advocate.contact_id,
        name__in=sentences,
        properties__program_id=advocate.program_id,
    ).order_by("-occurred_at", "-pk")[:NEWS_LIMIT]
    today = timezone.localdate(now)
    return [
        texts.say(
            sentences[event.name],
            day=texts.day(timezone.localdate(event.occurred_at), today=today),
        )
        for event in events
    ]


def preference_context(
    advocate: Advocate, texts: Texts, now: datetime
) -> dict[str, Any]:
    """Say what the advocate chose about being asked, and what he may choose."""
    preference = AskPreference.objects.filter(contact_id=advocate.contact_id).first()
    is_unsubscribed = Consent.objects.filter(
        contact_id=advocate.contact_id,
        channel=Channel.EMAIL,
        state=ConsentState.WITHDRAWN,
    ).exists()
    chosen = ""
    if preference and preference.never_since:
        chosen = texts.words["never_done"]
    elif preference and preference.snoozed_until and preference.snoozed_until > now:
        until = timezone.localdate(preference.snoozed_until)
        day = texts.day(until, today=timezone.localdate(now))
        chosen = texts.say("snoozed", day=day)
    return {"chosen": chosen, "is_unsubscribed": is_unsubscribed}
