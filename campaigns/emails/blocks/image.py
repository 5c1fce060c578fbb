"""A picture."""

import re
from typing import Any

from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.markup import escape
from campaigns.emails.urls import is_safe_url
from campaigns.emails.words import Words

# One that was uploaded; a site under development serves it by http.
OWN = re.compile(r"https?://[^/\s\"'<>]+/pictures/[0-9a-f]{64}\.(png|jpg|gif)")


def check(block: dict[str, Any]) -> list[str]:
    """See that mail programs will show the picture, and that its width is one."""
    found = []
    url, width = block.get("url", ""), block.get("width", "")
    if url and not (OWN.fullmatch(url) or is_safe_url(url, schemes=("https",))):
        found.append("The picture's address must begin with https://.")
    if width and not (width.isdigit() and 20 <= int(width) <= 600):
        found.append("The width must be a whole number from 20 to 600.")
    return found


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write the picture."""
    url, alt = escape(block.get("url", "")), escape(block.get("alt", ""))
    width, href = block.get("width", ""), escape(block.get("href", ""))
    return (
        f'<mj-image src="{url}" alt="{alt}"'
        + (f' width="{width}px"' if width.isdigit() else "")
        + (f' href="{href}"' if href else "")
        + " />"
    )


IMAGE = BlockKind(
    kind="image",
    label="Image",
    icon="image",
    help="A picture that you upload, or from a public https address.",
    fields=(
        # Pictures are checked above: https only, and never a personal link.
        Field(
            "url", "Address of the picture", Input.PICTURE, required=True, longest=2_000
        ),
        Field(
            "alt",
            "What it shows",
            required=True,
            help="Read out to who can't see it, and shown while pictures are off.",
            longest=300,
        ),
        Field("width", "Width", help="In pixels, up to 600. Blank: full width."),
        Field("href", "Leads to", Input.URL, longest=2_000),
    ),
    mjml=mjml,
    check=check,
)
