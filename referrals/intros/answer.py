"""
What a friend makes of an introduction: agrees, books a time, or wants to hear nothing more.

Only here something is learned about him, by his own hand. Who says nothing is not known, and
nobody is told.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts import consents, tokens
from contacts.addresses import address_digest, normalize_address
from contacts.events import Fact, record_many
from contacts.identities.find import create_or_update_contact
from contacts.identities.whereabouts import present_id
from contacts.models import Identifier
from referrals.attribution import Outcome, attribute_referral
from referrals.claims import Happening
from referrals.clues import Trail, leave_clues
from referrals.event_names import INTRO_ACCEPTED, INTRO_CLOSED, INTRO_OPTED_IN
from referrals.intros.fields import fill
from referrals.intros.offers import values_for
from referrals.intros.words import words_for
from referrals.intros.write import INTRO_PURPOSE
from referrals.models import (
    Clue,
    Intro,
    IntroRefusal,
    IntroSetting,
    IntroText,
    Program,
)
from referrals.showing import show_friend

SOURCE = "introduction"


class IntroOver(ValueError):
    """The introduction has been answered already."""


class OwnIntro(ValueError):
    """The advocate would introduce himself."""


class AddressRefused(ValueError):
    """The owner of this address wants no introductions by this program."""


@dataclass(frozen=True)
class Friend:
    """What a friend says about himself."""

    email: str
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    # The advocate may see the first name.
    shows_name: bool = False


def find_intro(token: str, purpose: str = INTRO_PURPOSE) -> Intro | None:
    """Find the introduction of a token; None if it is not one of ours or it is gone."""
    try:
        contact_id, intro_id = tokens.read_token(purpose, token)
    except ValueError:
        return None
    intros = Intro.objects.select_related("program", "contact")
    found = intros.filter(contact_id=contact_id, pk=intro_id).first()
    # Who became a part of another took his introductions along.
    return (
        found or intros.filter(contact_id=present_id(contact_id), pk=intro_id).first()
    )


@transaction.atomic
def accept_intro(
    *,
    intro: Intro,
    friend: Friend,
    text: IntroText,
    asked_at: datetime | None = None,
    now: datetime,
) -> Outcome:
    """
    Take the friend's word: who he is, and that we may write to him. The second opt-in.

    The address is known to be his: see ``confirming``. ``asked_at`` is when he typed it.

    1. Claim the introduction, once.
    2. Find or make the contact, and write down what he agreed to, in which version.
    3. Credit the advocate, by the same rules as any other friend, and tell him.

    :raises IntroOver: if it was answered before
    :raises OwnIntro: if it is the advocate's own address
    :raises AddressRefused: if the owner of the address wants no introductions
    """
    own = claim_intro(intro)
    if is_refused(own.program, friend.email):
        raise AddressRefused
    contact_id = _find_or_make(friend, now)
    if contact_id == own.contact_id:
        raise OwnIntro
    setting = IntroSetting.objects.select_related("program").get(program=own.program)
    consents.grant(
        [contact_id],
        source=SOURCE,
        statement=fill(text.opt_in, values_for(setting)),
        evidence={
            "intro": own.pk,
            "locale": text.locale,
            "version": text.version,
            **({"asked_at": asked_at.isoformat()} if asked_at else {}),
        },
        now=now,
    )
    _note(own, contact_id, by=Intro.By.FORM, text=text, now=now)
    outcome = attribute_referral(
        friend_contact_id=contact_id,
        event=Happening(INTRO_OPTED_IN, now, key_of(own), _about(own)),
        intro_id=own.pk,
        now=now,
    )
    if friend.shows_name and outcome.referral:
        statement = words_for(friend.locale).words["named"]
        show_friend(
            referral=outcome.referral, is_shown=True, statement=statement, now=now
        )
    return outcome


@transaction.atomic
def accept_by_booking(*, intro: Intro, contact_id: int, now: datetime) -> bool:
    """
    Take a booked time for the friend's word; the credit is looked at later, as of any clue.

    He has agreed to be met, not to be written to: nothing is granted.

    :returns: False if the introduction is over, or he would introduce himself
    """
    try:
        own = claim_intro(intro)
    except IntroOver:
        return False
    if contact_id == own.contact_id:
        return False
    _note(own, contact_id, by=Intro.By.BOOKING, text=None, now=now)
    trail = Trail(contact_id, Clue.Source.EMAIL, str(own.pk), now, event=INTRO_OPTED_IN)
    leave_clues([trail], now=now)
    return True


@transaction.atomic
def close_intro(
    *, intro: Intro, tells_advocate: bool, email: str = "", now: datetime
) -> IntroRefusal | None:
    """
    Stop: the friend is not interested, in this or in any introduction of the program.

    An address is kept as a hash, so that nobody else's note reaches him. The advocate is told
    only if the friend lets him.

    :returns: what keeps the address out, if one was given
    :raises IntroOver: if it was answered before
    """
    own = claim_intro(intro)
    own.closed_at, own.tells_advocate = now, tells_advocate
    own.save(update_fields=["closed_at", "tells_advocate"])
    if tells_advocate:
        fact = Fact(own.contact_id, INTRO_CLOSED, now, f"intro:{own.pk}", _about(own))
        record_many([fact], now=now)
    return refuse(program=own.program, email=email, now=now) if email else None


@transaction.atomic
def reopen_intro(*, intro: Intro, refusal_id: int | None) -> None:
    """Let a friend change his mind in the browser in which he said no."""
    own = Intro.objects.filter(contact_id=intro.contact_id, pk=intro.pk)
    own.filter(accepted_at=None).update(closed_at=None, tells_advocate=False)
    if refusal_id is not None:
        IntroRefusal.objects.filter(pk=refusal_id, program=intro.program).delete()


def refuse(*, program: Program, email: str, now: datetime) -> IntroRefusal:
    """Keep an address out of a program's introductions, for good."""
    refusal, _ = IntroRefusal.objects.get_or_create(
        program=program,
        digest=address_digest(email),
        defaults={"refused_at": now},
    )
    return refusal


