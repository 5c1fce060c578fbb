"""
The page on which an ask is answered: yes, not now, never, or no more emails at all.

Mail scanners follow every link, so looking changes nothing: an answer is a press of a button,
which posts. The link itself is the proof of who answers; it needs no cookie.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django.views.generic import View

from campaigns.asks.answer import answer_ask
from campaigns.asks.facts import mark_intent, mark_viewed
from campaigns.flows.ladder import EMAIL, LABELS
from campaigns.messaging.links import ASK_PURPOSE, SAMPLE
from campaigns.messaging.unknown import NotUnknown, mark_arrived, unknown_messages
from campaigns.models import Answer, Ask
from campaigns.views.words import WORDS
from contacts import consents
from contacts.identities.whereabouts import present_id
from contacts.models import Consent
from contacts.models.consent import Channel, ConsentState
from contacts.tokens import BadToken, read_token
from referrals.advocates import enroll_advocates
from referrals.arrivals import Arrival
from referrals.intros.write import NotOffered, TooManyOpen, begin_intro
from referrals.links import share_url
from referrals.models import Advocate, AskPreference, Program
from referrals.pages import snooze_limits
from referrals.preferences import SnoozeOutOfRange, chosen_days
from referrals.robots import HUMAN, classify
from referrals.texts import Texts, texts_for
from referrals.traps import is_trapped
from referrals.views.requests import (
    browser_locales,
    client_address,
    keep_private,
)
from referrals.wording import localized, reworded

SNOOZE_CHOICES = (60, 75, 90)
# No answer to the ask: what the person wants of all our emails.
UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True)
class Choice:
    """A button: the answer, its label, and whether it stands out."""

    answer: str
    label: str
    is_main: bool


def find_ask(token: str) -> Ask | None:
    """Find the ask of a token; None if it is not one of ours or the ask is gone."""
    try:
        contact_id, ask_id = read_token(ASK_PURPOSE, token)
    except (BadToken, ValueError):
        return None
    asks = Ask.objects.select_related("contact", "campaign__program", "version").filter(
        contact__erased_at=None
    )
    found = asks.filter(contact_id=contact_id, pk=ask_id).first()
    # Who became a part of another took his asks along.
    return found or asks.filter(contact_id=present_id(contact_id), pk=ask_id).first()


def own_texts(request: HttpRequest, ask: Ask | None) -> Texts:
    """Speak the person's language, or else the browser's, in the program's own words."""
    program = ask.campaign.program if ask else None
    locales = own_locales(request, ask)
    language = texts_for(*locales, program.locale if program else "").language
    texts = Texts(language, WORDS[language])
    if program is None:
        return texts
    spoken = [tag for tag in locales if texts_for(tag).language == language]
    return reworded(texts, program, spoken[0] if spoken else program.locale)


def own_locales(request: HttpRequest, ask: Ask | None) -> list[str]:
    """List what the person reads, dearest first."""
    return [ask.contact.locale if ask else "", *browser_locales(request)]


@method_decorator(csrf_exempt, name="dispatch")
class AskPage(View):
    """Four answers, each as easy to give as the others."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show the question, or what was answered; changes nothing."""
        if token == SAMPLE:
            return show_sample(request)
        ask = find_ask(token)
        return show_ask(request, ask, token) if ask else show_bad(request)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Take the answer; a yes leads on to the share page."""
        if token == SAMPLE:
            return show_sample(request)
        ask = find_ask(token)
        if ask is None:
            return show_bad(request)
        answer = request.POST.get("answer", "")
        if answer not in (*Answer.values, UNSUBSCRIBE):
            return HttpResponse(
                "Unknown answer.", status=400, content_type="text/plain"
            )
        now = timezone.now()
        via = read_via(request.POST)
        note_person(ask, via=via, now=now)
        if answer == UNSUBSCRIBE:
            stop_mails(ask, now=now)
            return redirect("campaigns_ask", token=token)
        try:
            days = read_days(ask, request.POST, now=now)
        except SnoozeOutOfRange:
            page = reverse("campaigns_ask", args=[token])
            return redirect(f"{page}?answer=not_now&problem=day")
        answer_ask(ask=ask, answer=answer, snooze_days=days, via=via, now=now)
        if answer == Answer.YES:
            mark_intent(ask=ask, now=now)
            return redirect(page_after_yes(ask, now=now))
        return redirect("campaigns_ask", token=token)


@csrf_exempt
@require_POST
def ask_seen(request: HttpRequest, token: str) -> HttpResponse:
    """
    Note that a person looks at the page, as its script tells once a hand was there.

    Who walked into a trap lately is no person.
    """
    ask = find_ask(token)
    if ask is None:
        raise Http404
    now = timezone.now()
    verdict = classify(method="POST", headers=request.headers)
    arrival = Arrival(address=client_address(request), headers=request.headers)
    if verdict.kind == HUMAN and not is_trapped(
        contact_id=ask.contact_id, arrival=arrival, now=now
    ):
        note_person(ask, via=read_via(request.GET), now=now)
    return HttpResponse(status=204)


def note_person(ask: Ask, *, via: str, now: datetime) -> None:
    """
    Note that a person saw the ask, which proves that the message arrived by which he came.

    Of the mail, the link in a personal message says nothing.
    """
    mark_viewed(ask=ask, now=now)
    lost = unknown_messages().filter(
        contact_id=ask.contact_id, ask_id=ask.pk, channel=via
    )
    for message in lost.select_related("campaign"):
        try:
            mark_arrived(message=message, user=None, now=now)
        except NotUnknown:
            # Settled by somebody else in this very moment.
            continue


def share_page_of(ask: Ask, *, now: datetime) -> str:
    """Give the address of the person's share page, which exists from now on at the latest."""
    program = ask.campaign.program
    enroll_advocates(program=program, contact_ids=[ask.contact_id], now=now)
    advocate = Advocate.objects.get(contact_id=ask.contact_id, program=program)
    return share_url(ask.contact_id, advocate.pk)


