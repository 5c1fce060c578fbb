"""
May advocates and friends see each other's first names? Nobody does before he has agreed.

Either decides for himself, may change it at any time, and each change is an event on his
contact, with the words that he agreed to.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from contacts.events import Fact, record
from contacts.models import Contact
from referrals.event_names import NAME_HIDDEN, NAME_SHOWN
from referrals.models import Advocate, Program, Referral

TO_FRIENDS, TO_ADVOCATE = "friends", "advocate"


@transaction.atomic
def show_advocate(
    *, advocate: Advocate, is_shown: bool, statement: str, now: datetime
) -> None:
    """Let friends see the advocate's first name, or not any more."""
    own = Advocate.objects.filter(contact_id=advocate.contact_id, pk=advocate.pk)
    if own.filter(name_shown_at__isnull=is_shown).update(
        name_shown_at=now if is_shown else None
    ):
        key = f"advocate:{advocate.pk}"
        note_choice(
            advocate.contact_id,
            advocate.program,
            to=TO_FRIENDS,
            is_shown=is_shown,
            statement=statement,
            key=key,
            now=now,
        )


@transaction.atomic
def show_friend(
    *, referral: Referral, is_shown: bool, statement: str, now: datetime
) -> None:
    """Let the advocate see the friend's first name, or not any more."""
    own = Referral.objects.filter(contact_id=referral.contact_id, pk=referral.pk)
    if own.filter(friend_shown_at__isnull=is_shown).update(
        friend_shown_at=now if is_shown else None
    ):
        key = f"referral:{referral.pk}"
        note_choice(
            referral.contact_id,
            referral.program,
            to=TO_ADVOCATE,
            is_shown=is_shown,
            statement=statement,
            key=key,
            now=now,
        )


def note_choice(
    contact_id: int,
    program: Program,
    *,
    to: str,
    is_shown: bool,
    statement: str,
    key: str,
    now: datetime,
) -> None:
    """Write down that somebody agreed to be named, or does not any more."""
    properties = {
        "program": program.name,
        "program_id": program.pk,
        "to": to,
        "statement": statement,
    }
    name = NAME_SHOWN if is_shown else NAME_HIDDEN
    key = f"{key}:{now.timestamp()}"
    record(Fact(contact_id, name, now, key, properties), now=now)


def shown_advocate(advocate: Advocate) -> str:
    """Give the first name that friends may see; blank if there is none."""
    contact = advocate.contact
    if advocate.name_shown_at is None or contact.erased_at:
        return ""
    return contact.first_name.strip()


def shown_friends(referrals: Iterable[Referral]) -> dict[int, str]:
    """
    Give the first names that advocates may see, by contact; who is not in it is "a friend".

    One query, and none if nobody has agreed.
    """
    agreed = [one.contact_id for one in referrals if one.friend_shown_at]
    if not agreed:
        return {}
    people = Contact.objects.filter(pk__in=agreed, erased_at=None)
    names = people.values_list("pk", "first_name")
    return {pk: name.strip() for pk, name in names if name.strip()}
