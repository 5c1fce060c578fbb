"""Referral links: their codes, where they lead, and where they must not."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.utils.text import slugify

from contacts import tokens
from referrals.codes import normalize_code
from referrals.models import Advocate, AllowedHost, Program, ReferralCode

CLICK_PARAMETER = "gl_click"
SHARE_PURPOSE = "share"
USUAL_PORTS = {"http": 80, "https": 443}
CHANNEL = re.compile(r"[a-z0-9_]{1,20}")


class DestinationError(ValueError):
    """A destination that links must not lead to; the text says what to do about it."""


def clean_channel(text: str) -> str:
    """Keep a channel tag if it is a plain short word."""
    word = text.lower()
    return word if CHANNEL.fullmatch(word) else ""


def link_url(code: str, channel: str = "") -> str:
    """Write an advocate's link, tagged with the channel that it is shared on."""
    tag = f"?c={channel}" if channel else ""
    return f"{settings.SITE_URL}/r/{code}{tag}"


def share_url(advocate_contact_id: int, advocate_id: int) -> str:
    """Write the address of an advocate's share page, which works for years."""
    token = tokens.make_token(SHARE_PURPOSE, advocate_contact_id, advocate_id)
    return f"{settings.SITE_URL}/a/{token}"


def find_advocate(code: str) -> Advocate | None:
    """Find the owner of a code, in any spelling; None if nobody owns it or he is gone."""
    normal = normalize_code(code)
    owner = normal and ReferralCode.objects.filter(code=normal).first()
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


def friend_url(program: Program, *, click_id: str, channel: str) -> str:
    """
    Write where a friend goes: the destination with the click id and where he came from.

    What the destination has in its query and fragment stays as it is.

    :raises DestinationError: if the destination is not allowed (any more)
    """
    parts = urlsplit(check_destination(program.destination_url))
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in pairs}
    query = parts.query
    if CLICK_PARAMETER in known:
        query = urlencode([pair for pair in pairs if pair[0] != CLICK_PARAMETER])
    tags = {
        "utm_source": "referral",
        "utm_medium": channel or "link",
        "utm_campaign": slugify(program.name) or "referral",
    }
    added = [pair for pair in tags.items() if pair[0] not in known]
    if click_id:
        added.append((CLICK_PARAMETER, click_id))
    query = "&".join(part for part in (query, urlencode(added)) if part)
    return urlunsplit(parts._replace(query=query))
