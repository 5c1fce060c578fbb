"""
Links by mail: to the own page, and, for one hour, to the own data.

Who types an address learns nothing of it: the answer is the same, and the mail leaves later.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from contacts import tokens
from contacts.background import Backlog, enqueue
from contacts.consents import contact_of, suppression_of
from contacts.models import Contact, Suppression
from referrals.links import friend_page_url, share_url
from referrals.mailing import Mail, MailRefused, hand_over
from referrals.models import Advocate, PortalMail, Referral
from referrals.texts import Texts, texts_for
from referrals.wording import localized

TASK = "referrals.tasks.mail_portal_links"
SLICE = "referrals.portal_mails"
DATA_PURPOSE = "my-data"
DATA_HOURS = timedelta(hours=1)
# Who asks again sooner gets none more.
PAUSE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
WAIT = timedelta(minutes=2)
# One who has a hundred programs gets the newest.
MOST_PROGRAMS = 20

# Takes the mail that has waited longest. It is off the list before it is handed over. Leans
# on the index of what is due.
CLAIM = """
WITH chosen AS MATERIALIZED (
    SELECT contact_id, id FROM referrals_portalmail
    WHERE due_at <= %(now)s
    ORDER BY due_at, id LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE referrals_portalmail SET due_at = NULL, attempts = attempts + 1
WHERE (contact_id, id) IN (SELECT contact_id, id FROM chosen) AND due_at <= %(now)s
RETURNING contact_id, id
"""


class LinkExpired(ValueError):
    """A link to somebody's data is older than an hour."""


def ask_for_page(*, address: str, language: str, now: datetime) -> None:
    """Let whoever has the address and takes part get a link to each of his pages."""
    contact = contact_of(address)
    if contact and any(
        model._base_manager.filter(contact=contact).exists()
        for model in (Advocate, Referral)
    ):
        queue(contact, PortalMail.Kind.PAGE, language=language, now=now)


def ask_for_data(*, contact: Contact, language: str, now: datetime) -> None:
    """Let a person get a link to his data, at the address that we have."""
    queue(contact, PortalMail.Kind.DATA, language=language, now=now)


@transaction.atomic
def queue(contact: Contact, kind: str, *, language: str, now: datetime) -> None:
    """Let a mail leave, unless one has just been asked for."""
    if not may_get_mail(contact):
        return
    fresh = {"language": language, "asked_at": now, "due_at": now, "attempts": 0}
    mail, is_new = PortalMail.objects.select_for_update().get_or_create(
        contact=contact, kind=kind, defaults=fresh
    )
    if not is_new:
        if now - mail.asked_at < PAUSE:
            return
        PortalMail.objects.filter(contact=contact, pk=mail.pk).update(**fresh)
    enqueue(TASK)


def may_get_mail(contact: Contact) -> bool:
    """
    Whether a mail that a person asks for may go out.

    Who unsubscribed may have it; an address that bounced or complained may not.
    """
    if contact.erased_at or not contact.email:
        return False
    silence = suppression_of(contact.email)
    return silence is None or silence.reason == Suppression.Reason.UNSUBSCRIBED


def backlog(now: datetime) -> Backlog:
    """See what is due."""
    due = PortalMail.objects.filter(due_at__lte=now)
    first = due.order_by("due_at", "pk").values_list("due_at", flat=True)[:1]
    return Backlog(due.count(), next(iter(first), None))


def send_one(*, now: datetime) -> bool:
    """
    Send the mail that has waited longest; the slice's piece of work.

    :returns: whether there was one
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now})
        claimed = cursor.fetchone()
    if claimed is None:
        return False
    mail = PortalMail.objects.select_related("contact").get(
        contact_id=claimed[0], pk=claimed[1]
    )
    own = PortalMail.objects.filter(contact_id=mail.contact_id, pk=mail.pk)
    if not may_get_mail(mail.contact):
        return True
    letter = write(mail, now=now)
    if letter is None:
        return True
    try:
        hand_over(letter, now=now)
    except MailRefused as error:
        if not error.permanent and mail.attempts < MOST_ATTEMPTS:
            own.update(due_at=now + WAIT * 2**mail.attempts)
        return True
    own.update(sent_at=now)
    return True


def write(mail: PortalMail, *, now: datetime) -> Mail | None:
    """Write a mail; None if there is nothing left to lead to."""
    contact = mail.contact
    advocates = list(
        Advocate.objects.filter(contact=contact)
        .select_related("program")
        .order_by("-joined_at", "-pk")[:MOST_PROGRAMS]
    )
    referrals = list(
        Referral.objects.filter(contact=contact)
        .select_related("program")
        .order_by("-lead_at", "-pk")[:MOST_PROGRAMS]
    )
    texts = texts_for(contact.locale, mail.language)
    programs = [one.program for one in advocates]
    programs += [one.program for one in referrals]
    brand = programs[0].brand if programs else ""
    links = [("", data_url(contact.pk, now=now))]
    if mail.kind == PortalMail.Kind.PAGE:
        links = pages_of(contact, advocates, referrals, texts)
    if not links:
        return None
    return compose(mail, texts, brand=brand, links=links)


def pages_of(
    contact: Contact,
    advocates: Sequence[Advocate],
    referrals: Sequence[Referral],
    texts: Texts,
) -> list[tuple[str, str]]:
    """List the own pages of somebody in his language: as an advocate, and as a friend."""
    locales = (contact.locale, texts.language)
    return [
        *(
            (
                localized(one.program, *locales).offer_headline,
                share_url(contact.pk, one.pk),
            )
            for one in advocates
        ),
        *(
            (
                localized(one.program, *locales).friend_headline,
                friend_page_url(contact.pk, one.pk),
            )
            for one in referrals
        ),
    ]


def compose(
    mail: PortalMail, texts: Texts, *, brand: str, links: Sequence[tuple[str, str]]
) -> Mail:
    """Put a mail together, as text and as HTML."""
    words = texts.words
    context = {
        "language": texts.language,
        "direction": texts.direction,
        "title": words[f"mail_{mail.kind}_subject"],
        "text": words[f"mail_{mail.kind}_text"],
        "ignore": words["mail_ignore"],
        "links": links,
        "brand": brand,
    }
    listed = "\n\n".join("\n".join(part for part in link if part) for link in links)
    return Mail(
        tag=f"portal-{mail.pk}-{mail.asked_at:%Y%m%d%H%M%S}",
        to=mail.contact.email,
        from_name=brand,
        subject=words[f"mail_{mail.kind}_subject"],
        text=f"{context['text']}\n\n{listed}\n\n{context['ignore']}\n",
        html=render_to_string("referrals/portal_mail.html", context),
    )


def data_url(contact_id: int, *, now: datetime) -> str:
    """Write the address at which somebody gets or deletes his data, for one hour."""
    until = int((now + DATA_HOURS).timestamp())
    token = tokens.make_token(DATA_PURPOSE, contact_id, until)
    return f"{settings.SITE_URL}{reverse('referrals_data', args=[token])}"


def read_data_token(token: str, *, now: datetime) -> int:
    """
    Read whose data a link leads to.

    :raises BadToken: if it is none of ours
    :raises LinkExpired: if it is older than an hour
    """
    try:
        contact_id, until = tokens.read_token(DATA_PURPOSE, token)
    except tokens.BadToken:
        raise
    except ValueError as error:
        raise tokens.BadToken from error
    if now > datetime.fromtimestamp(until, UTC):
        raise LinkExpired(token)
    return contact_id
