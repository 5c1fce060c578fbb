"""Addresses that open an app with a message already written."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

# Some mail programs cut a mailto address beyond about 2,000 characters.
MAILTO_LIMIT = 1_800
# What fits into a post; X counts every link as 23 letters.
X_LIMIT = 280
X_LINK = 23
BLUESKY_LIMIT = 300
THREADS_LIMIT = 500


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


def shortened(message: Message, limit: int, *, link: int | None = None) -> Message:
    """Cut the text so that a post fits; disclosure and link stay whole."""
    text = message.text.strip()
    length = len(message.link) if link is None else link
    rest = len(Message("", message.disclosure, "").written_out()) + length + 4
    room = max(0, limit - rest)
    if len(text) > room:
        text = f"{text[: max(0, room - 1)].rstrip()}…" if room > 1 else ""
    return Message(text, message.disclosure, message.link, message.subject)


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
    short = shortened(message, X_LIMIT, link=X_LINK)
    text = Message(short.text, short.disclosure, "").written_out()
    query = urlencode({"text": text, "url": message.link}, quote_via=quote)
    return f"https://x.com/intent/post?{query}"


def linkedin(message: Message) -> str:
    """Open LinkedIn, which takes a link and no text."""
    query = urlencode({"url": message.link}, quote_via=quote)
    return f"https://www.linkedin.com/sharing/share-offsite/?{query}"


def facebook(message: Message) -> str:
    """Open Facebook, which takes a link and no text."""
    query = urlencode({"u": message.link}, quote_via=quote)
    return f"https://www.facebook.com/sharer/sharer.php?{query}"


def telegram(message: Message) -> str:
    """Open Telegram."""
    text = Message(message.text, message.disclosure, "").written_out()
    query = urlencode({"url": message.link, "text": text}, quote_via=quote)
    return f"https://t.me/share/url?{query}"


def bluesky(message: Message) -> str:
    """Open Bluesky."""
    text = shortened(message, BLUESKY_LIMIT).written_out()
    return (
        f"https://bsky.app/intent/compose?{urlencode({'text': text}, quote_via=quote)}"
    )


def threads(message: Message) -> str:
    """Open Threads."""
    text = shortened(message, THREADS_LIMIT).written_out()
    query = urlencode({"text": text}, quote_via=quote)
    return f"https://www.threads.com/intent/post?{query}"


OPENERS = {
    "whatsapp": whatsapp,
    "email": mailto,
    "sms": sms,
    "x": x,
    "linkedin": linkedin,
    "facebook": facebook,
    "telegram": telegram,
    "bluesky": bluesky,
    "threads": threads,
}
# They take a link and no text, so the words are there to copy.
PASTED = ("linkedin", "facebook")