def is_refused(program: Program, email: str) -> bool:
    """Whether the owner of an address wants no introductions of a program."""
    return IntroRefusal.objects.filter(
        program=program, digest=address_digest(email)
    ).exists()


def claim_intro(intro: Intro) -> Intro:
    """
    Lock an introduction that waits for an answer.

    :raises IntroOver: if it was answered before
    """
    own = (
        Intro.objects.select_for_update(of=("self",))
        .select_related("program")
        .filter(contact_id=intro.contact_id, pk=intro.pk)
        .first()
    )
    if own is None or not own.is_open:
        raise IntroOver
    return own


def _find_or_make(friend: Friend, now: datetime) -> int:
    """Find the contact, or make one; what we know of somebody, no form changes."""
    known = Identifier.objects.filter(
        kind=Identifier.Kind.EMAIL, value=normalize_address(friend.email)
    ).first()
    if known:
        return known.contact_id
    fields = {
        "first_name": friend.first_name,
        "last_name": friend.last_name,
        "locale": friend.locale,
    }
    contact, _ = create_or_update_contact(
        email=friend.email, fields=fields, cause=SOURCE, now=now
    )
    return contact.pk


def _note(
    intro: Intro, contact_id: int, *, by: str, text: IntroText | None, now: datetime
) -> None:
    """Write down who agreed, and tell both."""
    intro.accepted_at, intro.accepted_by = now, by
    intro.friend_contact_id, intro.text = contact_id, text
    intro.save(
        update_fields=["accepted_at", "accepted_by", "friend_contact_id", "text"]
    )
    about, key = _about(intro), key_of(intro)
    record_many(
        [
            Fact(contact_id, INTRO_OPTED_IN, now, key, {**about, "by": str(by)}),
            Fact(intro.contact_id, INTRO_ACCEPTED, now, key, about),
        ],
        now=now,
    )


def key_of(intro: Intro) -> str:
    """Name an introduction in what is told of it, so that it counts once."""
    return f"intro:{intro.pk}"


def _about(intro: Intro) -> dict[str, Any]:
    """Say which introduction it is."""
    return {
        "program": intro.program.name,
        "program_id": intro.program_id,
        "intro": intro.pk,
        "channel": "intro",
    }
