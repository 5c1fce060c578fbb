"""Words around an introduction, on the advocate's page and on the friend's."""

from pathlib import Path

from referrals.texts import Texts, load_words, texts_for

WORDS = load_words(Path(__file__).with_suffix(".json"))


def words_for(*locales: str) -> Texts:
    """Take the first of the locales that we speak; English if there is none."""
    language = texts_for(*locales).language
    return Texts(language, WORDS[language])
