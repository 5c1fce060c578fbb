"""What the texts of an introduction may mention; plain words between braces."""

import re
from collections.abc import Collection, Mapping

FIELD = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
# Each field in words, for whoever writes a text.
FIELDS = {
    "outcome": "what it has helped them do",
    "product": "your product",
    "rep": "whom the friend would talk to",
    "brand": "your name",
    "advocate": "the advocate's first name",
    "link": "the page on which the friend is asked",
    "disclosure": "what the advocate gets",
}
IN_NOTES = tuple(FIELDS)
# The friend's page has its own link, and speaks of the advocate only as he allows.
ON_PAGES = ("outcome", "product", "rep", "brand", "disclosure")
IN_CALENDARS = ("intro", "program")


class FieldError(ValueError):
    """A text mentions what is not there, or lacks what must be; the text says which."""


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the fields; what is not known stays away."""
    return FIELD.sub(lambda found: values.get(found[1], ""), text)


def check(text: str, *, allowed: Collection[str], needed: Collection[str] = ()) -> None:
    """
    Look at the fields of a text.

    :raises FieldError: if one is unknown or misspelled, or one is missing
    """
    named = [found[1] for found in FIELD.finditer(text)]
    rest = FIELD.sub("", text)
    if "{{" in rest or "}}" in rest or "{%" in rest:
        raise FieldError("Write fields like {{ product }}: small letters, two braces.")
    if unknown := [name for name in named if name not in allowed]:
        offered = ", ".join(f"{{{{ {name} }}}}" for name in allowed)
        raise FieldError(f"There is no {{{{ {unknown[0]} }}}}. Use one of {offered}.")
    for name in needed:
        if name not in named:
            raise FieldError(f"Leave a place for {{{{ {name} }}}}: {FIELDS[name]}.")
