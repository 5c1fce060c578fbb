"""Make contacts advocates: one link each, for ever."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from contacts.changes import tell_changed
from referrals.codes import draw_codes
from referrals.models import Program

BATCH = 20_000

# Selects those of the contacts that exist and are not in the program. Leans on the unique
# index (contact, program).
MISSING = """
SELECT contact.id
FROM contacts_contact AS contact
WHERE contact.id = ANY(%s)
  AND NOT EXISTS (
    SELECT FROM referrals_advocate AS advocate
    WHERE advocate.contact_id = contact.id AND advocate.program_id = %s
  )
ORDER BY contact.id
"""

# Writes the codes that nobody has, and an advocate for each; the rest is left for the next
# round. A code that lost against another worker stays as a second name of the same advocate.
ENROLL = """
WITH candidate AS (
    SELECT contact_id, code FROM unnest(%s::bigint[], %s::text[]) AS candidate (contact_id, code)
), minted AS (
    INSERT INTO referrals_referralcode (code, contact_id, program_id)
    SELECT code, contact_id, %s FROM candidate
    ON CONFLICT (code) DO NOTHING
    RETURNING code, contact_id
)
INSERT INTO referrals_advocate (contact_id, program_id, code, joined_at)
SELECT contact_id, %s, code, %s FROM minted
ORDER BY contact_id
ON CONFLICT (contact_id, program_id) DO NOTHING
"""


def enroll_advocates(
    *, program: Program, contact_ids: Iterable[int], now: datetime
) -> None:
    """
    Give each contact a place and a link in the program; who has one keeps it.

    Four statements per 20,000 contacts, and three more where a drawn code is taken.
    """
    wanted = sorted(set(contact_ids))
    for start in range(0, len(wanted), BATCH):
        _enroll_batch(program.pk, wanted[start : start + BATCH], now)


@transaction.atomic
def _enroll_batch(program_id: int, contact_ids: list[int], now: datetime) -> None:
    """Enroll one batch; draw again for those whose code was taken."""
    with connection.cursor() as cursor:
        while missing := _missing_ids(cursor, program_id, contact_ids):
            codes = draw_codes(len(missing))
            cursor.execute(ENROLL, [missing, codes, program_id, program_id, now])
            tell_changed(dict.fromkeys(missing), now=now)


def _missing_ids(
    cursor: CursorWrapper, program_id: int, contact_ids: list[int]
) -> list[int]:
    """List those who are not in the program yet."""
    cursor.execute(MISSING, [contact_ids, program_id])
    return [row[0] for row in cursor.fetchall()]
