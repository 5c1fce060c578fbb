"""
The offer by mail, for a friend who asked for it on the page: one mail, and the address is gone.

It is no consent to anything else, and makes nobody a contact. An address that wants no mail
gets none; the page says the same to everybody, so it tells nobody who is known here.
"""

import logging
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from contacts.addresses import address_digest, normalize_address
from contacts.background import Backlog, backlog_of, ring_after_commit
from contacts.consents import contact_of, suppression_of
from contacts.events import Fact, record
from referrals.attribution.customers import is_customer
from referrals.event_names import OFFER_MAILED
from referrals.landing import RUNNING, Tags, state_of
from referrals.links import link_url, share_url
from referrals.models import Advocate, OfferMail, Program
from referrals.showing import shown_advocate
from referrals.texts import Texts, texts_for
from referrals.wording import localized

# The words that a friend agrees to; a new number with each change of "mail_consent".
VERSION = "offer-mail-1"
CHANNEL = "offer_mail"
SLICE = "referrals.offer_mails"
# So often an address gets the offers of different advocates.
MAILS_PER_DAY = 3
TRIES = 5
AGAIN = timedelta(minutes=10)
SENT_AT_ONCE = 20

State = OfferMail.State
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """What a friend filled in: the address, the language, and where the page came from."""

    address: str
    texts: Texts
    tags: Tags
    visitor_key: str
    click_id: str = ""


@transaction.atomic
def ask_for_mail(*, advocate: Advocate, wish: Wish, now: datetime) -> bool:
    """
    Keep the wish for a mail with the offer.

    :returns: whether one will be sent; not if the address has had it, or has had many today
    :raises ValidationError: if it is no address
    """
    validate_email(wish.address)
    address = normalize_address(wish.address)
    digest = address_digest(address).hex()
    lately = OfferMail.objects.filter(
        digest=digest, asked_at__gt=now - timedelta(days=1)
    )
    if lately.count() >= MAILS_PER_DAY:
        return False
    brand = advocate.program.brand
    row = OfferMail(
        contact_id=advocate.contact_id,
        program_id=advocate.program_id,
        advocate_id=advocate.pk,
        address=address,
        digest=digest,
        visitor_key=wish.visitor_key,
        language=wish.texts.language,
        place=wish.tags.place,
        click_id=wish.click_id,
        statement=wish.texts.say("mail_consent", brand=brand),
        version=VERSION,
        asked_at=now,
        due_at=now,
    )
    own = OfferMail.objects.filter(contact_id=advocate.contact_id)
    if own.filter(advocate_id=advocate.pk, digest=digest).exists():
        return False
    OfferMail.objects.bulk_create([row], ignore_conflicts=True)
    properties = {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "channel": wish.tags.channel,
    }
    key = f"offer:{advocate.pk}:{digest[:24]}"
    record(Fact(advocate.contact_id, OFFER_MAILED, now, key, properties), now=now)
    ring_after_commit(SLICE)
    return True


def send_offer_mails(*, now: datetime) -> int:
    """Send what is due, each in a commit of its own; returns how many were looked at."""
    due = OfferMail.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    rows = list(due[:SENT_AT_ONCE])
    for row in rows:
        _send(row, now)
    return len(rows)


def _send(row: OfferMail, now: datetime) -> None:
    """Send one, unless somebody else has it; what may have left is not sent again."""
    own = OfferMail.objects.filter(contact_id=row.contact_id, pk=row.pk)
    if row.state == State.SENDING:
        _finish(own.filter(state=State.SENDING, due_at=row.due_at), State.FAILED, now)
        return
    claimed = own.filter(state=State.QUEUED, due_at=row.due_at).update(
        state=State.SENDING, due_at=now + AGAIN, attempts=row.attempts + 1
    )
    if not claimed:
        return
    mine = own.filter(state=State.SENDING, due_at=now + AGAIN)
    advocate = (
        Advocate.objects.filter(contact_id=row.contact_id, pk=row.advocate_id)
        .select_related("program", "contact")
        .first()
    )
    if suppression_of(row.address):
        _finish(mine, State.SILENT, now)
    elif not advocate or state_of(advocate, own_advocate_id=0, now=now) != RUNNING:
        _finish(mine, State.FAILED, now)
    else:
        try:
            letter_for(row, advocate, now=now).send()
        except (OSError, smtplib.SMTPException, AnymailError):
            log.warning("An offer was not sent.", exc_info=True)
            if row.attempts + 1 < TRIES:
                mine.update(state=State.QUEUED)
                return
            _finish(mine, State.FAILED, now)
        else:
            _finish(mine, State.SENT, now)


