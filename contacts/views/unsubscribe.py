"""
The page behind the unsubscribe link of every mail.

Looking changes nothing, because mail scanners follow every link; the one button does. Mail
programs post to the same address on their own (RFC 8058): no cookie, no redirect.
"""

import json
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic.base import TemplateResponseMixin, View

from contacts import consents
from contacts.identities.whereabouts import present_id
from contacts.models import Consent, Contact
from contacts.models.consent import Channel, ConsentState
from contacts.tokens import BadToken, make_token, read_token
from contacts.views.strict import be_strict

PURPOSE = "unsubscribe"
# In news of a person's own: who unsubscribes there wants no mail at all.
FROM_ALL = "unsubscribe_all"
ONE_CLICK = "List-Unsubscribe"
RIGHT_TO_LEFT = {"ar", "he"}
FILE = Path(__file__).with_suffix(".json")
# Of these the address in a message takes the person off, beside mail.
OTHER_CHANNELS = set(Channel.values) - {Channel.EMAIL, Channel.SERVICE}
WORDS: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))


def unsubscribe_url(
    contact_id: int, *causes: int, from_all: bool = False, via: str = Channel.EMAIL
) -> str:
    """
    Write the whole address of a contact's unsubscribe page.

    ``causes`` are ids that are kept as evidence, such as that of the message; ``via`` is the
    channel that brings the address, from which the person is taken, too.
    """
    token = make_token(FROM_ALL if from_all else PURPOSE, contact_id, *causes)
    page = f"{settings.SITE_URL}{reverse('unsubscribe', args=[token])}"
    return page if via == Channel.EMAIL else f"{page}?via={via}"


def mask_address(address: str) -> str:
    """Show enough of an address to know it, not enough to learn it: a•••@example.com."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••{at}{domain}" if at else "•••"


# The link itself is the proof of who asks; it works without a cookie, from any program.
@method_decorator([csrf_exempt, never_cache], name="dispatch")
class UnsubscribePage(TemplateResponseMixin, View):
    """One button to say no; afterwards, one to take it back."""

    template_name = "contacts/unsubscribe.html"
    http_method_names = ["get", "head", "post"]
    is_from_all = False
    causes: list[int]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Show where the person stands; changes nothing."""
        contact = self.find_contact(token)
        if contact is None:
            return self.show("bad", None)
        withdrawn = Consent.objects.filter(
            contact=contact, state=ConsentState.WITHDRAWN
        )
        if self.is_from_all:
            withdrawn = withdrawn.filter(channel=Channel.SERVICE)
        return self.show("done" if withdrawn.exists() else "question", contact)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Unsubscribe, or take it back."""
        contact = self.find_contact(token)
        if contact is None:
            return self.show("bad", None)
        now = timezone.now()
        if request.POST.get("action") == "subscribe":
            is_back = consents.resubscribe(
                contact=contact, source="unsubscribe_page", now=now
            )
            return self.show("back" if is_back else "silent", contact)
        stop = consents.stop_everything if self.is_from_all else consents.withdraw
        word = "one_click" if ONE_CLICK in request.POST else "unsubscribe_page"
        evidence = {"causes": list(self.causes)}
        stop(contact=contact, source=word, evidence=evidence, now=now)
        via = request.GET.get("via", "")
        if via in OTHER_CHANNELS:
            consents.withdraw(
                contact=contact, channel=via, source=word, evidence=evidence, now=now
            )
        return self.show("done", contact)

    def find_contact(self, token: str) -> Contact | None:
        """Read whose link it is; None if it is none of ours, or he is no contact now."""
        for purpose in (PURPOSE, FROM_ALL):
            try:
                contact_id, *self.causes = read_token(purpose, token)
            except BadToken:
                continue
            self.is_from_all = purpose == FROM_ALL
            break
        else:
            return None
        return Contact.objects.filter(pk=present_id(contact_id), erased_at=None).first()

    def show(self, state: str, contact: Contact | None) -> HttpResponse:
        """Render the page in the person's language, or else the browser's."""
        language = self.choose_language(contact)
        # Between marks that keep the order of its letters in a text that runs leftward.
        address = f"\u2068{mask_address(contact.email)}\u2069" if contact else ""
        words = {
            name: text.replace("{address}", address)
            for name, text in WORDS[language].items()
        }
        context: dict[str, Any] = {
            "state": state,
            "words": words,
            "language": language,
            "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
            "public_name": parseaddr(settings.DEFAULT_FROM_EMAIL)[0],
        }
        response = self.render_to_response(
            context, status=404 if state == "bad" else 200
        )
        be_strict(response)
        return response

    def choose_language(self, contact: Contact | None) -> str:
        """Take the language of the contact, of the browser, or English."""
        asked = self.request.headers.get("Accept-Language", "")
        for tag in [contact.locale if contact else "", *asked.split(",")]:
            language = tag.strip().lower().replace("_", "-").split(";")[0].split("-")[0]
            if language in WORDS:
                return language
        return "en"
