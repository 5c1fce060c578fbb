"""
What a friend finds behind a link: the offer, or why there is none, and always a way on.

No link is a dead end. Whatever became of the advocate or the program, the friend is told so in
a kind sentence, and is shown the way to the shop.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from babel.core import get_global
from django.conf import settings
from django.urls import reverse

from contacts.models import Contact, Event
from referrals.cards import has_card, version_of
from referrals.event_names import ORDER_COMPLETED
from referrals.links import friend_url, link_url, place_of
from referrals.models import Advocate, Program
from referrals.pages import offer_context
from referrals.showing import shown_advocate
from referrals.texts import Texts, parse_locale
from referrals.traps import trap_url

RUNNING = "running"
OWN = "own"
CUSTOMER = "customer"
BLOCKED = "blocked"
ERASED = "erased"
# What says that somebody has bought before, in our word and in Segment's.
ORDERS = (ORDER_COMPLETED, "Order Completed")
# In these the friend is shown the way to the shop, without an offer.
WITHOUT_OFFER = (BLOCKED, ERASED, "ended", "expired", "paused", "spent")
STATES = {
    RUNNING: "The offer",
    OWN: "The advocate's own link",
    CUSTOMER: "Already a customer",
    "paused": "Paused",
    "spent": "Budget used up",
    "expired": "Expired",
    "ended": "Ended",
    BLOCKED: "Link blocked",
    ERASED: "The advocate was forgotten",
}


@dataclass(frozen=True)
class Tags:
    """What a link says about itself: channel, asset, and the word of a place."""

    channel: str = ""
    asset: str = ""
    place: str = ""


def state_of(advocate: Advocate, *, own_advocate_id: int, now: datetime) -> str:
    """
    Say what a friend finds; ``own_advocate_id`` is whose share page the browser has opened.

    At most three queries, and one if nothing is the matter.
    """
    if not Contact.objects.filter(pk=advocate.contact_id, erased_at=None).exists():
        return ERASED
    if own_advocate_id == advocate.pk:
        return OWN
    if advocate.blocked_at:
        return BLOCKED
    if stopped := advocate.program.stop_at(now):
        return stopped
    if own_advocate_id and has_ordered(own_advocate_id):
        return CUSTOMER
    return RUNNING


def has_ordered(advocate_id: int) -> bool:
    """Whether another advocate, whose browser this is, has bought before."""
    contacts = Advocate.objects.filter(pk=advocate_id).values("contact_id")
    return Event.objects.filter(contact_id__in=contacts, name__in=ORDERS).exists()


def way_on(advocate: Advocate, tags: Tags, *, click_id: str, language: str) -> str:
    """
    Write the address of the shop for a friend.

    :raises DestinationError: if it is not allowed (any more)
    """
    program = advocate.program
    return friend_url(
        program,
        click_id=click_id,
        channel=tags.channel,
        asset=tags.asset,
        place=place_of(program, tags.place),
        language=language,
    )


def friend_page(
    program: Program,
    advocate: Advocate,
    *,
    url: str,
    texts: Texts,
    tags: Tags,
    click_id: str = "",
    now: datetime,
) -> dict[str, object]:
    """Write what the page with the offer shows; ``program`` speaks the friend's language."""
    name = shown_advocate(advocate)
    ends = program.expires_at
    return {
        **offer_context(program, code=advocate.code, url=url, texts=texts),
        "intro": texts.say("friend_intro_named", name=name)
        if name
        else texts.words["friend_intro"],
        "expires": texts.say(
            "valid_until", day=texts.day(ends.date(), today=now.date())
        )
        if ends
        else "",
        "og_locale": og_locale(program.spoken or program.locale),
        "card_url": card_url(program),
        "page_url": link_url(advocate.code, tags.channel, place=tags.place),
        "trap_url": trap_url(advocate.contact_id),
        "link_code": advocate.code,
        "place": tags.place,
        "mail_query": query_of(tags),
        "click_id": click_id,
        "mail_consent": texts.say("mail_consent", brand=program.brand),
        "privacy_link": texts.say("privacy_link", brand=program.brand),
    }


def card_url(program: Program) -> str:
    """Write where the picture for a chat's card is; blank if there is nothing to show."""
    if not has_card(program):
        return ""
    locale = program.spoken or program.locale
    path = reverse("referrals_card", args=[program.pk, locale, version_of(program)])
    return f"{settings.SITE_URL}{path}"


def query_of(tags: Tags) -> str:
    """Write the tags of a link as its query, to come back to the same page."""
    named = {"c": tags.channel, "a": tags.asset, "p": tags.place}
    query = urlencode({name: value for name, value in named.items() if value})
    return f"?{query}" if query else ""


def og_locale(locale: str) -> str:
    """Write a locale as cards for links want it, with a country: de_DE; blank without one."""
    parsed = parse_locale(locale)
    if parsed is None:
        return ""
    likely = get_global("likely_subtags").get(parsed.language, "")
    territory = parsed.territory or likely.rpartition("_")[2]
    return f"{parsed.language}_{territory}" if territory else ""
