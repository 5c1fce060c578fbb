"""
Marks on the links of a mail, by which the statistics of a site know where a visit came from.

Only addresses that are written out and lead to a host that the marketer has named are marked:
the personal links, of an answer, of the share page or to unsubscribe, are Liquid and never are.
What an address says already stays.
"""

import re
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

LINK = re.compile(r"(<a\b[^>]*?\bhref=\")([^\"]*)(\")", re.IGNORECASE)
HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}\Z")
PARTS = ("source", "medium", "campaign")


def is_host(text: str) -> bool:
    """Whether it is a name such as shop.example.com."""
    return HOST.fullmatch(text) is not None


def tag_links(html: str, tagging: dict[str, Any]) -> str:
    """Mark the links of a mail in which Liquid is still hidden."""
    marks = {f"utm_{part}": tagging[part] for part in PARTS if tagging[part]}
    if not (tagging["hosts"] and marks):
        return html

    def mark(match: re.Match[str]) -> str:
        address = unescape(match[2])
        if not _leads_to(address, tagging["hosts"]):
            return match[0]
        return f"{match[1]}{escape(_marked(address, marks))}{match[3]}"

    return LINK.sub(mark, html)


def _leads_to(address: str, hosts: list[str]) -> bool:
    """Whether an address leads to one of the hosts, or to a part of one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    is_web = parts.scheme.lower() in ("http", "https")
    return is_web and any(host == one or host.endswith(f".{one}") for one in hosts)


def _marked(address: str, marks: dict[str, str]) -> str:
    """Add the marks that an address does not have."""
    before, hash_mark, fragment = address.partition("#")
    _, _, query = before.partition("?")
    known = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    missing = {name: value for name, value in marks.items() if name not in known}
    if not missing:
        return address
    join = "" if before.endswith(("?", "&")) else "&" if "?" in before else "?"
    return f"{before}{join}{urlencode(missing)}{hash_mark}{fragment}"
