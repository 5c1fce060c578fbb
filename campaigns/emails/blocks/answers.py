"""The three answers to an ask, each as easy to give as the others."""

from typing import Any

from campaigns.emails.blocks.kinds import BlockKind, Field
from campaigns.emails.markup import escape
from campaigns.emails.words import Words

QUIET = (
    'background-color="#ffffff" color="#1f2937" border="1px solid #9ca3af" '
    'padding-top="0"'
)


def mjml(block: dict[str, Any], words: Words) -> str:
    """Write three buttons of one size; blank labels speak the language of the mail."""
    yes = escape(block.get("yes_label", "") or words.yes)
    not_now = escape(block.get("not_now_label", "") or words.not_now)
    never = escape(block.get("never_label", "") or words.never)
    return (
        f'<mj-button width="280px" href="{{{{ ask.yes_url }}}}">{yes}</mj-button>'
        f'<mj-button width="280px" {QUIET} href="{{{{ ask.not_now_url }}}}">{not_now}</mj-button>'
        f'<mj-button width="280px" {QUIET} href="{{{{ ask.never_url }}}}">{never}</mj-button>'
    )


ANSWERS = BlockKind(
    kind="answers",
    label="Answers",
    icon="thumbs_up_down",
    help="Yes, Not now and Don't ask again. Each opens a page; nothing is decided by the click alone.",
    fields=(
        Field("yes_label", "Yes", longest=80, help="Blank: in the mail's language."),
        Field("not_now_label", "Not now", longest=80),
        Field("never_label", "Don't ask again", longest=80),
    ),
    mjml=mjml,
)
