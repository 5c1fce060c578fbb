"""Words of the public pages in the languages that we speak."""

from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

from referrals.texts.english import ENGLISH
from referrals.texts.french import FRENCH
from referrals.texts.german import GERMAN
from referrals.texts.spanish import SPANISH

LANGUAGES = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
FALLBACK = "en"


@dataclass(frozen=True)
class Texts:
    """The words of one language; ``texts.words.copy`` in a template."""

    language: str
    words: dict[str, str]

    def day(self, day: date, *, today: date) -> str:
        """Write a day as people do: with the year only if it is another one."""
        if day.year == today.year:
            return format_skeleton("MMMMd", day, locale=self.language)
        return format_date(day, format="long", locale=self.language)

    def say(self, sentence: str, /, **values: str | int) -> str:
        """Fill the gaps of a sentence, which is given by its name."""
        return self.words[sentence].format(**values)


def texts_for(*locales: str) -> Texts:
    """Take the first of the locales that we speak; English if there is none."""
    for locale in locales:
        language = _language_of(locale)
        if language in LANGUAGES:
            return Texts(language, LANGUAGES[language])
    return Texts(FALLBACK, LANGUAGES[FALLBACK])


def _language_of(locale: str) -> str:
    """Name the language of a tag such as "pt-BR" or "de_DE"; blank if it is none."""
    try:
        return Locale.parse(locale.replace("-", "_")).language if locale else ""
    except (ValueError, UnknownLocaleError):
        return ""
