"""What a developer pastes, for each language, with our host and the source's key."""

import base64
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string

from contacts.models import Source

# Stands where the key belongs when it is not known any more.
KEY_PLACEHOLDER = "YOUR_WRITE_KEY"
BROWSER, MOBILE, SERVER = (
    Source.Kind.BROWSER,
    Source.Kind.MOBILE,
    Source.Kind.SERVER,
)


@dataclass(frozen=True)
class Language:
    """A way to send, the sources it is for, and a sentence on where it goes."""

    name: str
    title: str
    kinds: tuple[str, ...]
    hint: str


# fmt: off
LANGUAGES = (
    Language("website", "Website snippet", (BROWSER,), "Paste this into the head of every page. It loads the client from here, and asks no other host."),
    Language("javascript", "JavaScript (npm)", (BROWSER,), "For sites that are built with a bundler; in place of the snippet, not beside it."),
    Language("node", "Node", (SERVER,), "For your server."),
    Language("python", "Python", (SERVER,), "For your server."),
    Language("ruby", "Ruby", (SERVER,), "For your server. This client speaks https only."),
    Language("php", "PHP", (SERVER,), "For your server. The host is written without https://."),
    Language("go", "Go", (SERVER,), "For your server."),
    Language("java", "Java", (SERVER,), "For your server."),
    Language("dotnet", ".NET", (SERVER, MOBILE), "The host is written without https://, and this client speaks https only."),
    Language("ios", "iOS (Swift)", (MOBILE,), "The host is written without https://, and this client speaks https only."),
    Language("android", "Android (Kotlin)", (MOBILE,), "The host is written without https://, and this client speaks https only."),
    Language("react_native", "React Native", (MOBILE,), "Version 2.20 of the client, or a newer one."),
    Language("http", "HTTP (curl)", (BROWSER, MOBILE, SERVER), "Anything that can send a request. With the same message ID it counts once, however often you send it."),
    Language("events", "HTTP (plain)", (SERVER,), "One short object for each event, for a server without a client. The README has every field."),
    Language("pixel", "Pixel", (BROWSER,), "For mails and pages that run no script. The data is the event as base64url JSON."),
)
# fmt: on


@dataclass(frozen=True)
class Example:
    """A language with the text to paste."""

    language: Language
    code: str


def write_examples(source: Source, key: str = "") -> list[Example]:
    """Write the examples that suit a source; with a placeholder where no key is known."""
    values = address_values(key or KEY_PLACEHOLDER)
    return [
        Example(language, write_code(language.name, values))
        for language in LANGUAGES
        if source.kind in language.kinds
    ]


def write_code(name: str, values: dict[str, object]) -> str:
    """Write one example."""
    text = render_to_string(f"contacts/sources/snippets/{name}.txt", values)
    return text.strip()


def address_values(key: str) -> dict[str, object]:
    """Take our public address apart, as the clients want it."""
    parts = urlsplit(settings.SITE_URL)
    is_secure = parts.scheme == "https"
    pixel = {
        "writeKey": key,
        "userId": "user-4711",
        "event": "Email Opened",
        "properties": {"campaign": "Spring"},
    }
    encoded = base64.urlsafe_b64encode(json.dumps(pixel).encode())
    return {
        "key": key,
        "address": settings.SITE_URL.rstrip("/"),
        "host": parts.netloc,
        "hostname": parts.hostname,
        "port": parts.port or (443 if is_secure else 80),
        "is_secure": is_secure,
        "pixel": encoded.decode().rstrip("="),
    }