def page_after_yes(ask: Ask, *, now: datetime) -> str:
    """Lead to an introduction, begun with the yes, where the program offers them; else to share."""
    page = share_page_of(ask, now=now)
    advocate = Advocate.objects.select_related("program").get(
        contact_id=ask.contact_id, program=ask.campaign.program
    )
    try:
        begin_intro(advocate=advocate, now=now)
    except (NotOffered, TooManyOpen):
        return page
    return f"{page}/introduce"


def read_via(told: QueryDict) -> str:
    """Read by which rung the person came to the page; a mail's link says nothing."""
    via = told.get("via", "")
    return via if via in LABELS else EMAIL


def read_days(ask: Ask, told: QueryDict, *, now: datetime) -> int:
    """
    Read for how long the person wants peace: until a day, for a length, or as usual.

    :raises SnoozeOutOfRange: if the day is none, or too soon or too late
    """
    is_not_now = told.get("answer") == Answer.NOT_NOW
    return chosen_days(
        until=told.get("until", "") if is_not_now else "",
        days=told.get("days", ""),
        usual=ask.version.definition["settings"]["snooze_days"],
        now=now,
    )


def stop_mails(ask: Ask, *, now: datetime) -> None:
    """Let no email leave for the person any more."""
    consents.withdraw(
        contact=ask.contact,
        source="ask_page",
        evidence={"causes": [ask.pk]},
        now=now,
    )


def is_unsubscribed(ask: Ask) -> bool:
    """Whether the person wants no emails."""
    withdrawn = Consent.objects.filter(
        contact_id=ask.contact_id,
        channel=Channel.EMAIL,
        state=ConsentState.WITHDRAWN,
    )
    return withdrawn.exists()


def show_ask(request: HttpRequest, ask: Ask, token: str) -> HttpResponse:
    """Show the question to the person."""
    texts = own_texts(request, ask)
    program = ask.campaign.program
    advocate = Advocate.objects.filter(contact_id=ask.contact_id, program=program)
    own_page = advocate.values_list("pk", flat=True).first()
    return show(
        request,
        texts,
        localized(program, *own_locales(request, ask)),
        token=token,
        chosen=request.GET.get("answer", ""),
        answered=say_answer(ask, texts),
        days=ask.version.definition["settings"]["snooze_days"],
        stopped=texts.words["unsubscribed"] if is_unsubscribed(ask) else "",
        own_page=share_url(ask.contact_id, own_page) if own_page else "",
    )


def say_answer(ask: Ask, texts: Texts) -> str:
    """Say what holds now: never, a snooze with its day, a yes; blank before any answer."""
    now = timezone.now()
    preference = AskPreference.objects.filter(contact_id=ask.contact_id).first()
    if preference and preference.never_since:
        return texts.words["never_done"]
    if preference and preference.snoozed_until and preference.snoozed_until > now:
        until = timezone.localdate(preference.snoozed_until)
        day = texts.day(until, today=timezone.localdate(now))
        return texts.say("snoozed", day=day)
    return texts.words["yes_done"] if ask.answer == Answer.YES else ""


def show(
    request: HttpRequest,
    texts: Texts,
    program: Program | None,
    *,
    token: str,
    chosen: str,
    answered: str,
    days: int,
    stopped: str = "",
    own_page: str = "",
) -> HttpResponse:
    """Render the page; the answer that was chosen in the mail stands out."""
    context = answer_context(
        texts,
        program,
        chosen=chosen,
        days=days,
        today=timezone.localdate(),
    ) | {
        "token": token,
        "via": request.GET.get("via", ""),
        "is_sample": token == SAMPLE,
        "answered": answered,
        "stopped": stopped,
        "own_page": own_page,
        "is_wrong_day": request.GET.get("problem") == "day",
    }
    return keep_private(render(request, "campaigns/answer.html", context))


def answer_context(
    texts: Texts, program: Program | None, *, chosen: str, days: int, today: date
) -> dict[str, Any]:
    """Write what ``campaigns/answer.html`` shows to anybody."""
    main = chosen if chosen in Answer.values else Answer.YES
    first, last = (today + timedelta(days=length) for length in snooze_limits())
    return {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "public_name": program.brand if program else "",
        "program": program,
        "choices": [
            Choice(answer, texts.words[answer], answer == main)
            for answer in ("yes", "not_now", "never")
        ],
        "snooze_choices": [
            (choice, texts.say("snooze_days", days=choice), choice == days)
            for choice in sorted({*SNOOZE_CHOICES, days})
        ],
        "snooze_first": first,
        "snooze_last": last,
        "snooze_range": texts.say(
            "pick_hint",
            first=texts.day(first, today=today),
            last=texts.day(last, today=today),
        ),
    }


def show_sample(request: HttpRequest) -> HttpResponse:
    """Show the page as a preview or a test leads to it."""
    return show(
        request,
        own_texts(request, None),
        None,
        token=SAMPLE,
        chosen=request.GET.get("answer", ""),
        answered="",
        days=75,
    )


def show_bad(request: HttpRequest) -> HttpResponse:
    """Say that the link is none of ours, or broken."""
    texts = own_texts(request, None)
    context = {
        "language": texts.language,
        "direction": texts.direction,
        "message_title": texts.words["bad_title"],
        "message_text": texts.words["bad_text"],
    }
    return keep_private(render(request, "referrals/message.html", context, status=404))
