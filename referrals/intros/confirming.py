"""
An address that was typed is nobody's yet: its owner confirms it, by a button behind a mailed link.

Until then nothing is known of the friend, and nobody is told; after a week what was typed is
deleted. The page says the same to everybody, so it tells no stranger who is known here.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from contacts import tokens
from contacts.addresses import address_digest, normalize_address
from contacts.background import Backlog, backlog_of, enqueue
from contacts.consents import contact_of, suppression_of
from contacts.identities.whereabouts import present_id
from contacts.models import Suppression
from referrals.attribution import Outcome
from referrals.attribution.customers import is_customer
from referrals.intros.answer import (
    Friend,
    accept_intro,
    claim_intro,
    is_refused,
)
from referrals.intros.words import words_for
from referrals.mailing import Mail, MailRefused, hand_over
from referrals.models import Intro, IntroConfirmation, IntroText
from referrals.wording import localized

PURPOSE = "intro-confirm"
TASK = "referrals.tasks.mail_intro_confirmations"
SLICE = "referrals.intro_mails"
KEPT_DAYS = 7
# Who presses again sooner gets no second mail.
PAUSE = timedelta(minutes=5)
MOST_PER_INTRO = 5
MAILS_PER_DAY = 3
MOST_ATTEMPTS = 5
WAIT = timedelta(minutes=2)

# Takes the mail that has waited longest, chosen once before the update; from now on it is only
# to be deleted one day. Leans
# on intro_mails_due. Chosen once, before the update: a plan that chose anew for each row would
# take more than one.
CLAIM = """
WITH chosen AS MATERIALIZED (
    SELECT contact_id, id FROM referrals_introconfirmation
    WHERE due_at <= %(now)s AND mailed_at IS NULL
    ORDER BY due_at, id LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE referrals_introconfirmation
SET mailed_at = %(now)s, attempts = attempts + 1, due_at = asked_at + make_interval(days => %(days)s)
WHERE (contact_id, id) IN (SELECT contact_id, id FROM chosen) AND due_at <= %(now)s AND mailed_at IS NULL
RETURNING contact_id, id
"""


def digest_of(address: str) -> str:
    """Hash an address, to know it again."""
    return address_digest(address).hex()


@transaction.atomic
def ask_to_confirm(
    *, intro: Intro, friend: Friend, text: IntroText, now: datetime
) -> bool:
    """
    Keep what a friend typed, and let a mail leave that asks whether it was he.

    :returns: whether one will leave; not if the owner of the address wants none, has just been
        asked, or was asked often
    :raises IntroOver: if the introduction was answered before
    """
    own = claim_intro(intro)
    digest = digest_of(friend.email)
    if is_refused(own.program, friend.email):
        return False
    typed = IntroConfirmation.objects.filter(contact_id=own.contact_id, intro_id=own.pk)
    known = typed.filter(digest=digest).first()
    lately = IntroConfirmation.objects.filter(
        digest=digest, asked_at__gt=now - timedelta(days=1)
    )
    if known and now - known.asked_at < PAUSE:
        return False
    if not known and (
        typed.count() >= MOST_PER_INTRO or lately.count() >= MAILS_PER_DAY
    ):
        return False
    IntroConfirmation.objects.update_or_create(
        contact_id=own.contact_id,
        intro_id=own.pk,
        digest=digest,
        defaults={
            "address": normalize_address(friend.email),
            "first_name": friend.first_name,
            "last_name": friend.last_name,
            "language": friend.locale,
            "shows_name": friend.shows_name,
            "text": text,
            "asked_at": now,
            "due_at": now,
            "attempts": 0,
            "mailed_at": None,
        },
    )
    enqueue(TASK)
    return True


def confirm_url(confirmation: IntroConfirmation) -> str:
    """Write the address of the page with the button."""
    token = tokens.make_token(PURPOSE, confirmation.contact_id, confirmation.pk)
    return f"{settings.SITE_URL}{reverse('referrals_intro_confirm', args=[token])}"


def find_confirmation(token: str) -> tuple[IntroConfirmation, Intro] | None:
    """Find what was typed, and the introduction; None if it is over or none of ours."""
    try:
        contact_id, pk = tokens.read_token(PURPOSE, token)
    except ValueError:
        return None
    rows = IntroConfirmation.objects.select_related("text")
    found = (
        rows.filter(contact_id=contact_id, pk=pk).first()
        or rows.filter(contact_id=present_id(contact_id), pk=pk).first()
    )
    if found is None:
        return None
    intros = Intro.objects.select_related("program", "contact")
    intro = intros.filter(contact_id=found.contact_id, pk=found.intro_id).first()
    return (found, intro) if intro else None


@transaction.atomic
def confirm(*, confirmation: IntroConfirmation, intro: Intro, now: datetime) -> Outcome:
    """
    Take the button behind the mailed link for the friend's word, and forget what was typed.

    :raises IntroOver: if the introduction was answered before
    :raises OwnIntro: if it is the advocate's own address
    :raises AddressRefused: if the owner of the address wants no introductions
    """
    friend = Friend(
        confirmation.address,
        confirmation.first_name,
        confirmation.last_name,
        confirmation.language,
        shows_name=confirmation.shows_name,
    )
    outcome = accept_intro(
        intro=intro,
        friend=friend,
        text=confirmation.text,
        asked_at=confirmation.asked_at,
        now=now,
    )
    forget(intro)
    return outcome


def forget(intro: Intro) -> None:
    """Delete what was typed for an introduction."""
    IntroConfirmation.objects.filter(
        contact_id=intro.contact_id, intro_id=intro.pk
    ).delete()


def decline(*, confirmation: IntroConfirmation) -> None:
    """Delete an address whose owner says that somebody else typed it."""
    own = IntroConfirmation.objects.filter(contact_id=confirmation.contact_id)
    own.filter(pk=confirmation.pk).delete()


def backlog(now: datetime) -> Backlog:
    """See what is to be sent or deleted."""
    return backlog_of(IntroConfirmation.objects.filter(due_at__lte=now), "due_at")


def send_one(*, now: datetime) -> bool:
    """
    Delete what is too old, and send the mail that has waited longest; the slice's work.

    :returns: whether there was one
    """
    old = IntroConfirmation.objects.filter(due_at__lte=now, mailed_at__isnull=False)
    is_busy = bool(old.delete()[0])
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "days": KEPT_DAYS})
        claimed = cursor.fetchone()
    if claimed is None:
        return is_busy
    rows = IntroConfirmation.objects.filter(contact_id=claimed[0], pk=claimed[1])
    row = rows.select_related("text").first()
    intro = find_intro_of(row) if row else None
    if row is None or intro is None or not may_get_mail(row, intro):
        return True
    try:
        hand_over(compose(row, intro, now=now), now=now)
    except MailRefused as error:
        if not error.permanent and row.attempts < MOST_ATTEMPTS:
            rows.update(due_at=now + WAIT * 2**row.attempts, mailed_at=None)
    return True


def find_intro_of(row: IntroConfirmation) -> Intro | None:
    """Find an introduction that still waits."""
    intros = Intro.objects.select_related("program", "contact")
    found = intros.filter(contact_id=row.contact_id, pk=row.intro_id).first()
    return found if found and found.is_open else None


def may_get_mail(row: IntroConfirmation, intro: Intro) -> bool:
    """
    Whether the mail may go out: somebody has asked for it with this address.

    Who unsubscribed may have it; an address that bounced or complained, or whose owner wants
    no introductions, may not.
    """
    if is_refused(intro.program, row.address):
        return False
    silence = suppression_of(row.address)
    return silence is None or silence.reason == Suppression.Reason.UNSUBSCRIBED


def compose(row: IntroConfirmation, intro: Intro, *, now: datetime) -> Mail:
    """Write the mail; only here a customer is told that he is one."""
    texts = words_for(row.language, intro.program.locale)
    program = localized(intro.program, row.language)
    known = contact_of(row.address)
    is_known = known is not None and is_customer(known, intro.program, now=now)
    name = intro.contact.first_name.strip() if intro.shows_name else ""
    context = {
        "language": texts.language,
        "direction": texts.direction,
        "title": texts.say("confirm_subject", brand=program.brand),
        "headline": texts.say("by_name", name=name)
        if name and not intro.contact.erased_at
        else texts.words["by_somebody"],
        "text": texts.say("confirm_mail", brand=program.brand),
        "customer": texts.words["confirm_customer"] if is_known else "",
        "button": texts.words["confirm_open"],
        "link": confirm_url(row),
        "ignore": texts.say("confirm_ignore", days=KEPT_DAYS),
        "brand": program.brand,
    }
    parts = ("headline", "text", "customer", "link", "ignore")
    return Mail(
        tag=f"intro-{row.pk}-{row.asked_at:%Y%m%d%H%M%S}",
        to=row.address,
        from_name=program.brand,
        subject=str(context["title"]),
        text="\n\n".join(str(context[part]) for part in parts if context[part]) + "\n",
        html=render_to_string("referrals/intro_mail.html", context),
    )
