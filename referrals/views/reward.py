"""The page of one reward: where a gift is sent, and who gets the money instead."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from referrals.links import friend_page_url, share_url
from referrals.models import Advocate, Referral, Reward, Role
from referrals.portal.standing import reward_line
from referrals.rewards.claiming import (
    LENGTHS,
    AddressWrong,
    address_of,
    asks_address,
    charities_for,
    find_reward,
    give_address,
    read_address,
)
from referrals.rewards.delivering import NotDelivered, choose_charity
from referrals.texts import Texts, texts_for
from referrals.views.link import say, show
from referrals.views.requests import browser_locales
from referrals.wording import localized

PAGE = "referrals_reward_page"
LONGEST = max(LENGTHS.values())


def texts_of(request: HttpRequest, reward: Reward) -> Texts:
    """Speak the person's language, or else the browser's."""
    locales = [reward.contact.locale, *browser_locales(request)]
    return texts_for(*locales, reward.program.locale)


@require_safe
def reward_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the reward is and what can be said of it; changes nothing."""
    reward = find_reward(token)
    if reward is None:
        return say(request, "unknown", status=404)
    return show_reward(request, reward, token)


def show_reward(
    request: HttpRequest,
    reward: Reward,
    token: str,
    *,
    wrong: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the page, with what is wrong with the address if something is."""
    texts = texts_of(request, reward)
    locales = [reward.contact.locale, *browser_locales(request)]
    program = localized(reward.program, *locales)
    context = {
        "token": token,
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "public_name": program.brand,
        "line": reward_line(reward, texts, timezone.now()),
        "home": home_of(reward),
        "is_late": "late" in request.GET,
        "charities": charities_for(reward),
        "charity": reward.charity,
        **(
            address_context(request, reward, texts, wrong)
            if asks_address(reward)
            else {}
        ),
    }
    return show(request, "referrals/claim.html", context, status=status)


def address_context(
    request: HttpRequest, reward: Reward, texts: Texts, wrong: list[str] | None
) -> dict[str, Any]:
    """
    Write the form of the address.

    What was given before is only named in part: who forwards a mail forwards the link.
    """
    known = address_of(reward)
    name = f"{reward.contact.first_name} {reward.contact.last_name}".strip()
    given = {
        field: request.POST.get(field, "")[:LONGEST] for field in (*LENGTHS, "country")
    }
    country = reward.contact.attributes.get("country", "")
    usual = {"name": name, "country": country if isinstance(country, str) else ""}
    return {
        "asks_address": True,
        "known": texts.say(
            "address_known",
            name=known.name,
            city=known.city,
            country=texts.country(known.country),
        )
        if known
        else "",
        "countries": texts.countries(),
        "given": given if wrong else usual,
        "wrong": wrong or [],
        "lengths": LENGTHS,
    }


def home_of(reward: Reward) -> str:
    """Write where the person's own page is; blank if there is none."""
    of_both = {"contact_id": reward.contact_id, "program_id": reward.program_id}
    referral = Referral.objects.filter(**of_both).first()
    if referral and reward.role == Role.FRIEND:
        return friend_page_url(referral.contact_id, referral.pk)
    own = Advocate.objects.filter(**of_both).first()
    return share_url(own.contact_id, own.pk) if own else ""


@require_POST
def take_address(request: HttpRequest, token: str) -> HttpResponse:
    """Keep where a gift is to be sent, then show the page again."""
    reward = find_reward(token)
    if reward is None:
        return say(request, "unknown", status=404)
    try:
        address = read_address(request.POST.dict())
        give_address(reward=reward, address=address, now=timezone.now())
    except AddressWrong as error:
        return show_reward(request, reward, token, wrong=error.fields, status=422)
    except NotDelivered:
        return redirect(f"{request.path.rpartition('/')[0]}?late=1")
    return redirect(PAGE, token=token)


@require_POST
def take_charity(request: HttpRequest, token: str) -> HttpResponse:
    """Let a charity of the program have the money, or the person again."""
    reward = find_reward(token)
    if reward is None:
        return say(request, "unknown", status=404)
    charity = request.POST.get("charity", "")[:LONGEST]
    try:
        choose_charity(reward=reward, charity=charity, by=None, now=timezone.now())
    except NotDelivered:
        return redirect(f"{request.path.rpartition('/')[0]}?late=1")
    return redirect(PAGE, token=token)
