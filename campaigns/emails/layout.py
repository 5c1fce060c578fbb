"""Put a variant together as MJML: head, blocks or code, and the footer of the law."""

import re
from itertools import groupby
from typing import Any

from campaigns.emails.blocks.registry import KINDS
from campaigns.emails.document import Variant
from campaigns.emails.locales import direction
from campaigns.emails.markup import escape
from campaigns.emails.words import Words, words_for

# The first Liquid of the footer after its sentence; see campaigns.messaging.compile.
# In Liquid an empty text counts as true.
FOOTER_MARK = '{% if ask.url != "" %}'
FONTS = "-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
END_OF_BODY = re.compile(r"</mj-body\s*>(?!.*</mj-body)", re.DOTALL)

# A link without words, which only machines follow: so they are known (referrals.traps).
TRAP = '<a href="{{ links.trap }}" style="display:none" tabindex="-1" aria-hidden="true"></a>'

HEAD = """<mj-head>{preview}<mj-attributes>
<mj-all font-family="{fonts}" />
<mj-text align="{start}" color="#1f2937" font-size="16px" line-height="1.6" />
<mj-button align="center" background-color="#15803d" color="#ffffff" font-size="16px"
 font-weight="600" border-radius="8px" inner-padding="14px 24px" />
<mj-image padding="8px 25px" border-radius="8px" />
</mj-attributes></mj-head>"""


def footer(words: Words) -> str:
    """
    Write the footer: who writes and from where, why, and the ways out.

    Its look is spelled out, so that no style of the mail's own hides it by accident.
    """
    ways_out = " &#160;·&#160; ".join(
        [
            f"{FOOTER_MARK}{anchor('ask.not_now_url', words.not_now)}",
            f"{anchor('ask.never_url', words.never)}",
            f"{{% endif %}}{anchor('links.unsubscribe', words.unsubscribe)}",
        ]
    )
    return (
        '<mj-section background-color="#f3f4f6" padding="16px 0 24px"><mj-column width="100%">'
        '<mj-text align="center" color="#4b5563" font-size="13px" line-height="1.6">'
        f'<p style="margin:0 0 8px">{words.why}</p>'
        f'<p style="margin:0 0 8px">{ways_out}{TRAP}</p>'
        '<p style="margin:0">{{ sender.name }}{% if sender.postal_address != "" %} · '
        "{{ sender.postal_address }}{% endif %}</p>"
        "</mj-text></mj-column></mj-section>"
    )


def anchor(variable: str, label: str) -> str:
    """Write a link of the footer."""
    style = "color:#374151;text-decoration:underline;white-space:nowrap"
    return f'<a href="{{{{ {variable} }}}}" style="{style}">{label}</a>'


def body(blocks: list[dict[str, Any]], words: Words) -> str:
    """Write the blocks: runs of plain ones share a section, the others bring their own."""
    parts = []
    for is_section, run in groupby(
        blocks, key=lambda block: KINDS[block["kind"]].is_section
    ):
        inner = "".join(KINDS[block["kind"]].mjml(block, words) for block in run)
        if not is_section:
            inner = (
                '<mj-section padding="16px 0"><mj-column width="100%">'
                f"{inner}</mj-column></mj-section>"
            )
        parts.append(
            f'<mj-wrapper background-color="#ffffff" padding="0">{inner}</mj-wrapper>'
        )
    return "".join(parts)


def variant_mjml(variant: Variant, locale: str) -> str:
    """Write the whole MJML of a variant, the footer included."""
    words = words_for(locale)
    if variant["mode"] == "code":
        return END_OF_BODY.sub(
            lambda match: footer(words) + match.group(), variant["mjml"], count=1
        )
    way = direction(locale)
    preheader = escape(variant["preheader"])
    head = HEAD.format(
        preview=f"<mj-preview>{preheader}</mj-preview>" if preheader else "",
        fonts=FONTS,
        start="right" if way == "rtl" else "left",
    )
    return (
        f'<mjml lang="{escape(locale)}" dir="{way}">{head}'
        '<mj-body background-color="#f3f4f6" width="600px">'
        f"{body(variant['blocks'], words)}{footer(words)}</mj-body></mjml>"
    )
