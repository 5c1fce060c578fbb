"""
What the pages of a product fetch: the ask for the person who is signed in there.

A page of another site asks, so the answer says which origins may read it. No cookie plays a
part: the product's server vouches for the person, and what was shown is named by a token.
"""

import json
import logging
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.generic import View

from campaigns.asks.facts import mark_intent
from campaigns.asks.in_app import (
    Offer,
    Withdrawn,
    answer_offer,
    claim_offer,
    close_offer,
    mark_seen,
)
from campaigns.channels.vouching import is_vouched_for
from campaigns.emails import liquid
from campaigns.emails.locales import choose_locale, direction
from campaigns.flows.definition import find_step
from campaigns.messaging.letters import find_advocates
from campaigns.messaging.links import links_for
from campaigns.messaging.variables import variables_for
from campaigns.models import Answer, InAppSite
from campaigns.views.in_place import LABELS, links_in_place, offer_of, tell_shared
from campaigns.views.limits import OF_A_PERSON, OF_A_SITE, Pace
from campaigns.views.words import WORDS
from campaigns.widget import write_script
from contacts.models import Identifier
from contacts.sealed import NotOpened
from contacts.tokens import BadToken, make_token, read_token
from referrals.texts import texts_for
from referrals.wording import localized

PURPOSE = "in_app"
MOST_BYTES = 4_096
# Writing it for each page that is looked at would make one row hot.
USE_PRECISION = timedelta(minutes=1)
Body = dict[str, Any]

log = logging.getLogger(__name__)


class BadBody(ValueError):
    """What came is not what our script sends."""


