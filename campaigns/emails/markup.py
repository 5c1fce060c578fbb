"""
The small markup of text blocks: paragraphs, lists, **bold**, *italic*, [links](https://…).

Everything else is text: HTML is escaped, so nothing of it is left to clean.
"""

import html
import re

from campaigns.emails.markers import Markers
from campaigns.emails.urls import is_safe_url

LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")
BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL)
ITALIC = re.compile(r"(?<![*\w])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![*\w])", re.DOTALL)
BULLET = re.compile(r"\s*[-•] +")
LINK_STYLE = "color:#15803d;text-decoration:underline"


def escape(text: str) -> str:
    """Escape text for HTML and MJML, leaving its Liquid alone."""
    markers = Markers(text)
    return markers.restore(html.escape(markers.text))


def links_of(text: str) -> list[str]:
    """List the addresses that a text links to."""
    markers = Markers(text)
    return [markers.restore(match.group(2)) for match in LINK.finditer(markers.text)]


def to_html(text: str) -> str:
    """Turn marked-up text into HTML."""
    markers = Markers(text.replace("\r\n", "\n").strip())
    escaped = html.escape(markers.text)

    def link(match: re.Match[str]) -> str:
        url = markers.restore(html.unescape(match.group(2)))
        if not is_safe_url(url):
            return match.group(1)
        return f'<a href="{match.group(2)}" style="{LINK_STYLE}">{match.group(1)}</a>'

    marked = LINK.sub(link, escaped)
    marked = ITALIC.sub(r"<em>\1</em>", BOLD.sub(r"<strong>\1</strong>", marked))
    parts = [part for part in re.split(r"\n\s*\n", marked) if part.strip()]
    return markers.restore("".join(paragraph(part) for part in parts))


def paragraph(text: str) -> str:
    """Turn the lines of one paragraph into a list, or a paragraph with line breaks."""
    lines = text.strip().split("\n")
    if all(BULLET.match(line) for line in lines):
        bullets = "".join(
            f"<li>{BULLET.sub('', line, count=1).strip()}</li>" for line in lines
        )
        return f'<ul style="margin:0 0 16px;padding-inline-start:24px">{bullets}</ul>'
    return f'<p style="margin:0 0 16px">{"<br />".join(lines)}</p>'