def _finish(rows: QuerySet[OfferMail], state: State, now: datetime) -> None:
    """Note what became of it, and forget the address."""
    rows.update(state=state, address="", visitor_key="", due_at=None, finished_at=now)


def letter_for(
    row: OfferMail, advocate: Advocate, *, now: datetime
) -> EmailMultiAlternatives:
    """
    Write the offer; who can't use it learns that here, and by no page.

    Whose address it is reads the mail: nobody else finds out whether we know it.
    """
    known = contact_of(row.address)
    if known and known.pk == advocate.contact_id:
        return write_word(row, advocate, advocate, "own_title", "own_text", now=now)
    if known and is_customer(known, advocate.program, now=now):
        own = Advocate.objects.filter(contact=known, program=advocate.program).first()
        text = "customer_text" if own else "customer_plain"
        return write_word(row, advocate, own, "customer_title", text, now=now)
    return write_mail(row, advocate, now=now)


def write_word(
    row: OfferMail,
    advocate: Advocate,
    own: Advocate | None,
    title: str,
    text: str,
    *,
    now: datetime,
) -> EmailMultiAlternatives:
    """Write a mail without an offer; with the way to the own page, if there is one."""
    texts = texts_for(row.language)
    words = texts.words
    program = localized(advocate.program, row.language)
    links = []
    if own:
        links = [(words["customer_button"], share_url(own.contact_id, own.pk))]
    why = why_of(row, texts, now)
    context = {
        "language": texts.language,
        "direction": texts.direction,
        "title": words[title],
        "text": words[text],
        "links": links,
        "ignore": why,
        "brand": program.brand,
    }
    parts = [words[title], words[text], *(" ".join(link) for link in links), why]
    html = render_to_string("referrals/portal_mail.html", context)
    return mail_to(
        row, program, subject=words[title], body="\n\n".join(parts), html=html
    )


def intro_of(advocate: Advocate, texts: Texts) -> str:
    """Say whose offer it is; by first name if the advocate has agreed."""
    name = shown_advocate(advocate)
    return texts.say("friend_intro_named", name=name) if name else ""


def why_of(row: OfferMail, texts: Texts, now: datetime) -> str:
    """Say why the mail was sent, and that nothing else will be."""
    asked_on = timezone.localdate(row.asked_at)
    return texts.say("mail_why", day=texts.day(asked_on, today=timezone.localdate(now)))


def write_mail(
    row: OfferMail, advocate: Advocate, *, now: datetime
) -> EmailMultiAlternatives:
    """Write the mail in the language of the page that it was asked for on."""
    texts = texts_for(row.language)
    program = localized(advocate.program, row.language)
    link = link_url(advocate.code, CHANNEL, place=row.place, mailed_at=now)
    context = {
        "language": texts.language,
        "direction": texts.direction,
        "texts": texts.words,
        "program": program,
        "button": program.friend_button or texts.words["friend_button"],
        "intro": intro_of(advocate, texts),
        "link": link,
        "code": advocate.code.upper(),
        "why": why_of(row, texts, now),
        "postal_address": ", ".join(settings.POSTAL_ADDRESS.split("\n")),
    }
    offer = texts.words["mail_subject"].format(offer=program.friend_headline)
    return mail_to(
        row,
        program,
        subject=offer,
        body=render_to_string("referrals/offer_mail.txt", context),
        html=render_to_string("referrals/offer_mail.html", context),
    )


def mail_to(
    row: OfferMail, program: Program, *, subject: str, body: str, html: str
) -> EmailMultiAlternatives:
    """Put a mail together, from the program to whoever asked."""
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=body,
        from_email=formataddr((" ".join(program.brand.split()), address)),
        to=[row.address],
        headers={"Auto-Submitted": "auto-replied"},
    )
    mail.attach_alternative(html, "text/html")
    return mail


def offers_to_send(now: datetime) -> Backlog:
    """See how many are due."""
    return backlog_of(OfferMail.objects.filter(due_at__lte=now), "due_at")
