"""The document of a mail: make one, and find the variant for a person."""

from typing import Any

from campaigns.emails.locales import choose_locale

Content = dict[str, Any]
Variant = dict[str, Any]
Block = dict[str, Any]


def empty_variant() -> Variant:
    """Make a variant without words."""
    return {"subject": "", "preheader": "", "mode": "blocks", "blocks": [], "mjml": ""}


def variant_locale(content: Content, locale: str) -> str:
    """Name the variant that somebody of this locale gets: de-AT, then de, then the default."""
    return choose_locale(locale, content["variants"], content["default_locale"])
