"""A new introduction, and the note that the advocate forwards; we send it to nobody."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from django.conf import settings
from django.db import transaction

from contacts import tokens
from contacts.events import Fact, record
from referrals.event_names import INTRO_WRITTEN
from referrals.intros.fields import fill
from referrals.intros.offers import setting_of, text_for, values_for
from referrals.models import Advocate, Intro
from referrals.preferences import lock_contact
from referrals.showing import TO_FRIENDS, note_choice
from referrals.wording import localized

INTRO_PURPOSE = "intro"
# Who has so many that nobody has answered, has introduced enough.
MOST_OPEN = 20


class NotOffered(ValueError):
    """The program offers no introductions, or not any more."""


class TooManyOpen(ValueError):
    """The advocate has as many notes on their way as one may have."""


@dataclass(frozen=True)
class Note:
    """What is forwarded, to be changed by who forwards it."""

    subject: str
    text: str
    language: str


def intro_url(intro: Intro) -> str:
    """Write the address of the friend's page, which works for years."""
    token = tokens.make_token(INTRO_PURPOSE, intro.contact_id, intro.pk)
    return f"{settings.SITE_URL}/i/{token}"


def intros_of(advocate: Advocate) -> list[Intro]:
    """List the introductions of an advocate, newest first."""
    own = Intro.objects.filter(contact_id=advocate.contact_id, program=advocate.program)
    return list(own.order_by("-written_at", "-pk"))


@transaction.atomic
def begin_intro(
    *, advocate: Advocate, now: datetime, another: bool = False
) -> tuple[Intro, bool]:
    """
    Begin an introduction; while one is open, it is that one unless ``another`` is wanted.

    :returns: the introduction, and whether it is new
    :raises NotOffered: if the program offers none
    :raises TooManyOpen: if too many wait for an answer
    """
    if setting_of(advocate.program) is None:
        raise NotOffered
    lock_contact(advocate.contact_id)
    waiting = [one for one in intros_of(advocate) if one.is_open]
    if waiting and not another:
        return waiting[0], False
    if len(waiting) >= MOST_OPEN:
        raise TooManyOpen
    intro = Intro.objects.create(
        contact_id=advocate.contact_id,
        program=advocate.program,
        written_at=now,
        # Who has agreed once to be named is named the next time, too.
        shows_name=bool(waiting and waiting[0].shows_name),
    )
    properties = {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "intro": intro.pk,
    }
    fact = Fact(intro.contact_id, INTRO_WRITTEN, now, f"intro:{intro.pk}", properties)
    record(fact, now=now)
    return intro, True


@transaction.atomic
def name_advocate(
    *, intro: Intro, shows_name: bool, statement: str = "", now: datetime
) -> None:
    """Let the friend's page name the advocate, or not; it is written down when."""
    own = Intro.objects.filter(contact_id=intro.contact_id, pk=intro.pk)
    if own.filter(shows_name=not shows_name).update(shows_name=shows_name):
        note_choice(
            intro.contact_id,
            intro.program,
            to=TO_FRIENDS,
            is_shown=shows_name,
            statement=statement,
            key=f"intro:{intro.pk}",
            now=now,
        )


def note_of(intro: Intro, advocate: Advocate, *locales: str) -> Note | None:
    """Write the note in the advocate's language; None if the program offers none now."""
    locales = locales or (advocate.contact.locale,)
    setting = setting_of(advocate.program)
    text = text_for(advocate.program, *locales)
    if setting is None or text is None:
        return None
    setting.program = localized(advocate.program, *locales)
    values = {
        **values_for(setting),
        "advocate": advocate.contact.first_name,
        "link": intro_url(intro),
    }
    return Note(
        fill(text.subject, values).strip(),
        complete(fill(text.note, values).strip(), values),
        text.locale,
    )


def complete(note: str, values: dict[str, str]) -> str:
    """Add what a note must hold, if somebody has taken it out: the link, what is earned."""
    for needed in (values["link"], values["disclosure"].strip()):
        if needed not in note:
            note = f"{note}\n\n{needed}"
    return note


def written_mail(subject: str, text: str) -> bytes:
    """Write a mail that opens in a mail program as a draft, to nobody yet."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(subject.split())
    # Outlook opens what is marked so as something still to be sent.
    mail["X-Unsent"] = "1"
    mail.set_content(text.replace("\r\n", "\n").replace("\r", "\n"))
    return mail.as_bytes()
