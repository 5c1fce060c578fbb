"""A button that leads somewhere."""

from typing import Any

from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.markup import escape
from campaigns.emails.words import Words


def mjml(block: dict[str, Any], _words: Words) -> str:
    """Write the button."""
    label, url = escape(block.get("label", "")), escape(block.get("url", ""))
    return f'<mj-button href="{url}">{label}</mj-button>'


BUTTON = BlockKind(
    kind="button",
    label="Button",
    icon="smart_button",
    help="Leads to a page, such as the person's own share page.",
    fields=(
        Field("label", "Label", required=True, longest=80),
        Field(
            "url",
            "Leads to",
            Input.URL,
            required=True,
            default="{{ advocate.share_url }}",
            help="An address that begins with https://, or one of the personal links.",
            longest=2_000,
        ),
    ),
    mjml=mjml,
)
