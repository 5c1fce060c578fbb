"""Addresses in mails: https, mailto, or one of our own links."""

import re
from urllib.parse import urlsplit

# Links that we make for each person; a whole address may be one of these.
LINK_VARIABLES = (
    "ask.url",
    "ask.yes_url",
    "ask.not_now_url",
    "ask.never_url",
    "advocate.link",
    "advocate.share_url",
    "links.unsubscribe",
    "links.trap",
)
OWN_LINK = re.compile(
    r"\{\{-?\s*("
    + "|".join(re.escape(name) for name in LINK_VARIABLES)
    + r")\s*-?\}\}\Z"
)
MAIL = re.compile(r"mailto:[^\s<>\"'@]+@[^\s<>\"']+\Z", re.IGNORECASE)


def is_safe_url(url: str, *, schemes: tuple[str, ...] = ("https", "http")) -> bool:
    """
    Tell whether a mail may point to this address.

    The scheme and the host have to be written out; Liquid may stand behind them.
    """
    url = url.strip()
    if OWN_LINK.match(url) or MAIL.match(url):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    return (
        parts.scheme.lower() in schemes
        and re.fullmatch(r"[\w.\-\[\]:]+", host) is not None
        and not re.search(r"[\s<>\"\\^`]", re.sub(r"\{\{.*?\}\}", "", url))
    )
