"""
Names that people choose for links: which can be used, and which must not be.

A name is for ever, so it is looked at twice before it is given away.
"""

import re

LEAST = 3
MOST = 50
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Codes of other tools may hold more: they are in the world as they are.
FOREIGN = re.compile(r"[a-z0-9][a-z0-9_.-]{0,48}[a-z0-9]")
# Words that a friend might take for a page of ours, or that we may need one day.
RESERVED = frozenset(
    [
        "a",
        "about",
        "abuse",
        "account",
        "admin",
        "administrator",
        "api",
        "app",
        "apps",
        "ask",
        "billing",
        "blog",
        "contact",
        "coupon",
        "dashboard",
        "demo",
        "docs",
        "download",
        "faq",
        "favicon",
        "friend",
        "gdpr",
        "healthz",
        "help",
        "home",
        "imprint",
        "index",
        "info",
        "invite",
        "legal",
        "link",
        "links",
        "livez",
        "login",
        "logout",
        "me",
        "media",
        "metrics",
        "new",
        "news",
        "null",
        "offer",
        "official",
        "password",
        "pay",
        "payment",
        "portal",
        "postmaster",
        "privacy",
        "qr",
        "r",
        "readyz",
        "refer",
        "referral",
        "referrals",
        "register",
        "reward",
        "rewards",
        "robots",
        "root",
        "sample",
        "search",
        "security",
        "settings",
        "share",
        "shop",
        "sign-in",
        "sign-up",
        "signin",
        "signup",
        "static",
        "status",
        "store",
        "support",
        "system",
        "team",
        "terms",
        "test",
        "undefined",
        "unsubscribe",
        "user",
        "users",
        "v1",
        "webhook",
        "webhooks",
        "webmaster",
        "well-known",
        "widget",
        "wp-admin",
        "www",
    ]
)
# Found anywhere, also across hyphens and with figures for letters.
FOUL = (
    "arschloch", "asshole", "bitch", "bollocks", "cabron", "connard", "cunt", "dildo",
    "enculer", "faggot", "fick", "fotze", "fuck", "hitler", "hurensohn", "kike", "merde",
    "mierda", "motherf", "nazi", "neger", "nigga", "nigger", "paki", "porn", "putain",
    "retard", "scheisse", "shit", "slut", "tranny", "viagra", "wank", "whore",
)  # fmt: skip
# Found as a whole word only: they are parts of honest names.
RUDE = frozenset(
    [
        "anal",
        "anus",
        "arse",
        "ass",
        "casino",
        "cock",
        "crap",
        "cum",
        "damn",
        "dick",
        "fag",
        "fuk",
        "hell",
        "heil",
        "isis",
        "jerk",
        "kkk",
        "nude",
        "nudes",
        "piss",
        "poop",
        "puta",
        "puto",
        "pussy",
        "rape",
        "scam",
        "scum",
        "sex",
        "sexy",
        "ss",
        "tits",
        "twat",
    ]
)
LOOK_ALIKES = str.maketrans("013457@$!", "oieastasi")


class NameRefused(ValueError):
    """A name that can't be used; the text says what to do about it."""


class NameIsRude(NameRefused):
    """A name that looks rude; who knows better may use it anyway."""


def check_name(text: str, *, anyway: bool = False) -> str:
    """
    Return a name as it is kept: lower case, hyphens between words.

    :raises NameRefused: if it is too short or long, has other letters, or is reserved
    :raises NameIsRude: if it looks rude, unless it is to be used ``anyway``
    """
    name = "-".join(text.lower().split())
    if not LEAST <= len(name) <= MOST:
        raise NameRefused(f"Use {LEAST} to {MOST} letters.")
    if not NAME.fullmatch(name):
        raise NameRefused(
            "Use the letters a to z, figures, and single hyphens between them."
        )
    if name in RESERVED:
        raise NameRefused(f"“{name}” is reserved. Choose another name.")
    if not anyway and (word := rude_word(name)):
        raise NameIsRude(f"“{name}” looks rude because of “{word}”.")
    return name


def rude_word(name: str) -> str:
    """Find the part of a name that looks rude; blank if none does."""
    plain = name.replace("-", "")
    for text in (plain, plain.translate(LOOK_ALIKES)):
        if found := next((word for word in FOUL if word in text), ""):
            return found
    words = {*name.split("-"), *name.translate(LOOK_ALIKES).split("-")}
    return min(words & RUDE, default="")


def check_foreign(text: str) -> str:
    """
    Return the code of another tool as it is kept.

    :raises NameRefused: if it has letters that an address would not carry
    """
    code = text.strip().lower()
    if not FOREIGN.fullmatch(code):
        raise NameRefused(
            "A code has 2 to 50 of the letters a to z, figures, and - _ . between them."
        )
    if code in RESERVED:
        raise NameRefused(f"“{code}” is reserved.")
    return code


def as_kept(text: str) -> str:
    """Bring a typed name to the form it is kept in; blank if it can't be one."""
    if len(text) > 2 * MOST:
        return ""
    name = "-".join(text.lower().split())
    return name if FOREIGN.fullmatch(name) else ""
