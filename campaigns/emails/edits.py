"""Edits of a mail: each takes its content and returns a new one."""

from copy import deepcopy
from typing import Any

from campaigns.emails.blocks.registry import KINDS, new_block
from campaigns.emails.checks import MOST_BLOCKS
from campaigns.emails.document import Content, Variant, empty_variant
from campaigns.emails.layout import footer, variant_mjml
from campaigns.emails.locales import normalize_locale
from campaigns.emails.words import words_for

LONGEST_TEXT = 100_000
# How wide a mail is, in pixels.
FULL = 600
LINES = ("subject", "preheader", "mjml")


class ContentEditError(ValueError):
    """An edit does not fit the mail as it is; the message is for the marketer."""


def update_texts(content: Content, locale: str, texts: dict[str, str]) -> Content:
    """
    Write what was typed.

    ``texts`` maps ``subject``, ``preheader``, ``mjml`` and ``<index>.<field>`` of a block to a
    text; what is not there stays as it is, what is no field is skipped.
    """
    result = deepcopy(content)
    variant = find_variant(result, locale)
    for name in LINES:
        if name in texts:
            variant[name] = texts[name][:LONGEST_TEXT]
    for index, block in enumerate(variant["blocks"]):
        kind = KINDS.get(block["kind"])
        for field in kind.fields if kind else ():
            text = texts.get(f"{index}.{field.name}")
            if text is not None:
                block[field.name] = text[:LONGEST_TEXT]
    return result


def insert_block(content: Content, locale: str, kind: str, index: int) -> Content:
    """Put a new block at a place."""
    if kind not in KINDS:
        raise ContentEditError("There is no such block. Reload the page.")
    result = deepcopy(content)
    blocks = find_variant(result, locale)["blocks"]
    if len(blocks) >= MOST_BLOCKS:
        raise ContentEditError(f"A mail holds at most {MOST_BLOCKS} blocks.")
    blocks.insert(min(index, len(blocks)), new_block(kind))
    return result


def move_block(content: Content, locale: str, index: int, target: int) -> Content:
    """Take a block to a slot of the mail as it is now; slot 0 is before the first block."""
    result = deepcopy(content)
    blocks = find_variant(result, locale)["blocks"]
    block = _take(blocks, index)
    at = target - 1 if target > index else target
    blocks.insert(max(0, min(at, len(blocks))), block)
    return result


def duplicate_block(content: Content, locale: str, index: int) -> Content:
    """Put a copy of a block right behind it."""
    result = deepcopy(content)
    blocks = find_variant(result, locale)["blocks"]
    block = _take(blocks, index)
    blocks[index:index] = [block, deepcopy(block)]
    return result


def remove_block(content: Content, locale: str, index: int) -> Content:
    """Take a block out."""
    result = deepcopy(content)
    _take(find_variant(result, locale)["blocks"], index)
    return result


def set_mode(content: Content, locale: str, mode: str) -> Content:
    """
    Write the mail as blocks, or as code.

    Code begins with what the blocks make; the blocks are kept for the way back.
    """
    if mode not in ("blocks", "code"):
        raise ContentEditError("A mail is written as blocks or as code.")
    result = deepcopy(content)
    variant = find_variant(result, locale)
    if mode == "code" and not variant["mjml"].strip():
        variant["mjml"] = blocks_as_code(variant, locale)
    variant["mode"] = mode
    return result


def blocks_as_code(variant: Variant, locale: str) -> str:
    """Write the blocks as MJML, without the footer, which every mail gets anyway."""
    whole = variant_mjml({**variant, "mode": "blocks"}, locale)
    return whole.replace(footer(words_for(locale)), "").replace("><mj", ">\n<mj")


def add_locale(content: Content, locale: str, *, copied_from: str) -> Content:
    """Add a language, with the words of another to be translated."""
    tag = normalize_locale(locale)
    if tag in map(normalize_locale, content["variants"]):
        raise ContentEditError("This mail is written in that language already.")
    result = deepcopy(content)
    result["variants"][tag] = deepcopy(find_variant(content, copied_from))
    return result


def remove_locale(content: Content, locale: str) -> Content:
    """Take a language out; its people get the default."""
    if locale == content["default_locale"]:
        raise ContentEditError(
            "The default language can't be removed. Make another one the default first."
        )
    find_variant(content, locale)
    result = deepcopy(content)
    del result["variants"][locale]
    return result


def set_default_locale(content: Content, locale: str) -> Content:
    """Let everybody whose language has no variant get this one."""
    find_variant(content, locale)
    return {**deepcopy(content), "default_locale": locale}


def find_variant(content: Content, locale: str) -> Variant:
    """
    Find the variant of a language.

    :raises ContentEditError: if there is none
    """
    if locale not in content["variants"]:
        raise ContentEditError("The mail is no longer written in that language.")
    return content["variants"][locale]


def complete(content: Content, locale: str) -> Content:
    """Give a mail that nobody has begun its first, empty variant."""
    if content.get("variants"):
        return content
    return {"default_locale": locale, "variants": {locale: empty_variant()}}


def set_picture(
    content: Content, locale: str, index: int, *, url: str, width: int
) -> Content:
    """Let an image block show a picture, at its own width where it is a small one."""
    result = deepcopy(content)
    blocks = find_variant(result, locale)["blocks"]
    if not (0 <= index < len(blocks) and blocks[index]["kind"] == "image"):
        raise ContentEditError("This block is no longer in the mail. Reload the page.")
    blocks[index] |= {"url": url, "width": str(width) if 20 <= width < FULL else ""}
    return result


def _take(blocks: list[dict[str, Any]], index: int) -> dict[str, Any]:
    """Take a block out of its list."""
    if not 0 <= index < len(blocks):
        raise ContentEditError("This block is no longer in the mail. Reload the page.")
    return blocks.pop(index)
