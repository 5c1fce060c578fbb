"""
Words of the public pages in the languages that we speak.

Each file beside this one is a topic: for each language, its sentences by name. A sentence that
counts has one form for each plural of its language: "friends.one", "friends.other".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unicodedata import combining, normalize

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

FALLBACK = "en"
# The languages that we speak, each by its own name and by the one that marketers read.
NAMES = {
    "en": ("English", "English"),
    "de": ("Deutsch", "German"),
    "fr": ("Français", "French"),
    "es": ("Español", "Spanish"),
    "pt": ("Português", "Portuguese"),
    "ja": ("日本語", "Japanese"),
    "ar": ("العربية", "Arabic"),
}
# Regions that Unicode names and no parcel is sent to.
NO_COUNTRIES = frozenset(
    [
        "AC",
        "AQ",
        "BV",
        "CP",
        "DG",
        "EA",
        "EU",
        "EZ",
        "HM",
        "IC",
        "QO",
        "TA",
        "UN",
        "XA",
        "XB",
        "ZZ",
    ]
)
# Around a value in a text that runs leftward, so that it keeps the order of its letters.
ISOLATED = "\u2068{}\u2069"

Words = dict[str, dict[str, str]]


def load_words(*files: Path) -> Words:
    """Read topics; what a language lacks is said in English."""
    spoken: Words = {language: {} for language in NAMES}
    for file in files:
        topic: Words = json.loads(file.read_text(encoding="utf-8"))
        for language, words in spoken.items():
            words.update(topic[FALLBACK] | topic.get(language, {}))
    return spoken


TOPICS = sorted(Path(__file__).parent.glob("*.json"))
LANGUAGES = load_words(*TOPICS)


def direction_of(locale: str) -> str:
    """Name the direction in which a language is written: ``ltr`` or ``rtl``."""
    parsed = parse_locale(locale)
    return parsed.text_direction if parsed else "ltr"


@dataclass(frozen=True)
class Texts:
    """The words of one language; ``texts.words.copy`` in a template."""

    language: str
    words: Mapping[str, str]

    @property
    def direction(self) -> str:
        """The direction in which the language is written."""
        return direction_of(self.language)

    def day(self, day: date, *, today: date) -> str:
        """Write a day as people do: with the year only if it is another one."""
        if day.year == today.year:
            return format_skeleton("MMMMd", day, locale=self.language)
        return format_date(day, format="long", locale=self.language)

    def number(self, number: int) -> str:
        """Write a number as people do."""
        return format_decimal(number, locale=self.language)

    def countries(self) -> list[tuple[str, str]]:
        """List countries by name, each with its two letters."""
        names = Locale(self.language).territories
        found = [(code, name) for code, name in names.items() if is_country(code)]
        return sorted(found, key=lambda one: sorting(one[1]))

    def country(self, code: str) -> str:
        """Name a country that is given as two letters."""
        return str(Locale(self.language).territories.get(code, code))

    def say(self, sentence: str, /, **values: str | int) -> str:
        """Fill the gaps of a sentence, which is given by its name."""
        return self.words[sentence].format(
            **{name: self._written(value) for name, value in values.items()}
        )

    def count(self, sentence: str, /, number: int, **values: str | int) -> str:
        """Say a sentence about a number, in the plural that the language has for it."""
        form = f"{sentence}.{Locale(self.language).plural_form(number)}"
        name = form if form in self.words else f"{sentence}.other"
        return self.say(name, count=self.number(number), **values)

    def _written(self, value: str | int) -> str:
        """Write a value so that it does not upset the direction of the sentence."""
        if isinstance(value, int):
            return self.number(value)
        return ISOLATED.format(value) if self.direction == "rtl" else value


def sorting(name: str) -> str:
    """Write a name as it is sorted: É where E is."""
    return "".join(
        letter for letter in normalize("NFKD", name.casefold()) if not combining(letter)
    )


def is_country(code: str) -> bool:
    """Whether two letters name a country to which something can be sent."""
    is_known = len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    return is_known and code in Locale(FALLBACK).territories


def texts_for(*locales: str) -> Texts:
    """Take the first of the locales that we speak; English if there is none."""
    for locale in locales:
        parsed = parse_locale(locale)
        if parsed and parsed.language in LANGUAGES:
            return Texts(parsed.language, LANGUAGES[parsed.language])
    return Texts(FALLBACK, LANGUAGES[FALLBACK])


def parse_locale(locale: str) -> Locale | None:
    """Read a tag such as "pt-BR" or "de_DE.UTF-8"; None if it is none."""
    try:
        return Locale.parse(locale.strip().replace("-", "_")) if locale else None
    except (ValueError, TypeError, UnknownLocaleError):
        return None


def chain_of(locale: str) -> list[str]:
    """List a tag and what it falls back to: "pt-BR", then "pt"; nothing if it is no tag."""
    parsed = parse_locale(locale)
    if parsed is None:
        return []
    parts = [part for part in str(parsed).split("_") if part]
    return ["-".join(parts[:size]) for size in range(len(parts), 0, -1)]
