"""What the pages of a product show beside an ask: ways to share in place, the public offer."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.emails.locales import direction
from campaigns.messaging.letters import find_advocates
from campaigns.messaging.links import links_for
from campaigns.models import Ask, InAppSite, Message
from campaigns.views.words import WORDS
from contacts.identities.whereabouts import present_id
from contacts.tokens import BadToken
from referrals.advocates import enroll_advocates
from referrals.intros.offers import setting_of
from referrals.intros.words import words_for
from referrals.links import link_url
from referrals.models import Advocate
from referrals.pages import BRANDS, share_message
from referrals.shares import UnknownShareChannel, record_share
from referrals.sharing import OPENERS
from referrals.sharing import Message as Shared
from referrals.texts import texts_for
from referrals.wording import localized

IN_APP = "in_app"
MODES = ("banner", "modal", "inline", "button")
LABELS = (
    *("yes", "not_now", "never", "close", "okay", "try_again"),
    *("your_link", "copy", "copied", "share", "share_native"),
)
MOST_OF_A_LOCALE = 35


def links_in_place(ask: Ask, message_id: int) -> dict[str, Any]:
    """Give the person's link, the apps that share it, and the page with all of them."""
    advocate = advocate_of(ask)
    texts = texts_for(ask.contact.locale)
    program = localized(advocate.program, ask.contact.locale)
    links = links_for(advocate, ask_id=ask.pk, message_id=message_id, via=IN_APP)
    channels = [
        {
            "channel": channel,
            "label": BRANDS.get(channel) or texts.words[channel],
            "url": opener(share_message(program, advocate.code, channel)),
        }
        for channel, opener in OPENERS.items()
    ]
    found: dict[str, Any] = {
        "link": links.link,
        "copied": link_url(advocate.code, "copy"),
        "native": link_url(advocate.code, "native"),
        "text": Shared(program.share_text, program.disclosure, "").written_out(),
        "share": links.share_page,
        "channels": channels,
    }
    if setting_of(advocate.program):
        found["introduce"] = {
            "label": words_for(texts.language).words["begin"],
            "url": f"{links.share_page}/introduce",
        }
    return found


def advocate_of(ask: Ask) -> Advocate:
    """Find the person as an advocate of the program; from now on at the latest he is one."""
    program, contact_id = ask.campaign.program, ask.contact_id
    enroll_advocates(program=program, contact_ids=[contact_id], now=timezone.now())
    return find_advocates([contact_id], [program.pk])[contact_id, program.pk]


def tell_shared(contact_id: int, message_id: int, body: dict[str, Any]) -> JsonResponse:
    """
    Record that the person shared the link where it was shown.

    :raises BadToken: if nobody was asked so, or said yes
    """
    message = (
        Message.objects.select_related("campaign__program")
        .filter(contact_id__in=[contact_id, present_id(contact_id)], pk=message_id)
        .first()
    )
    ask = (
        message
        and Ask.objects.filter(
            contact_id=message.contact_id, pk=message.ask_id or 0, answer="yes"
        )
        .select_related("campaign__program", "contact")
        .first()
    )
    if not ask:
        raise BadToken("expected somebody who said yes")
    channel = str(body.get("channel", ""))
    try:
        record_share(advocate=advocate_of(ask), channel=channel, now=timezone.now())
    except UnknownShareChannel as error:
        raise BadToken(str(error)) from error
    return JsonResponse({})


def offer_of(site: InAppSite, body: dict[str, Any]) -> dict[str, Any] | None:
    """Write what everybody may see of the site's program; None if there is nothing."""
    program = site.program
    if program is None or not program.is_running or site.disabled_at:
        return None
    texts = texts_for(str(body.get("locale", ""))[:MOST_OF_A_LOCALE], program.locale)
    spoken = localized(program, texts.language)
    return {
        "title": spoken.offer_headline,
        "text": spoken.offer_text,
        "disclosure": spoken.disclosure,
        "language": texts.language,
        "direction": direction(texts.language),
        "labels": {"close": WORDS[texts.language]["close"]},
        "url": entrance_url(),
        "button": texts.words["your_link"],
    }


@require_safe
def show_preview(request: HttpRequest) -> HttpResponse:
    """Show what a product would show, with words of ours: nobody is asked, nothing is sent."""
    language, mode = (request.GET.get(one, "") for one in ("language", "mode"))
    locale = language if language in WORDS else "en"
    context = {
        "mode": mode if mode in MODES else MODES[0],
        "language": locale,
        "direction": direction(locale),
        "sample": json.dumps(sample_of(locale)),
    }
    return render(request, "campaigns/in_app_preview.html", context)


def sample_of(locale: str) -> dict[str, Any]:
    """Write an ask as the script is told it, and what comes after a yes."""
    words = WORDS[locale]
    link = f"{settings.SITE_URL}/r/7kq2wxyz"
    return {
        "ask": {
            "token": "sample",
            "language": locale,
            "direction": direction(locale),
            "title": words["question"],
            "text": words["note"],
            "labels": {name: words[name] for name in LABELS},
        },
        "result": {
            **{"link": link, "copied": link, "native": link, "text": ""},
            "share": "#",
            "channels": [
                {"channel": channel, "label": label, "url": "#"}
                for channel, label in BRANDS.items()
            ],
        },
    }


def entrance_url() -> str:
    """Write the address where people ask for their own page."""
    return f"{settings.SITE_URL}{reverse('referrals_enter')}"