class TooMany(Exception):
    """Who asks has to wait for ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Ask again in {seconds} seconds.")
        self.seconds = seconds


@require_safe
def show_script(request: HttpRequest) -> HttpResponse:
    """Give the script that a product's pages load; an hour's cache, no cookie."""
    response = HttpResponse(write_script(), content_type="text/javascript")
    response["Cache-Control"] = "public, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@method_decorator(csrf_exempt, name="dispatch")
class InAppView(View):
    """The base: which site asks, from where, and what a page of it may read."""

    http_method_names = ["post", "options"]
    site: InAppSite

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let the pages of the site in, and nobody else's."""
        site = InAppSite.objects.filter(key=kwargs["key"]).first()
        origin = request.headers.get("Origin", "")
        if site is None or origin not in site.origins:
            return JsonResponse(
                {"error": "This page is not allowed to ask."}, status=403
            )
        self.site = site
        response = super().dispatch(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = origin
        response["Vary"] = "Origin"
        response["Cache-Control"] = "no-store"
        return response

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say what a page may send."""
        response = HttpResponse(status=204)
        response["Access-Control-Allow-Methods"] = "POST"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        response["Access-Control-Max-Age"] = "600"
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Read what came and answer it."""
        try:
            slow_down(OF_A_SITE, self.site.pk)
            return self.answer(_read(request), **kwargs)
        except TooMany as error:
            wait = {"Retry-After": str(error.seconds)}
            return JsonResponse({"error": str(error)}, status=429, headers=wait)
        except (BadBody, BadToken) as error:
            return JsonResponse({"error": str(error) or "Unknown."}, status=400)
        except Withdrawn:
            return JsonResponse({"withdrawn": True}, status=410)

    def answer(self, body: Body, **kwargs: Any) -> JsonResponse:
        """Do what is asked."""
        raise NotImplementedError


class ReadyView(InAppView):
    """A page is ready: is there something to ask the person who looks at it?"""

    def answer(self, body: Body, **kwargs: Any) -> JsonResponse:
        """Answer with the ask, or with none; who is not signed in may see the offer."""
        now = timezone.now()
        if "user" not in body and "signature" not in body:
            note_asked(self.site, now=now)
            return JsonResponse({"ask": None, "offer": offer_of(self.site, body)})
        user, expires = str(body.get("user", "")).strip(), body.get("expires", 0)
        signature = str(body.get("signature", ""))
        if not self.is_vouched_for(user, expires, signature, now):
            return JsonResponse(
                {"error": "The signature is wrong, or too old."}, status=403
            )
        slow_down(OF_A_PERSON, (self.site.pk, user))
        note_asked(self.site, now=now)
        offer = None
        contact = Identifier.objects.filter(kind="user_id", value=user).first()
        if contact and self.site.disabled_at is None:
            offer = claim_offer(contact_id=contact.contact_id, now=now)
        return JsonResponse({"ask": describe(offer) if offer else None})

    def is_vouched_for(
        self, user: str, expires: object, signature: str, now: datetime
    ) -> bool:
        """Whether the server of the site has signed the user; never with a lost secret."""
        try:
            secret = self.site.secret
        except NotOpened:
            log.error("The secret of %s can't be opened. Make a new one.", self.site)
            return False
        return isinstance(expires, int) and is_vouched_for(
            secret, user=user, expires=expires, signature=signature, now=now
        )


class ActView(InAppView):
    """What the person did with what was shown."""

    def answer(self, body: Body, **kwargs: Any) -> JsonResponse:
        """Note it; a yes brings the person's link."""
        contact_id, message_id = _read_shown(kwargs["token"])
        slow_down(OF_A_PERSON, contact_id)
        shown = {"contact_id": contact_id, "message_id": message_id}
        now, act = timezone.now(), kwargs["act"]
        acts: dict[str, Callable[..., object]] = {
            "seen": mark_seen,
            "close": close_offer,
        }
        if act in acts:
            acts[act](**shown, now=now)
            return JsonResponse({})
        if act == "shared":
            return tell_shared(contact_id, message_id, body)
        answer = body.get("answer")
        if act != "answer" or answer not in Answer.values:
            raise BadBody(f"expected an answer, got {act}: {answer!r}")
        ask = answer_offer(**shown, answer=str(answer), now=now)
        if answer != Answer.YES:
            return JsonResponse({})
        mark_intent(ask=ask, now=now)
        return JsonResponse(links_in_place(ask, message_id))


def slow_down(pace: Pace, key: Hashable) -> None:
    """
    Take one request from what somebody may send.

    :raises TooMany: if there is none left for now
    """
    if seconds := pace.wait_for(key):
        raise TooMany(seconds)


def note_asked(site: InAppSite, *, now: datetime) -> None:
    """Note that a page of the site has asked, right to the minute."""
    if site.last_asked_at is None or now - site.last_asked_at > USE_PRECISION:
        InAppSite.objects.filter(pk=site.pk).update(last_asked_at=now)


def describe(offer: Offer) -> dict[str, Any]:
    """Write an ask as the script shows it, in the person's language."""
    message, contact = offer.message, offer.message.contact
    definition = message.version.definition
    step = find_step(definition, message.step_key)
    assert step is not None  # noqa: S101 - the version that wrote it has it
    variants = step["in_app"]["variants"]
    main = choose_locale(definition["settings"]["locale"], variants, min(variants))
    locale = choose_locale(contact.locale, variants, main)
    program = message.campaign.program
    advocate = find_advocates([contact.pk], [program.pk])[contact.pk, program.pk]
    variables = variables_for(
        contact=contact,
        program=program,
        links=links_for(
            advocate, ask_id=offer.ask.pk, message_id=message.pk, via=PURPOSE
        ),
        locale=locale,
        from_name=program.brand,
    )
    words = WORDS[texts_for(locale).language]
    return {
        "token": make_token(PURPOSE, message.contact_id, message.pk),
        "language": locale,
        "direction": direction(locale),
        **{
            part: liquid.render(
                liquid.parse(variants[locale][part], is_html=False), variables
            )
            for part in ("title", "text")
        },
        "disclosure": localized(program, locale).disclosure,
        "labels": {name: words[name] for name in LABELS},
    }


def _read(request: HttpRequest) -> Body:
    """Read the body, which a page sends as plain text, so that no preflight is needed."""
    raw = request.read(MOST_BYTES + 1)
    try:
        body = json.loads(raw) if raw and len(raw) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise BadBody("expected a small JSON object")
    return body


def _read_shown(token: str) -> tuple[int, int]:
    """Read whom and which message a token names."""
    try:
        contact_id, message_id = read_token(PURPOSE, token)
    except ValueError as error:
        raise BadToken("expected a token of ours") from error
    return contact_id, message_id
