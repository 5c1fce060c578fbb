"""What a browser would send."""

from html.parser import HTMLParser


class Fields(HTMLParser):
    """Gathers the successful controls of a page."""

    def __init__(self):
        super().__init__()
        self.found = {}
        self.select = None
        self.textarea = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name = given.get("name")
        if (
            tag == "input"
            and given.get("type") == "checkbox"
            and "checked" not in given
        ):
            return
        if tag == "input" and name:
            self.found[name] = given.get("value") or ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            if "selected" in given or self.select not in self.found:
                self.found[self.select] = given.get("value") or ""
        elif tag == "textarea":
            self.textarea = name
            self.found[name] = ""

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.textarea = None

    def handle_data(self, data):
        if self.textarea:
            self.found[self.textarea] += data


def fields_of(page):
    parser = Fields()
    parser.feed(page)
    return parser.found
