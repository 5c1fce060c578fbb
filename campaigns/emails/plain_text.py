"""The plain-text part of a mail, made from its HTML."""

import re
from html.parser import HTMLParser

PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "ul", "ol", "table", "blockquote"}
LINES = {"br", "div", "tr", "li"}
SILENT = {"head", "style", "script", "title"}
HIDDEN = re.compile(r"display:\s*none|max-height:\s*0", re.IGNORECASE)
VOID = {"br", "hr", "img", "meta", "link", "input", "col"}


class TextMaker(HTMLParser):
    """Collects what can be read: words, addresses of links, descriptions of pictures."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        # Tags inside of the outermost element that is not shown.
        self.hidden: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break lines, remember addresses, step over what is not shown."""
        values = {name: value or "" for name, value in attrs}
        if self.hidden or tag in SILENT or HIDDEN.search(values.get("style", "")):
            if tag not in VOID:
                self.hidden.append(tag)
            return
        if tag in PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in LINES:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")
        elif tag == "a":
            self.links.append(values.get("href", ""))
        elif tag == "img":
            self.parts.append(values.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        """Write the address behind the words of a link."""
        if self.hidden:
            if tag in self.hidden:
                while self.hidden.pop() != tag:
                    pass
            return
        if tag == "a" and self.links:
            url = self.links.pop()
            words = "".join(self.parts).rsplit("\n", 1)[-1]
            if url and url != "#" and not words.rstrip().endswith(url):
                self.parts.append(f": {url}")
        elif tag in PARAGRAPHS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        """Keep words that are shown."""
        if not self.hidden:
            self.parts.append(re.sub(r"[\s\u00a0]+", " ", data))


def from_html(html: str) -> str:
    """Write the HTML of a mail as plain text."""
    maker = TextMaker()
    maker.feed(html)
    maker.close()
    lines = [line.strip() for line in "".join(maker.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
