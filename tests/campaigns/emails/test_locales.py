import pytest

from campaigns.emails.locales import choose_locale, direction, locale_name


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("de-AT", "de-AT"),
        ("de_at", "de-AT"),
        ("DE-CH", "de"),
        ("de-Latn-CH", "de"),
        ("fr", "en"),
        ("", "en"),
        ("pt-BR", "pt_BR"),
        ("pt", "en"),
    ],
)
def test_choose_locale_falls_back_step_by_step(wanted, expected):
    available = ["en", "de", "de-AT", "pt_BR"]

    assert choose_locale(wanted, available, "en") == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("ar", "rtl"), ("he-IL", "rtl"), ("FA_ir", "rtl"), ("ur", "rtl"), ("de", "ltr")],
)
def test_direction_follows_the_script(locale, expected):
    assert direction(locale) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("de", "German"), ("de_AT", "German (Austria)"), ("en", "English"), ("xx", "")],
)
def test_a_language_is_named_in_english(tag, expected):
    assert locale_name(tag) == expected
