"""Say in sentences what is wrong with a mail, before anybody gets it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from campaigns.emails import layout, liquid, mjml
from campaigns.emails.blocks.kinds import BlockKind, Field, Input
from campaigns.emails.blocks.registry import KINDS
from campaigns.emails.document import Block, Content, Variant
from campaigns.emails.markup import links_of
from campaigns.emails.urls import is_safe_url

LONGEST_SUBJECT = 150
LONGEST_PREHEADER = 250
MOST_BLOCKS = 100
# Gmail cuts a mail off behind this.
CLIPPED_AT = 100_000
# An ask without one of these can't be said yes to.
WAYS_TO_YES = {"ask.url", "ask.yes_url", "advocate.share_url"}
HOW_TO_FIX_YES = (
    'An ask needs a way to say yes. Add the block "Answers", or a button that leads to the '
    "person's own page."
)


@dataclass(frozen=True)
class Finding:
    """
    One thing that is wrong with a mail.

    ``is_error`` stops publishing. ``block`` counts from 0; None speaks of the whole variant.
    """

    sentence: str
    locale: str
    is_error: bool = True
    block: int | None = None


@dataclass(frozen=True)
class Part:
    """A text of a variant, how the marketer calls it, and the block that it is in."""

    name: str
    text: str
    block: int | None = None


def parts_of(variant: Variant) -> Iterator[Part]:
    """Yield each text of a variant that may hold Liquid."""
    yield Part("The subject", variant["subject"])
    if variant["mode"] == "code":
        yield Part("The code", variant["mjml"])
        return
    yield Part("The preheader", variant["preheader"])
    for index, block in enumerate(variant["blocks"]):
        kind = KINDS.get(block.get("kind", ""))
        for field in kind.fields if kind else ():
            name = f'Block {index + 1} "{kind.label}"' if kind else ""
            yield Part(name, str(block.get(field.name, "")), index)


def check_content(
    content: Content, known_variables: Collection[str], *, ask: bool = True
) -> list[Finding]:
    """
    Check each variant of a mail.

    ``known_variables`` are dotted names; one that ends in ``.*`` allows anything below it.
    """
    findings = []
    if content["default_locale"] not in content["variants"]:
        findings.append(
            Finding(
                f'The default language "{content["default_locale"]}" has no variant. '
                "Write it, or choose another default.",
                content["default_locale"],
            )
        )
    for locale, variant in content["variants"].items():
        findings.extend(check_variant(variant, locale, known_variables, ask=ask))
    return findings


def check_variant(
    variant: Variant, locale: str, known: Collection[str], *, ask: bool
) -> Iterator[Finding]:
    """Check one variant: its lines, its texts, its blocks or code, its way to yes."""
    yield from check_lines(variant, locale)
    used: set[str] = set()
    is_readable = True
    for part in parts_of(variant):
        try:
            names = liquid.variables_used(part.text)
        except liquid.TemplateError as error:
            is_readable = False
            yield Finding(f"{part.name}: {error}.", locale, block=part.block)
            continue
        used |= {name for name, _ in names}
        yield from check_names(part, names, locale, known)
    body_findings = list(
        check_code(variant, locale)
        if variant["mode"] == "code"
        else check_blocks(variant, locale)
    )
    yield from body_findings
    if any(block.get("kind") == "answers" for block in own_blocks(variant)):
        used.add("ask.yes_url")
    if ask and is_readable and not used & WAYS_TO_YES:
        yield Finding(HOW_TO_FIX_YES, locale)
    if is_readable and not any(finding.is_error for finding in body_findings):
        yield from check_size(variant, locale)


def own_blocks(variant: Variant) -> list[Block]:
    """List the blocks that are used; in code mode none are."""
    return variant["blocks"] if variant["mode"] == "blocks" else []


def check_lines(variant: Variant, locale: str) -> Iterator[Finding]:
    """Check subject and preheader."""
    subject, preheader = variant["subject"].strip(), variant["preheader"].strip()
    if not subject:
        yield Finding("The subject is missing.", locale)
    if len(subject) > LONGEST_SUBJECT:
        yield Finding(
            f"The subject is longer than {LONGEST_SUBJECT} characters.", locale
        )
    if len(preheader) > LONGEST_PREHEADER:
        yield Finding(
            f"The preheader is longer than {LONGEST_PREHEADER} characters.", locale
        )
    if not preheader and variant["mode"] == "blocks":
        yield Finding(
            "There is no preheader. Most mailboxes show it next to the subject.",
            locale,
            is_error=False,
        )


def check_names(
    part: Part, names: list[tuple[str, int]], locale: str, known: Collection[str]
) -> Iterator[Finding]:
    """Check that each variable exists."""
    for name, line in names:
        if is_known(name, known):
            continue
        near = get_close_matches(name, [one for one in known if one[-1] != "*"], n=1)
        place = f" (line {line})" if part.text.count("\n") else ""
        hint = f" Did you mean '{near[0]}'?" if near else ""
        yield Finding(
            f"{part.name}{place}: '{name}' does not exist.{hint}",
            locale,
            block=part.block,
        )


def is_known(name: str, known: Collection[str]) -> bool:
    """Tell whether a variable, or everything below its beginning, is known."""
    if name in known or any(one.startswith(name + ".") for one in known):
        return True
    return any(one[-1] == "*" and name.startswith(one[:-1]) for one in known)


def check_blocks(variant: Variant, locale: str) -> Iterator[Finding]:
    """Check each block by its kind."""
    blocks = variant["blocks"]
    if not blocks:
        yield Finding("The mail is empty. Add a block.", locale)
    if len(blocks) > MOST_BLOCKS:
        yield Finding(f"A mail holds at most {MOST_BLOCKS} blocks.", locale)
    for index, block in enumerate(blocks):
        kind = KINDS.get(block.get("kind", ""))
        if kind is None:
            sentence = f"Block {index + 1} is of an unknown kind. Remove it."
            yield Finding(sentence, locale, block=index)
            continue
        for sentence in check_block(block, kind):
            yield Finding(
                f'Block {index + 1} "{kind.label}": {sentence}', locale, block=index
            )


def check_block(block: Block, kind: BlockKind) -> Iterator[str]:
    """Say what is wrong with one block."""
    for field in kind.fields:
        yield from check_field(block.get(field.name, ""), field)
    yield from kind.check(block)


def check_field(value: object, field: Field) -> Iterator[str]:
    """Say what is wrong with one value of a block."""
    if not isinstance(value, str):
        yield f"{field.label} must be text."
        return
    if field.required and not value.strip():
        yield f"{field.label} is missing."
    if len(value) > field.longest:
        yield f"{field.label} is longer than {field.longest:,} characters."
    if field.choices and value and value not in dict(field.choices):
        yield f"{field.label} must be one of {', '.join(dict(field.choices).values())}."
    addresses = links_of(value) if field.input == Input.RICH else []
    if field.input == Input.URL and value.strip():
        addresses = [value]
    for address in addresses:
        if not is_safe_url(address):
            yield (
                f"'{address[:80]}' is no address a mail may link to. It must begin with "
                "https://, or be one of the personal links."
            )


def check_code(variant: Variant, locale: str) -> Iterator[Finding]:
    """Check code: that it is MJML, with nothing in it that a mail may not hold."""
    try:
        mjml.check_mjml(variant["mjml"])
    except mjml.MjmlError as error:
        yield Finding(f"The code: {error}.", locale)


def check_size(variant: Variant, locale: str) -> Iterator[Finding]:
    """Convert the variant and look at the result."""
    try:
        html, _ = mjml.to_html(layout.variant_mjml(variant, locale))
    except mjml.MjmlError as error:
        name = "The code" if variant["mode"] == "code" else "The mail"
        yield Finding(f"{name}: {error}.", locale)
        return
    if len(html.encode()) > CLIPPED_AT:
        yield Finding(
            "The mail is larger than 100 KB. Gmail will cut it off before the footer.",
            locale,
            is_error=False,
        )
    if not re.search(r"<body\b", html):
        yield Finding("The mail has no body.", locale)
