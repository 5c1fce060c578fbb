"""Languages of mails: which variant a person gets, and in which direction it reads."""

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError

RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"}


def normalize_locale(locale: str) -> str:
    """Bring a tag to one form: ``de_at`` and ``DE-at`` become ``de-AT``."""
    parts = locale.strip().replace("_", "-").split("-")
    head, tail = parts[0].lower(), parts[1:]
    return "-".join(
        [head, *(part.upper() if len(part) == 2 else part for part in tail)]
    )


def choose_locale(wanted: str, available: Iterable[str], default: str) -> str:
    """Choose the nearest available locale: the same, its language, then the default."""
    by_tag = {normalize_locale(locale): locale for locale in available}
    tag = normalize_locale(wanted)
    while tag:
        if tag in by_tag:
            return by_tag[tag]
        tag = tag.rpartition("-")[0]
    return default


def direction(locale: str) -> str:
    """Name the direction of a locale's script: ``ltr`` or ``rtl``."""
    language = normalize_locale(locale).split("-")[0]
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def locale_name(tag: str) -> str:
    """Name a language in English: "German (Austria)"; "" if there is none."""
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-").english_name or tag
    except (ValueError, TypeError, UnknownLocaleError):
        return ""
