"""Turn a text, as of a cell or a trait, into a value, or say that it is none."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email

from contacts.addresses import normalize_address

# The plain form that nearly all addresses have; the rest goes to the slower judge.
PLAIN_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}"
)
is_plain = PLAIN_ADDRESS.fullmatch
# Longer cells are not looked at closely: no address, with a name around it, is so long.
LONGEST = 1_000
LONGEST_ADDRESS = 254
NAMED_ADDRESS = re.compile(r"^(?P<name>[^<>]*)<\s*(?P<address>[^<>]+?)\s*>[;,]?$")
SEVERAL = re.compile(r"@[^@]*[;,\s]+[^@\s]+@")
SPREADSHEET_ERRORS = frozenset(
    ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#####"]
)
# A formula-safe export puts an apostrophe in front; taking it in again removes it.
GUARDED = re.compile(r"^'(?=[=+\-@\t\r＝＋－＠])")
YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "1",
        "on",
        "x",
        "t",
        "ja",
        "oui",
        "si",
        "sí",
        "sim",
        "vrai",
        "wahr",
        "verdadero",
        "да",
        "はい",
        "是",
    ]
)
NO = frozenset(
    [
        "no",
        "n",
        "false",
        "0",
        "off",
        "f",
        "nein",
        "non",
        "nao",
        "não",
        "faux",
        "falsch",
        "falso",
        "нет",
        "いいえ",
        "否",
    ]
)
NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,10})?")
TYPO_DOMAINS = {
    "gamil.com": "gmail.com", "gmial.com": "gmail.com", "gmail.con": "gmail.com",
    "gmail.co": "gmail.com", "gmai.com": "gmail.com", "gmal.com": "gmail.com",
    "hotmial.com": "hotmail.com", "hotmail.con": "hotmail.com", "yaho.com": "yahoo.com",
    "yahoo.con": "yahoo.com", "outlok.com": "outlook.com", "outlook.con": "outlook.com",
    "iclod.com": "icloud.com", "icloud.con": "icloud.com",
}  # fmt: skip


class BadAddress(ValueError):
    """The text is no address; the text of the error is a code of ``reasons``."""


def clean_address(text: str) -> str:
    """
    Bring an address to its normal form.

    Takes what people paste: ``mailto:``, ``Name <address>``, full-width signs, a closing comma.

    :raises BadAddress: with the code of the reason
    """
    address = text.strip().lower()
    if len(address) <= LONGEST_ADDRESS and is_plain(address):
        return address
    return _clean_odd_address(text)


def _clean_odd_address(text: str) -> str:
    """Judge an address that is not of the plain form."""
    if len(text) > LONGEST:
        raise BadAddress("email_too_long")
    address = GUARDED.sub("", normalize_address(text))
    address = address.replace("＠", "@").replace("．", ".")
    named = NAMED_ADDRESS.match(address)
    if named:
        address = named.group("address")
    address = address.removeprefix("mailto:").strip().strip("<>\"'").rstrip(";,. ")
    if not address:
        raise BadAddress("email_missing")
    if len(address) > LONGEST_ADDRESS:
        raise BadAddress("email_too_long")
    if SEVERAL.search(address):
        raise BadAddress("several_emails")
    try:
        judged = validate_email(
            address, check_deliverability=False, allow_smtputf8=True
        )
    except (EmailNotValidError, ValueError) as error:
        raise BadAddress("email_invalid") from error
    # The domain in its plain (IDNA) form, so that one person has one address.
    return f"{judged.local_part}@{judged.ascii_domain}".lower()


@lru_cache(maxsize=1)
def _languages_by_name() -> dict[str, str]:
    """Names of languages, in English and in the language itself → code."""
    names: dict[str, str] = {}
    english = Locale("en")
    for code, name in english.languages.items():
        names[str(name).casefold()] = str(code)
    for code in [
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "pl",
        "ru",
        "ja",
        "ko",
        "zh",
        "ar",
        "he",
        "sv",
        "da",
        "fi",
        "tr",
        "cs",
        "el",
    ]:
        own = Locale(code).get_language_name()
        if own:
            names[own.casefold()] = code
    return names


@lru_cache(maxsize=4096)
def clean_locale(text: str) -> str | None:
    """Bring a language to its tag: ``de_de`` → ``de-DE``, ``German`` → ``de``; None if unknown."""
    tag = text.strip().split(".")[0].replace("_", "-")
    named = _languages_by_name().get(tag.casefold())
    if named:
        return named
    try:
        locale = Locale.parse(get_global("language_aliases").get(tag, tag), sep="-")
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    return str(locale).replace("_", "-")


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Names of time zones, whatever their case."""
    return {
        name.casefold(): name for name in available_timezones() if name != "localtime"
    }


@lru_cache(maxsize=4096)
def clean_time_zone(text: str) -> str | None:
    """Find the time zone of a name; None if there is none."""
    return _zones().get(text.strip().replace(" ", "_").casefold())


def clean_number(text: str) -> int | float | None:
    """Read a number; None if it is none, or has lost digits in a spreadsheet."""
    if not NUMBER.fullmatch(text):
        return None
    plain = text.replace(",", "")
    return float(plain) if "." in plain else int(plain)


def clean_flag(text: str) -> bool | None:
    """Read a yes or no in several languages; None if it is neither."""
    word = text.casefold()
    if word in YES:
        return True
    return False if word in NO else None


def split_name(text: str) -> tuple[str, str]:
    """Split a full name at its last space; names without a space stay whole."""
    words = text.split()
    if len(words) < 2:
        return text.strip(), ""
    return " ".join(words[:-1]), words[-1]
