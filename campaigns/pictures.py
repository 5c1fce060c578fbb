"""
Pictures in mails: kept once, and thrown away when no campaign shows them any more.

What a published version shows stays for ever: the mails of it may be opened years later.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.urls import reverse

from campaigns.models import Picture
from contacts import pictures
from contacts.background import Backlog, backlog_of

# Twice as wide as mails are: sharp on fine screens.
WIDEST = 1_200
MOST_KEPT_BYTES = 3 * 1024 * 1024
# So long nobody has to have used what was uploaded.
UNUSED_LASTS = timedelta(days=30)
BATCH = 20

TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}

# Takes pictures that are due to be looked at; one that was uploaded again meanwhile is not.
DUE = """
SELECT id, digest FROM campaigns_picture
WHERE look_due_at <= %(now)s
ORDER BY look_due_at, id
LIMIT %(size)s
FOR UPDATE SKIP LOCKED
"""

# Names those of some pictures that a draft, an edit that may be undone, or a version shows.
# Reads the documents once for all of them.
SHOWN = """
SELECT DISTINCT digest
FROM (
    SELECT draft::text AS document FROM campaigns_campaign
    UNION ALL
    SELECT draft::text FROM campaigns_draftrevision
    UNION ALL
    SELECT definition::text FROM campaigns_campaignversion
) AS known
CROSS JOIN LATERAL regexp_matches(document, '/pictures/([0-9a-f]{64})', 'g') AS found (groups)
CROSS JOIN LATERAL (SELECT groups[1]) AS named (digest)
WHERE digest = ANY (%(digests)s)
"""


def keep_picture(
    *, content: bytes, name: str, user: AbstractBaseUser | None, now: datetime
) -> Picture:
    """
    Draw a picture anew and keep it; the same one again is the one that is there.

    :raises PictureRefused: if it is none, or too large
    """
    drawn = pictures.redraw(content, widest=WIDEST)
    if len(drawn.content) > MOST_KEPT_BYTES:
        raise pictures.PictureRefused(
            "The picture is too heavy for a mail. Make it smaller, or use a JPEG."
        )
    picture, _ = Picture.objects.update_or_create(
        digest=drawn.digest,
        defaults={"look_due_at": now + UNUSED_LASTS},
        create_defaults={
            "extension": drawn.extension,
            "width": drawn.width,
            "height": drawn.height,
            "content": drawn.content,
            "name": name[:200],
            "created_at": now,
            "created_by_id": user.pk if user else None,
            "look_due_at": now + UNUSED_LASTS,
        },
    )
    return picture


def picture_url(picture: Picture) -> str:
    """Write the whole address of a picture, which works for years."""
    path = reverse("campaigns_picture", args=[picture.digest, picture.extension])
    return f"{settings.SITE_URL}{path}"


def due(now: datetime) -> Backlog:
    """See how many pictures are to be looked at, and since when."""
    return backlog_of(Picture.objects.filter(look_due_at__lte=now), "look_due_at")


@transaction.atomic
def drop_unused(*, now: datetime) -> int:
    """
    Delete pictures that nothing shows any more, and look at the others again later.

    :returns: how many were looked at
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now, "size": BATCH})
        looked_at = dict(cursor.fetchall())
        if not looked_at:
            return 0
        cursor.execute(SHOWN, {"digests": list(looked_at.values())})
        shown = {digest for (digest,) in cursor.fetchall()}
    kept = [pk for pk, digest in looked_at.items() if digest in shown]
    Picture.objects.filter(pk__in=kept).update(look_due_at=now + UNUSED_LASTS)
    Picture.objects.filter(pk__in=set(looked_at) - set(kept)).delete()
    return len(looked_at)
