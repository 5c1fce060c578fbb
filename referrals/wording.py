"""What a program says to somebody, in the nearest language that it has been written in."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction
from django.db.models import Count

from referrals.models import Advocate, Program, ProgramTranslation
from referrals.texts import Texts, Words, chain_of

OFFER_FIELDS = ("offer_headline", "offer_text")
FRIEND_FIELDS = (
    "friend_headline",
    "friend_text",
    "friend_button",
    "friend_conditions",
)
# Where a channel has no words of its own in a language, the general ones of that language stand.
SHARE_FIELDS = ("disclosure", "share_text", "share_email_subject")
CHANNEL_FIELDS = (
    "share_email_text",
    "share_whatsapp_text",
    "share_sms_text",
    "share_x_text",
    "share_linkedin_text",
)
# Sentences of our own that a program may replace: label by name, and the words of all languages.
# Apps above register those of their pages.
EDITABLE: dict[str, str] = {}
EDITABLE_WORDS: Words = {}
FIELDS = (*OFFER_FIELDS, *FRIEND_FIELDS, *SHARE_FIELDS, *CHANNEL_FIELDS)


def register_editable(labels: Mapping[str, str], words: Words) -> None:
    """Let marketers replace sentences of a page, which are named with a label each."""
    EDITABLE.update(labels)
    for language, sentences in words.items():
        own = EDITABLE_WORDS.setdefault(language, {})
        own.update({name: sentences[name] for name in labels})


def reworded(texts: Texts, program: Program, locale: str) -> Texts:
    """Put a program's own sentences in place of ours, where it has some in the language."""
    chain = [tag for tag in chain_of(locale) if tag.split("-")[0] == texts.language]
    wanted = chain or [texts.language]
    if program.translated_at is None:
        return texts
    rows = ProgramTranslation.objects.filter(program_id=program.pk, locale__in=wanted)
    own = {row.locale: row.words for row in rows}
    words = dict(texts.words)
    for tag in reversed(wanted):
        words.update({name: text for name, text in own.get(tag, {}).items() if text})
    return Texts(texts.language, words)


def localized(program: Program, *locales: str) -> Program:
    """
    Return a copy of the program that speaks the nearest of the locales; it can't be saved.

    Each text is looked for in the locale (pt-BR), in its language (pt), then in the program
    itself. ``spoken`` names the locale of most of it. No query once they are known.
    """
    return speak(program, written_in(program), locales)


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


def written_in(program: Program) -> Mapping[str, Mapping[str, str]]:
    """Read the texts of each translation, by its locale; no query if they are known."""
    if program.translated_at is None:
        return {}
    return _written(program.pk, program.translated_at)


@lru_cache(maxsize=256)
def _written(program_id: int, at: datetime) -> Mapping[str, Mapping[str, str]]:
    """Read the texts as they were written last at a moment, once per process."""
    rows = ProgramTranslation.objects.filter(program_id=program_id)
    return dict(rows.values_list("locale", "texts"))


@transaction.atomic
def save_translation(
    *,
    program: Program,
    locale: str,
    texts: Mapping[str, str],
    words: Mapping[str, str] | None = None,
    now: datetime,
) -> None:
    """Keep what a program says in a locale; nothing at all removes the locale."""
    kept = {name: text for name, text in texts.items() if text}
    replaced = {name: text for name, text in (words or {}).items() if text}
    rows = ProgramTranslation.objects.filter(program=program, locale=locale)
    # Before the row, so that two who write wait for each other.
    Program.objects.filter(pk=program.pk).update(translated_at=now)
    program.translated_at = now
    if not kept and not replaced:
        rows.delete()
        return
    ProgramTranslation.objects.update_or_create(
        program=program,
        locale=locale,
        defaults={"texts": kept, "words": replaced, "changed_at": now},
    )


@dataclass(frozen=True)
class Coverage:
    """How many advocates want a locale, and which one they read."""

    locale: str
    people: int
    read: str
    is_spoken: bool


def coverage_of(program: Program) -> list[Coverage]:
    """
    Count the advocates by their locale, most first, with what each of them reads.

    Who has no locale reads what the browser asks for. Two queries.
    """
    written = written_in(program)
    counts = (
        Advocate.objects.filter(program=program, contact__erased_at=None)
        .values_list("contact__locale")
        .annotate(people=Count("pk"))
        .order_by("-people", "contact__locale")
    )
    found = []
    for locale, people in counts:
        chain = nearest(program, written, [locale])
        own = chain_of(program.locale)
        is_spoken = bool(chain) or any(tag in own for tag in chain_of(locale))
        read = chain[0] if chain else program.locale
        found.append(Coverage(locale, people, read, is_spoken or not locale))
    return found


def nearest(
    program: Program, written: Mapping[str, Mapping[str, str]], locales: Iterable[str]
) -> list[str]:
    """List the translations to look into, nearest first; none if the program's own is nearest."""
    for wanted in locales:
        chain = chain_of(wanted)
        own = [tag for tag in chain if tag in chain_of(program.locale)]
        found = [tag for tag in chain if any(written.get(tag, {}).values())]
        if own and (not found or chain.index(own[0]) < chain.index(found[0])):
            return []
        if found:
            return found
    return []
