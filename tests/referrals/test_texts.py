import json
import re
from datetime import date

import pytest
from babel import Locale

from campaigns.views import words as answer_words
from contacts.views import unsubscribe
from referrals.texts import (
    LANGUAGES,
    NAMES,
    TOPICS,
    chain_of,
    direction_of,
    load_words,
    texts_for,
)

OTHERS = [language for language in NAMES if language != "en"]
ALL_TOPICS = [*TOPICS, answer_words.FILE, unsubscribe.FILE]
# "One friend" says its number by itself.
SPELLED = ("zero", "one", "two")


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


def sentences_of(words):
    """The names of sentences; the plurals of one count as one."""
    return {name.partition(".")[0] for name in words}


def gaps_in(words):
    """The gaps of each sentence, and of each plural."""
    return {name: set(re.findall(r"{(\w+)}", text)) for name, text in words.items()}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("file", ALL_TOPICS, ids=lambda file: file.stem)
def test_each_language_says_what_english_says(file, language):
    topic = read(file)
    english, words = topic["en"], topic[language]

    assert sentences_of(words) == sentences_of(english)
    assert [name for name, text in words.items() if not text.strip()] == []
    wrong = {}
    for name, gaps in gaps_in(words).items():
        base, _, form = name.partition(".")
        wanted = gaps_in(english)[f"{base}.other" if form else name]
        if form in SPELLED:
            gaps, wanted = gaps - {"count"}, wanted - {"count"}
        if gaps != wanted:
            wrong[name] = gaps
    assert wrong == {}


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("file", ALL_TOPICS, ids=lambda file: file.stem)
def test_each_sentence_that_counts_has_each_plural(file, language):
    words = read(file)[language]
    counting = {name.partition(".")[0] for name in words if "." in name}
    # Of millions, which nobody brings.
    plurals = {*Locale(language).plural_form.tags, "other"} - (
        {"many"} if language in ("es", "fr", "pt") else set()
    )

    missing = [
        f"{name}.{form}"
        for name in sorted(counting)
        for form in sorted(plurals)
        if f"{name}.{form}" not in words
    ]
    assert missing == []


def test_no_two_topics_name_a_sentence_alike():
    names = [name for file in TOPICS for name in read(file)["en"]]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        (["de"], "de"),
        (["de_AT", "fr"], "de"),
        (["de_DE.UTF-8"], "de"),
        (["fr-CA"], "fr"),
        (["ES"], "es"),
        (["ja-JP", "es"], "ja"),
        (["pt-BR"], "pt"),
        (["pt_BR"], "pt"),
        (["ar-EG"], "ar"),
        (["pl-PL", "es"], "es"),
        (["", "de"], "de"),
        (["not a locale at all", "xx"], "en"),
        ([], "en"),
    ],
)
def test_texts_for_takes_the_first_language_that_we_speak(locales, language):
    assert texts_for(*locales).language == language


@pytest.mark.parametrize(
    ("locale", "chain"),
    [
        ("pt_BR", ["pt-BR", "pt"]),
        ("zh-Hant-TW", ["zh-Hant-TW", "zh-Hant", "zh"]),
        ("DE", ["de"]),
        ("English", []),
        ("", []),
    ],
)
def test_a_locale_falls_back_to_its_language(locale, chain):
    assert chain_of(locale) == chain


@pytest.mark.parametrize(
    ("locale", "direction"),
    [("en", "ltr"), ("ja", "ltr"), ("ar-EG", "rtl"), ("he", "rtl"), ("?", "ltr")],
)
def test_the_direction_is_that_of_the_script(locale, direction):
    assert direction_of(locale) == direction


@pytest.mark.parametrize(
    ("language", "this_year", "last_year"),
    [
        ("en", "March 3", "March 3, 2025"),
        ("de", "3. März", "3. März 2025"),
        ("fr", "3 mars", "3 mars 2025"),
        ("es", "3 de marzo", "3 de marzo de 2025"),
        ("pt", "3 de março", "3 de março de 2025"),
        ("ja", "3月3日", "2025年3月3日"),
        ("ar", "3 مارس", "3 مارس 2025"),
    ],
)
def test_day_names_the_year_only_if_it_is_another(language, this_year, last_year):
    texts = texts_for(language)
    today = date(2026, 11, 20)

    assert texts.day(date(2026, 3, 3), today=today) == this_year
    assert texts.day(date(2025, 3, 3), today=today) == last_year


def test_say_takes_a_name_as_it_is():
    assert texts_for("de").say("greeting", name="{name} 李") == "Hallo {name} 李"


def test_a_name_keeps_its_order_in_a_text_that_runs_leftward():
    said = texts_for("ar").say("greeting", name="Ada (CEO)")

    assert said == "مرحبًا \u2068Ada (CEO)\u2069"


def test_a_word_that_a_language_lacks_is_english(tmp_path):
    file = tmp_path / "topic.json"
    file.write_text(json.dumps({"en": {"a": "A", "b": "B"}, "de": {"a": "Ä"}}))

    words = load_words(file)

    assert words["de"] == {"a": "Ä", "b": "B"}
    assert words["ja"] == {"a": "A", "b": "B"}
    assert set(words) == set(LANGUAGES)
