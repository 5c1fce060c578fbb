"""What a program says to somebody, in the nearest language that it has been written in."""

from collections.abc import Iterable, Mapping
from copy import copy

from referrals.models import Program, ProgramTranslation
from referrals.texts import chain_of

OFFER_FIELDS = ("offer_headline", "offer_text")
FRIEND_FIELDS = ("friend_headline", "friend_text", "friend_button")
# Where a channel has no words of its own in a language, the general ones of that language stand.
SHARE_FIELDS = ("disclosure", "share_text", "share_email_subject")
CHANNEL_FIELDS = (
    "share_email_text",
    "share_whatsapp_text",
    "share_sms_text",
    "share_x_text",
    "share_linkedin_text",
)
FIELDS = (*OFFER_FIELDS, *FRIEND_FIELDS, *SHARE_FIELDS, *CHANNEL_FIELDS)


def localized(program: Program, *locales: str) -> Program:
    """
    Return a copy of the program that speaks the nearest of the locales; it can't be saved.

    Each text is looked for in the locale (pt-BR), in its language (pt), then in the program
    itself. ``spoken`` names the locale of most of it. One query.
    """
    found = list(ProgramTranslation.objects.filter(program_id=program.pk))
    return speak(program, {row.locale: row.texts for row in found}, locales)


def speak(
    program: Program, written: Mapping[str, Mapping[str, str]], locales: Iterable[str]
) -> Program:
    """Do the same with translations that are given."""
    chain = nearest(program, written, locales)
    spoken = copy(program)
    spoken.spoken = chain[0] if chain else program.locale
    if chain:
        # Our own word for the button follows the language of the page.
        spoken.friend_button = ""
    for locale in reversed(chain):
        texts = written[locale]
        if texts.get("share_text"):
            for field in CHANNEL_FIELDS:
                setattr(spoken, field, "")
        for field in FIELDS:
            if texts.get(field):
                setattr(spoken, field, texts[field])
    return spoken


def nearest(
    program: Program, written: Mapping[str, Mapping[str, str]], locales: Iterable[str]
) -> list[str]:
    """List the translations to look into, nearest first; none if the program's own is nearest."""
    for wanted in locales:
        chain = chain_of(wanted)
        own = [tag for tag in chain if tag in chain_of(program.locale)]
        found = [tag for tag in chain if any(written.get(tag, {}).values())]
        if own and (not found or chain.index(own[0]) <= chain.index(found[0])):
            return []
        if found:
            return found
    return []
