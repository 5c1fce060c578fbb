"""
Tags on the destination's address, by which a shop's own statistics know where a friend came from.

A template is a query with gaps, such as ``utm_medium={channel}``. The gaps are words of ours:
none of them names a person.
"""

import re
from urllib.parse import parse_qsl, quote

TAGS = "utm_source=referral&utm_medium={channel}&utm_campaign={program}"
GAPS = {
    "channel": "how the link was shared, like whatsapp",
    "program": "the program's name",
    "asset": "the tag of a poster, card or post",
    "place": "the word of the page it leads to",
    "language": "the friend's language, like de",
}
GAP = re.compile(r"\{([^{}]*)\}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class TagError(ValueError):
    """A template that can't be used; the text says what to do about it."""


def check_tags(template: str) -> str:
    """
    Return a template without what surrounds it.

    :raises TagError: if it is no query, or has a gap that we can't fill
    """
    text = template.strip().lstrip("?&").rstrip("&")
    for gap in GAP.findall(text):
        if gap not in GAPS:
            known = ", ".join(f"{{{name}}}" for name in GAPS)
            raise TagError(f"“{{{gap}}}” is not known. Use {known}.")
    if set(GAP.sub("", text)) & set("{}#? "):
        raise TagError("Write name=value pairs joined by &, without spaces.")
    for pair in filter(None, text.split("&")):
        name, equals, _ = pair.partition("=")
        if not (equals and NAME.fullmatch(name)):
            raise TagError(f"“{pair}” is no pair such as utm_source=referral.")
    return text


def fill_tags(template: str, values: dict[str, str]) -> list[tuple[str, str]]:
    """Fill the gaps; a pair that is left empty is left out."""
    escaped = {name: quote(values.get(name, ""), safe="") for name in GAPS}
    filled = GAP.sub(lambda gap: escaped.get(gap[1], ""), template)
    return parse_qsl(filled)
