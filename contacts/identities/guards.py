"""What names nobody, and how many names of a kind one person may have."""

import re

# More of a kind than this, and it is no longer one person: a shared device, a test account.
MOST = {"user_id": 5, "email": 5, "anonymous_id": 100}

# Refused links of an identifier that are kept. They may hold once another one falls; but more
# of them say that it names nobody: an id that a program gives to everybody.
MOST_REFUSED = 100

# Why two identifiers stay apart.
SHARED_DEVICE = "shared_device"
UNTRUSTED_CLAIM = "untrusted_claim"
STATED = "stated"
NOT_RECOGNIZED = "not_recognized"
TOO_MANY = {kind: f"too_many_{kind}s" for kind in MOST}
CUT = "cut"
BLOCKED_VALUE = "blocked_value"
TOO_LONG = "too_long"
CROWDED = "crowded"

SENTENCES = {
    SHARED_DEVICE: "Two users have used one device. They stay two people.",
    UNTRUSTED_CLAIM: (
        "It names another user. Anybody can send what this source sends, so two users stay"
        " two people unless you trust the source."
    ),
    STATED: (
        "A server, a file or a person had named one of them before. Anybody can send what this"
        " source sends, so it changes nobody’s address unless you trust the source."
    ),
    NOT_RECOGNIZED: (
        "A server, a file or a person had named this address before, and the source does not"
        " recognize people you imported: that is a switch on its page."
    ),
    TOO_MANY["user_id"]: f"One person has at most {MOST['user_id']} user IDs.",
    TOO_MANY["email"]: f"One person has at most {MOST['email']} email addresses.",
    TOO_MANY["anonymous_id"]: (
        f"One person has at most {MOST['anonymous_id']} anonymous IDs."
    ),
    CUT: "Somebody has parted them by hand.",
    BLOCKED_VALUE: "Such a value names nobody: it is sent where there is no name.",
    CROWDED: (
        f"More than {MOST_REFUSED} others came with it already, so it names nobody in particular."
        " That it came with this one is not remembered."
    ),
    TOO_LONG: "An identifier has at most 254 characters.",
}

LONGEST = 254

# What programs write where they have no name, lower case.
PLACEHOLDERS = frozenset(
    {
        "-1",
        "null",
        "(null)",
        "<null>",
        "nil",
        "none",
        "undefined",
        "(not set)",
        "not set",
        "n/a",
        "na",
        "nan",
        "infinity",
        "-infinity",
        "anonymous",
        "anon",
        "guest",
        "unknown",
        "unidentified",
        "true",
        "false",
        "0.0",
        "[object object]",
        "[]",
        "{}",
    }
)
# No placeholder ends so, nor does a row of zeros, of signs, or of one and the same letter.
CERTAIN_ENDS = frozenset("23456789")
# Nor does any begin with a letter and end in a digit.
DIGITS = frozenset("0123456789")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
NOTHING = re.compile(r"[0\W_]*\Z")
# A finger on a key. Two may be initials, and the 111th customer is one.
ONE_CHARACTER = re.compile(r"(\D)\1{2,}\Z", re.DOTALL)


def is_certain(value: str) -> bool:
    """Whether an id stands for somebody at first sight, as most of them do."""
    end = value[-1:]
    return end in CERTAIN_ENDS or (end in DIGITS and value[0] in LETTERS)


def names_nobody(kind: str, value: str) -> bool:
    """Whether the value stands for the lack of a name; every contact would share it."""
    if kind == "email":
        return "@" not in value or value.startswith("@") or value.endswith("@")
    if is_certain(value):
        return False
    text = value.strip().lower()
    return (
        text in PLACEHOLDERS
        or NOTHING.match(text) is not None
        or ONE_CHARACTER.match(text) is not None
    )
