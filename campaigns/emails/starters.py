"""Mails to begin with, in English and German; a marketer changes every word of them."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from campaigns.emails.blocks.registry import new_block
from campaigns.emails.document import Content


@dataclass(frozen=True)
class Starter:
    """A ready-made mail: its name, when to take it, and the content."""

    key: str
    name: str
    help: str
    content: Content


def block(kind: str, **values: str) -> dict[str, Any]:
    """Make a block with some of its values."""
    return new_block(kind) | values


def variant(subject: str, preheader: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    """Make a variant out of blocks."""
    return {
        "subject": subject,
        "preheader": preheader,
        "mode": "blocks",
        "blocks": list(blocks),
        "mjml": "",
    }


def starter(
    key: str, name: str, help_text: str, variants: dict[str, dict[str, Any]]
) -> Starter:
    """Make a starter whose default language is English."""
    return Starter(key, name, help_text, {"default_locale": "en", "variants": variants})


THANK_YOU = starter(
    "thank_you",
    "Simple thank-you",
    "Short and personal. For people who have just had a good experience.",
    {
        "en": variant(
            'A small favor, {{ contact.first_name | default: "if you like" }}?',
            "It takes less than a minute, and it helps us a lot.",
            block(
                "text",
                text='Hi {{ contact.first_name | default: "there" }},\n\nthank you for being '
                "with us. People like you are the reason that others find us.\n\nIs there "
                "somebody who would enjoy {{ sender.name }} as much as you do? We have made a "
                "link that is yours alone:",
            ),
            block("note", text="[{{ advocate.link }}]({{ advocate.link }})"),
            block("text", text="{{ program.offer }}"),
            block("answers"),
        ),
        "de": variant(
            'Eine kleine Bitte{% if contact.first_name != "" %}, {{ contact.first_name }}'
            "{% endif %}",
            "Es dauert keine Minute und hilft uns sehr.",
            block(
                "text",
                text='Hallo{% if contact.first_name != "" %} {{ contact.first_name }}'
                "{% endif %},\n\nvielen Dank, dass Sie bei uns sind. Dank Menschen wie Ihnen "
                "finden andere zu uns.\n\nKennen Sie jemanden, dem {{ sender.name }} ebenso "
                "gefallen würde? Dieser Link gehört nur Ihnen:",
            ),
            block("note", text="[{{ advocate.link }}]({{ advocate.link }})"),
            block("text", text="{{ program.offer }}"),
            block("answers"),
        ),
    },
)

BOTH_SIDES = starter(
    "both_sides",
    "Something for both of you",
    "Puts the offer first: what the friend gets, and what the advocate gets.",
    {
        "en": variant(
            "Something for a friend, and something for you",
            "{{ program.friend_offer }}",
            block("heading", text="Share it, and you both gain", align="center"),
            block(
                "columns",
                start="**For your friend**\n\n{{ program.friend_offer }}",
                end="**For you**\n\n{{ program.offer }}",
            ),
            block(
                "text",
                text='{{ contact.first_name | default: "Hello" }}, send your link to one person '
                "who comes to mind. One is enough. Your friend sees from the start that you "
                "get something, too.",
            ),
            block("note", text="[{{ advocate.link }}]({{ advocate.link }})"),
            block("answers", yes_label="Yes, I'll share it"),
        ),
        "de": variant(
            "Etwas für Freunde, und etwas für Sie",
            "{{ program.friend_offer }}",
            block(
                "heading", text="Empfehlen, und beide haben etwas davon", align="center"
            ),
            block(
                "columns",
                start="**Für Ihre Freunde**\n\n{{ program.friend_offer }}",
                end="**Für Sie**\n\n{{ program.offer }}",
            ),
            block(
                "text",
                text="Schicken Sie Ihren Link einem Menschen, der Ihnen gerade einfällt. Einer "
                "genügt. Dass auch Sie etwas bekommen, steht offen dabei.",
            ),
            block("note", text="[{{ advocate.link }}]({{ advocate.link }})"),
            block("answers", yes_label="Ja, ich empfehle Sie"),
        ),
    },
)

TO_FORWARD = starter(
    "to_forward",
    "A note to forward",
    "For business relations: a few lines that can be passed on as they are.",
    {
        "en": variant(
            "Do you know somebody with the same problem?",
            "A note that you can pass on as it is.",
            block(
                "text",
                text='Hi {{ contact.first_name | default: "there" }},\n\nif a colleague comes to '
                "mind who could use {{ sender.name }}, here is a note to pass on. Change "
                "whatever you like.",
            ),
            block(
                "note",
                text="Hi,\n\nwe use {{ sender.name }} and I thought of you. Have a look when you "
                "have a minute: {{ advocate.link }}\n\n(I may get something if you sign up.)",
            ),
            block("answers", yes_label="Yes, I'll pass it on"),
        ),
        "de": variant(
            "Kennen Sie jemanden mit derselben Aufgabe?",
            "Ein paar Zeilen zum Weiterleiten.",
            block(
                "text",
                text='Guten Tag{% if contact.name != "" %} {{ contact.name }}{% endif %},\n\n'
                "falls Ihnen jemand einfällt, dem {{ sender.name }} nützen könnte: Hier sind ein "
                "paar Zeilen zum Weiterleiten. Ändern Sie daran, was Sie möchten.",
            ),
            block(
                "note",
                text="Guten Tag,\n\nwir arbeiten mit {{ sender.name }}, und ich habe dabei an Sie "
                "gedacht. Schauen Sie es sich einmal an: {{ advocate.link }}\n\n(Wenn Sie sich "
                "anmelden, bekomme ich vielleicht etwas dafür.)",
            ),
            block("answers", yes_label="Ja, ich leite es weiter"),
        ),
    },
)

STARTERS: dict[str, Starter] = {
    one.key: one for one in (THANK_YOU, BOTH_SIDES, TO_FORWARD)
}


def starter_content(key: str) -> Content:
    """Make a copy of a starter's content, to be changed at will."""
    return deepcopy(STARTERS[key].content)
