"""
Check MJML, then convert it to HTML.

MRML leaves out unknown tags without a word, lets scripts pass, and takes the whole process
with it when elements nest some thousand deep. So all of that is refused before it sees it.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import mrml

from campaigns.emails.markers import Markers
from campaigns.emails.urls import is_safe_url

LARGEST_SOURCE = 200_000
DEEPEST = 50
MJ_TAGS = {
    "mjml", "mj-head", "mj-body", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint",
    "mj-font", "mj-preview", "mj-style", "mj-title", "mj-accordion", "mj-accordion-element",
    "mj-accordion-text", "mj-accordion-title", "mj-button", "mj-carousel",
    "mj-carousel-image", "mj-column", "mj-divider", "mj-group", "mj-hero", "mj-image",
    "mj-navbar", "mj-navbar-link", "mj-raw", "mj-section", "mj-social", "mj-social-element",
    "mj-spacer", "mj-table", "mj-text", "mj-wrapper",
}  # fmt: skip
HTML_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "center", "code", "col", "colgroup", "del", "div",
    "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol",
    "p", "pre", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
VOID_TAGS = {"br", "hr", "img", "col"}
URL_ATTRIBUTES = {"href", "src", "background", "background-url", "action", "srcset"}
# Numeric references beyond ASCII; what stands for markup stays a reference.
REFERENCE = re.compile(r"&#(\d{3,7});")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass
class MjmlError(Exception):
    """MJML can't be used: why, and on which line (0 if unknown)."""

    reason: str
    line: int = 0

    def __str__(self) -> str:
        """Say it as a sentence's end."""
        return f"line {self.line}: {self.reason}" if self.line else self.reason


class TagChecker(HTMLParser):
    """Walks the tags and raises at the first that a mail may not hold."""

    def __init__(self, markers: Markers) -> None:
        """Start with no element open."""
        super().__init__(convert_charrefs=False)
        self.markers = markers
        self.open: list[str] = []

    def refuse(self, reason: str) -> None:
        """Stop with the line reached."""
        raise MjmlError(reason, self.getpos()[0])

    def check_tag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Refuse unknown tags, scripts, and addresses that lead nowhere good."""
        if tag not in MJ_TAGS and tag not in HTML_TAGS:
            self.refuse(f"the tag <{tag}> is not known, or not allowed in a mail")
        for name, value in attributes:
            if name.startswith("on"):
                self.refuse(
                    f"the attribute {name} is a script, which mails may not hold"
                )
            url = self.markers.restore(value or "")
            if name in URL_ATTRIBUTES and url not in ("", "#") and not is_safe_url(url):
                self.refuse(
                    f"the address '{url[:80]}' must begin with https:// or be a personal link"
                )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a tag and go into it."""
        self.check_tag(tag, attrs)
        if tag not in VOID_TAGS:
            self.open.append(tag)
        if len(self.open) > DEEPEST:
            self.refuse(f"more than {DEEPEST} elements stand inside of each other")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a tag that closes itself."""
        self.check_tag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag; only the one that was opened last."""
        if tag in VOID_TAGS:
            return
        if not self.open or self.open[-1] != tag:
            self.refuse(f"</{tag}> closes nothing that is open")
        self.open.pop()

    def handle_decl(self, decl: str) -> None:
        """Refuse <!DOCTYPE …>."""
        self.refuse(f"<!{decl[:20]}> has no place in MJML")

    def unknown_decl(self, data: str) -> None:
        """Refuse <![CDATA[…]]> and the like."""
        self.refuse(f"<![{data[:20]}]> has no place in MJML")

    def handle_pi(self, data: str) -> None:
        """Refuse <?…?>."""
        self.refuse(f"<?{data[:20]}> has no place in MJML")


def check_mjml(source: str) -> None:
    """
    Check MJML before it is converted.

    :raises MjmlError: with the first thing that is wrong
    """
    if len(source.encode()) > LARGEST_SOURCE:
        raise MjmlError("it is larger than 200 KB")
    if "\x00" in source:
        raise MjmlError("it holds a NUL character")
    markers = Markers(blank_comments(source))
    checker = TagChecker(markers)
    checker.feed(markers.text)
    checker.close()
    if checker.open:
        raise MjmlError(f"the tag <{checker.open[-1]}> is never closed")
    if not re.match(r"\s*<mjml[\s>]", markers.text):
        raise MjmlError("it must begin with <mjml>", 1)
    if "<mj-body" not in markers.text:
        raise MjmlError("it needs an <mj-body>")
    if not re.search(r"</mj-body\s*>\s*</mjml\s*>\s*\Z", markers.text):
        raise MjmlError("nothing may stand behind </mj-body> but </mjml>")


def blank_comments(source: str) -> str:
    """Take comments out, keeping the lines; one might hide what we check for."""
    return COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source)


def written_out(match: re.Match[str]) -> str:
    """Write a numeric reference as its character, unless it is none or plain ASCII."""
    number = int(match.group(1))
    if not 160 < number <= 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return match.group()
    return chr(number)


def convert(mjml: str) -> str:
    """
    Let MRML convert text whose tags have been checked.

    It panics on some texts that are not ASCII, so those go through as numeric references.

    :raises MjmlError: if MRML can't
    """
    plain = mjml.encode("ascii", "xmlcharrefreplace").decode()
    try:
        html = mrml.to_html(plain).content
    except OSError as error:
        raise MjmlError(str(error)) from error
    except BaseException as error:  # a panic in Rust is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise MjmlError(f"it can't be converted: {error}") from error
    return REFERENCE.sub(written_out, html)


def to_html(source: str) -> tuple[str, Markers]:
    """
    Convert MJML to HTML in which Liquid is still hidden.

    :raises MjmlError: if it is refused, or if Liquid stands where MJML drops text
    """
    check_mjml(source)
    markers = Markers(blank_comments(source))
    html = convert(markers.text)
    missing = markers.missing(html)
    if missing:
        raise MjmlError(
            f"'{missing[0]}' stands where mails can't hold text. Move it into an <mj-text>"
        )
    return html, markers
