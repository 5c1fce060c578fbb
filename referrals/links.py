"""Referral links: their codes, where they lead, and where they must not."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.http import base36_to_int, int_to_base36
from django.utils.text import slugify

from contacts import tokens
from referrals.codes import normalize_code
from referrals.models import (
    Advocate,
    AllowedHost,
    LandingPlace,
    Program,
    ReferralCode,
)
from referrals.slugs import as_kept
from referrals.tags import fill_tags

CLICK_PARAMETER = "gl_click"
SHARE_PURPOSE = "share"
FRIEND_PURPOSE = "friend"
USUAL_PORTS = {"http": 80, "https": 443}
CHANNEL = re.compile(r"[a-z0-9_]{1,20}")
WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MAIL_MARK = re.compile(r"[0-9a-z]{5,7}")
# Stands before the hash of a name whose owner was forgotten; no code begins so.
HIDDEN = "~"


class DestinationError(ValueError):
    """A destination that links must not lead to; the text says what to do about it."""


def clean_channel(text: str) -> str:
    """Keep a channel tag if it is a plain short word."""
    word = text.lower()
    return word if CHANNEL.fullmatch(word) else ""


def clean_word(text: str) -> str:
    """Keep the tag of an asset, or the word of a place, if it is a plain short word."""
    word = text.lower()
    return word if WORD.fullmatch(word) else ""


def link_url(
    code: str,
    channel: str = "",
    *,
    asset: str = "",
    place: str = "",
    mailed_at: datetime | None = None,
) -> str:
    """
    Write an advocate's link, with tags of its own.

    The channel that it is shared on, the asset that it stands on, the place of the shop that
    it leads to, and when it left in a mail of ours.
    """
    tags = {"c": channel, "a": asset, "p": place}
    if mailed_at:
        tags["m"] = int_to_base36(int(mailed_at.timestamp()))
    query = urlencode({name: value for name, value in tags.items() if value})
    return f"{settings.SITE_URL}/r/{code}{'?' if query else ''}{query}"


def read_mailed_at(mark: str) -> datetime | None:
    """Read when a link left in a mail of ours; None if it did not, or that is no time."""
    if not MAIL_MARK.fullmatch(mark):
        return None
    return datetime.fromtimestamp(base36_to_int(mark), UTC)


def share_url(advocate_contact_id: int, advocate_id: int) -> str:
    """Write the address of an advocate's share page, which works for years."""
    token = tokens.make_token(SHARE_PURPOSE, advocate_contact_id, advocate_id)
    return f"{settings.SITE_URL}/a/{token}"


def friend_page_url(contact_id: int, referral_id: int) -> str:
    """Write the address of a friend's own page, which works for years."""
    token = tokens.make_token(FRIEND_PURPOSE, contact_id, referral_id)
    return f"{settings.SITE_URL}/f/{token}"


def hidden_form(name: str) -> str:
    """Hash a name whose owner was forgotten, so that it stays taken and can't be read."""
    digest = salted_hmac("referrals.names", name, algorithm="sha256").hexdigest()
    return f"{HIDDEN}{digest[:40]}"


def find_code(text: str) -> ReferralCode | None:
    """
    Find a code in any spelling, as it was chosen before as it may have been read.

    A name whose owner was forgotten is found by its hash.
    """
    name, drawn = as_kept(text), normalize_code(text)
    spellings = [word for word in (name, drawn) if word]
    if not spellings:
        return None
    found = {row.code: row for row in ReferralCode.objects.filter(code__in=spellings)}
    for word in spellings:
        if word in found:
            return found[word]
    return ReferralCode.objects.filter(code=hidden_form(name)).first() if name else None


def find_advocate(code: str) -> Advocate | None:
    """Find the owner of a code, in any spelling; None if nobody owns it or he is gone."""
    owner = find_code(code)
    if not owner:
        return None
    return (
        Advocate.objects.filter(contact_id=owner.contact_id, program=owner.program_id)
        .select_related("program")
        .first()
    )


def host_of(url: str) -> str:
    """
    Name the host of a web address as the allow-list has it: ASCII, port only if unusual.

    :raises DestinationError: if it is not a plain web address
    """
    if not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        raise DestinationError("Use an address without spaces or special characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError as error:
        raise DestinationError("This is not a web address.") from error
    if parts.scheme not in USUAL_PORTS or not host:
        raise DestinationError("Begin the address with https:// and a host name.")
    if "@" in parts.netloc:
        raise DestinationError("Leave out the user name and password.")
    if port is None or port == USUAL_PORTS[parts.scheme]:
        return host
    return f"{host}:{port}"


def is_own_page(url: str) -> bool:
    """Whether it is a path on this very site, and nothing that a browser reads otherwise."""
    return bool(re.fullmatch(r"/(?![/\\])[^\s\\]*", url)) and url.isprintable()


def check_destination(url: str) -> str:
    """
    Return the full address that a destination means.

    :raises DestinationError: if its host is not allowed, or if it is no web address
    """
    if is_own_page(url):
        return f"{settings.SITE_URL}{url}"
    host = host_of(url)
    if not AllowedHost.objects.filter(host=host).exists():
        raise DestinationError(
            f'Links may not lead to "{host}" yet. Add it under Settings, '
            "Allowed destinations."
        )
    return url


def place_of(program: Program, word: str) -> LandingPlace | None:
    """Find the place of the shop that a link names; None for the usual one."""
    named = clean_word(word)
    return program.places.filter(word=named).first() if named else None


def friend_url(
    program: Program,
    *,
    click_id: str,
    channel: str,
    asset: str = "",
    place: LandingPlace | None = None,
    language: str = "",
) -> str:
    """
    Write where a friend goes: the destination with the click id and where he came from.

    What the destination has in its query and fragment stays as it is.

    :raises DestinationError: if the destination is not allowed (any more)
    """
    destination = place.destination_url if place else program.destination_url
    url = check_destination(destination)
    tags = fill_tags(
        program.tag_template,
        {
            "channel": channel or "link",
            "program": slugify(program.name) or "referral",
            "asset": asset,
            "place": place.word if place else "",
            "language": language,
        },
    )
    return with_tags(url, tags, click_id=click_id)


def with_tags(url: str, tags: list[tuple[str, str]], *, click_id: str) -> str:
    """Add tags that an address does not have, and the click id; none but ours is there."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in pairs}
    query = parts.query
    if CLICK_PARAMETER in known:
        query = urlencode([pair for pair in pairs if pair[0] != CLICK_PARAMETER])
    added = [pair for pair in tags if pair[0] not in known | {CLICK_PARAMETER}]
    if click_id:
        added.append((CLICK_PARAMETER, click_id))
    query = "&".join(part for part in (query, urlencode(added)) if part)
    return urlunsplit(parts._replace(query=query))
