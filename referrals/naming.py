"""
Names of links: chosen, brought along from another tool, and never given to anybody else.

All codes that ever named an advocate go on leading to him. A chosen name may be the person's
own, so it becomes a keyed hash when the person is forgotten: it stays taken, and still leads
on, but nobody can read it any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts.addresses import normalize_address
from contacts.events import Fact, record
from contacts.models import Identifier
from referrals.advocates import enroll_advocates
from referrals.event_names import LINK_NAMED
from referrals.links import hidden_form
from referrals.models import Advocate, Program, ReferralCode
from referrals.slugs import NameRefused, check_foreign, check_name

# Names are for ever, so nobody takes them all.
NAMES_AT_MOST = 20
IMPORTED_AT_MOST = 20_000

Kind = ReferralCode.Kind


class NameTaken(NameRefused):
    """Somebody else has the name, or had it."""


@transaction.atomic
def choose_name(
    *,
    advocate: Advocate,
    name: str,
    anyway: bool = False,
    user: AbstractBaseUser | None = None,
    now: datetime,
) -> str:
    """
    Let the advocate's link be called so from now on; the names before go on working.

    ``user`` is who chose it for the advocate; None if the advocate did. Choosing it twice
    changes nothing.

    :returns: the name as it is kept
    :raises NameRefused: if the name can't be used; ``NameIsRude`` unless ``anyway``
    :raises NameTaken: if it is, or was, somebody else's
    """
    slug = check_name(name, anyway=anyway)
    own = Advocate.objects.select_for_update(no_key=True, of=("self",))
    current = own.get(contact_id=advocate.contact_id, pk=advocate.pk)
    names = ReferralCode.objects.filter(
        contact_id=current.contact_id, program=current.program_id
    )
    is_new = not names.filter(code=slug).exists()
    if is_new and names.exclude(kind=Kind.DRAWN).count() >= NAMES_AT_MOST:
        raise NameRefused(
            f"This link has had {NAMES_AT_MOST} names, which is the most."
        )
    if is_new:
        _take(slug, current, now)
    if current.code == slug:
        return slug
    Advocate.objects.filter(contact_id=current.contact_id, pk=current.pk).update(
        code=slug
    )
    fact = Fact(
        current.contact_id,
        LINK_NAMED,
        now,
        f"advocate:{current.pk}:{now.isoformat()}",
        {
            "program": current.program.name,
            "program_id": current.program_id,
            "by": "user" if user else "advocate",
        },
    )
    record(fact, now=now)
    return slug


def _take(slug: str, advocate: Advocate, now: datetime) -> None:
    """Write that the name is the advocate's; the database holds that it is only once."""
    if ReferralCode.objects.filter(code=hidden_form(slug)).exists():
        raise NameTaken(f"“{slug}” is taken. Choose another name.")
    row = ReferralCode(
        code=slug,
        kind=Kind.CHOSEN,
        created_at=now,
        contact_id=advocate.contact_id,
        program_id=advocate.program_id,
    )
    ReferralCode.objects.bulk_create([row], ignore_conflicts=True)
    owner = ReferralCode.objects.get(code=slug)
    if (owner.contact_id, owner.program_id) != (row.contact_id, row.program_id):
        raise NameTaken(f"“{slug}” is taken. Choose another name.")


def show_drawn_code(*, advocate: Advocate, now: datetime) -> str:
    """Let the link be called by its drawn code again; its names go on working."""
    drawn = (
        ReferralCode.objects.filter(
            contact_id=advocate.contact_id,
            program=advocate.program_id,
            kind=Kind.DRAWN,
        )
        .order_by("pk")
        .values_list("code", flat=True)[:1]
    )
    for code in drawn:
        Advocate.objects.filter(contact_id=advocate.contact_id, pk=advocate.pk).update(
            code=code
        )
        return str(code)
    return advocate.code


