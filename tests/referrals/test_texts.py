import re
from datetime import date

import pytest

from referrals.texts import LANGUAGES, texts_for


def gaps_in(words):
    return {name: set(re.findall(r"{(\w+)}", text)) for name, text in words.items()}


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_each_language_has_the_words_and_gaps_of_english(language):
    assert gaps_in(LANGUAGES[language]) == gaps_in(LANGUAGES["en"])
    assert all(text.strip() for text in LANGUAGES[language].values())


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        (["de"], "de"),
        (["de_AT", "fr"], "de"),
        (["fr-CA"], "fr"),
        (["ES"], "es"),
        (["ja-JP", "es"], "es"),
        (["pt-BR"], "en"),
        (["", "de"], "de"),
        (["not a locale at all", "xx"], "en"),
        ([], "en"),
    ],
)
def test_texts_for_takes_the_first_language_that_we_speak(locales, language):
    assert texts_for(*locales).language == language


@pytest.mark.parametrize(
    ("language", "this_year", "last_year"),
    [
        ("en", "March 3", "March 3, 2025"),
        ("de", "3. März", "3. März 2025"),
        ("fr", "3 mars", "3 mars 2025"),
        ("es", "3 de marzo", "3 de marzo de 2025"),
    ],
)
def test_day_names_the_year_only_if_it_is_another(language, this_year, last_year):
    texts = texts_for(language)
    today = date(2026, 11, 20)

    assert texts.day(date(2026, 3, 3), today=today) == this_year
    assert texts.day(date(2025, 3, 3), today=today) == last_year


def test_say_fills_the_gaps():
    assert texts_for("de").say("greeting", name="{name} 李") == "Hallo {name} 李"
