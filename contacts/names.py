"""How a person's names are put together."""

import unicodedata

# Scripts in which the family name comes first and nothing separates the two.
FAMILY_FIRST = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA")


def is_family_first(name: str) -> bool:
    """Whether the name is written in Chinese, Japanese or Korean characters."""
    letters = [letter for letter in name if letter.isalpha()]
    return bool(letters) and all(
        unicodedata.name(letter, "").startswith(FAMILY_FIRST) for letter in letters
    )


def full_name(first_name: str, last_name: str) -> str:
    """Put both names in the order of their script; one of them may be blank."""
    first, last = first_name.strip(), last_name.strip()
    if first and last and is_family_first(first + last):
        return f"{last}{first}"
    return f"{first} {last}".strip()