@dataclass
class Brought:
    """What became of codes of another tool: how many are new, known, and which were refused."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def bring_codes(
    *, program: Program, rows: Sequence[tuple[str, str]], now: datetime
) -> Brought:
    """
    Take the codes that advocates have from another tool: pairs of address and code.

    Who is no advocate of the program becomes one; an address that nobody has is refused, and
    so is a code that somebody else has. Twice changes nothing. Six statements for all.
    """
    brought = Brought()
    wanted: dict[str, tuple[int, str]] = {}
    for line, (address, text) in enumerate(rows, start=1):
        try:
            code = check_foreign(text)
        except NameRefused as error:
            brought.refused.append((line, str(error)))
            continue
        if code in wanted:
            brought.refused.append(
                (line, f"“{code}” stands in line {wanted[code][0]}.")
            )
            continue
        wanted[code] = (line, normalize_address(address))
    owners = _owners_of({address for _, address in wanted.values()})
    found = {
        code: (line, owners[address])
        for code, (line, address) in wanted.items()
        if address in owners
    }
    brought.refused += [
        (
            line,
            f"Nobody has the address {address or '(blank)'}. Import the person first.",
        )
        for line, address in wanted.values()
        if address not in owners
    ]
    enroll_advocates(
        program=program, contact_ids={owner for _, owner in found.values()}, now=now
    )
    _write(brought, found, program, now)
    brought.refused.sort()
    return brought


def _owners_of(addresses: set[str]) -> dict[str, int]:
    """Find whose the addresses are."""
    rows = Identifier.objects.filter(
        kind=Identifier.Kind.EMAIL, value__in=addresses - {""}
    )
    return dict(rows.values_list("value", "contact_id"))


def _write(
    brought: Brought,
    found: dict[str, tuple[int, int]],
    program: Program,
    now: datetime,
) -> None:
    """Write the codes that nobody has, and say of the others whose they are."""
    hidden = {hidden_form(code): code for code in found}
    gone = ReferralCode.objects.filter(code__in=hidden)
    gone_codes = {hidden[code] for code in gone.values_list("code", flat=True)}
    before = _holders(found)
    ReferralCode.objects.bulk_create(
        [
            ReferralCode(
                code=code,
                kind=Kind.IMPORTED,
                created_at=now,
                contact_id=owner,
                program=program,
            )
            for code, (_, owner) in sorted(found.items())
            if code not in before and code not in gone_codes
        ],
        ignore_conflicts=True,
    )
    after = _holders(found)
    for code, (line, owner) in found.items():
        if after.get(code) != (owner, program.pk):
            brought.refused.append((line, f"“{code}” is somebody else's."))
        elif code in before:
            brought.known += 1
        else:
            brought.new += 1


def _holders(codes: Any) -> dict[str, tuple[int, int]]:
    """Say who holds which of the codes, in which program."""
    rows = ReferralCode.objects.filter(code__in=list(codes))
    return {row.code: (row.contact_id, row.program_id) for row in rows}


def forget_names(contact_id: int, now: datetime) -> None:
    """Make the names of a person who is forgotten unreadable; they stay taken for ever."""
    chosen = ReferralCode.objects.filter(contact_id=contact_id).exclude(kind=Kind.DRAWN)
    for row in chosen.order_by("pk"):
        hidden = hidden_form(row.code)
        if row.code.startswith(hidden[0]):
            continue
        # A copy: on a cluster the code says on which machine the row is.
        ReferralCode.objects.bulk_create(
            [
                ReferralCode(
                    code=hidden,
                    kind=row.kind,
                    contact_id=row.contact_id,
                    program_id=row.program_id,
                )
            ],
            ignore_conflicts=True,
        )
        row.delete()
    for advocate in Advocate.objects.filter(contact_id=contact_id).order_by("pk"):
        show_drawn_code(advocate=advocate, now=now)


def names_of(advocate: Advocate) -> list[ReferralCode]:
    """List all that the advocate's link is and was called, the newest first."""
    rows = ReferralCode.objects.filter(
        contact_id=advocate.contact_id, program=advocate.program_id
    )
    return list(rows.order_by("-pk"))
