"""Addresses that open an app with a message already written."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

# Some mail programs cut a mailto address beyond about 2,000 characters.
MAILTO_LIMIT = 1_800


@dataclass(frozen=True)
class Message:
    """What is shared: a text, the sentence that says what the sharer gets, and the link."""

    text: str
    disclosure: str
    link: str
    subject: str = ""

    def written_out(self) -> str:
        """Put text, disclosure and link below each other."""
        parts = (self.text.strip(), self.disclosure.strip(), self.link)
        return "\n\n".join(part for part in parts if part)


def mailto(message: Message) -> str:
    """Open a mail; a text that would make the address too long is cut, never the link."""
    text = message.text
    while True:
        body = Message(text, message.disclosure, message.link).written_out()
        lines = body.replace("\r\n", "\n").replace("\n", "\r\n")
        address = f"mailto:?subject={quote(message.subject)}&body={quote(lines)}"
        if len(address) <= MAILTO_LIMIT or not text:
            return address
        text = text[: len(text) * 3 // 4].rstrip()


def sms(message: Message) -> str:
    """Open a text message; this spelling is understood by both kinds of phone."""
    return f"sms:?&body={quote(message.written_out())}"


def whatsapp(message: Message) -> str:
    """Open WhatsApp."""
    return (
        f"https://wa.me/?{urlencode({'text': message.written_out()}, quote_via=quote)}"
    )


def x(message: Message) -> str:
    """Open X."""
    text = Message(message.text, message.disclosure, "").written_out()
    query = urlencode({"text": text, "url": message.link}, quote_via=quote)
    return f"https://x.com/intent/post?{query}"


def linkedin(message: Message) -> str:
    """Open LinkedIn, which takes a link and no text."""
    query = urlencode({"url": message.link}, quote_via=quote)
    return f"https://www.linkedin.com/sharing/share-offsite/?{query}"


OPENERS = {
    "whatsapp": whatsapp,
    "email": mailto,
    "sms": sms,
    "x": x,
    "linkedin": linkedin,
}
