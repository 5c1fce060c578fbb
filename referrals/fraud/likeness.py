"""Whether two addresses or names may be one person's; words only, no tables."""

import re
import unicodedata

import idna

from contacts.addresses import normalize_address
from referrals.fraud.known import (
    DOTS_IGNORED,
    SAME_MAILBOXES,
    SUBDOMAIN_ALIASES,
    TAGS_DROPPED,
)

# Two names that differ in fewer letters than this share are alike.
ALIKE = 0.85
# Shorter local parts are alike by chance.
SHORTEST = 5


def fold(text: str) -> str:
    """Bring a text to the form in which letters are compared, in any script."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def letters_of(text: str) -> str:
    """Keep the letters, marks and digits of a text, in the form in which they are compared."""
    return "".join(
        letter for letter in fold(text) if unicodedata.category(letter)[0] in "LMN"
    )


def domain_of(address: str) -> str:
    """Name the host of an address in ASCII; blank where there is none."""
    _, at, host = normalize_address(address).rpartition("@")
    if not at:
        return ""
    try:
        return idna.encode(fold(host).rstrip("."), uts46=True).decode()
    except idna.IDNAError:
        return fold(host)


def fraud_key(address: str) -> str:
    """
    Name the mailbox that an address reaches, whatever alias of it is written.

    Lower case; without ``+tag`` and dots where the provider ignores them; one name for the
    names of one provider; the host in ASCII. Blank where there is no address.
    """
    local, at, _ = normalize_address(address).rpartition("@")
    host = domain_of(address)
    if not (local and at and host):
        return ""
    local = fold(local)
    above = host.partition(".")[2]
    if above in SUBDOMAIN_ALIASES:
        local, host = host.partition(".")[0], above
    host = SAME_MAILBOXES.get(host, host)
    if host in TAGS_DROPPED:
        local = local.partition("+")[0] or local
    if host in DOTS_IGNORED:
        local = local.replace(".", "") or local
    return f"{local}@{host}"


def local_part(address: str) -> str:
    """Name what stands before the host of an address, without any tag."""
    local = fraud_key(address).rpartition("@")[0]
    return local.partition("+")[0]


def stem_of(address: str) -> str:
    """Name an address without its tag and its last number: those of a series are equal."""
    key = fraud_key(address)
    local, _, host = key.rpartition("@")
    stem = re.sub(r"[\d._-]+$", "", local.partition("+")[0])
    return f"{stem}@{host}" if len(stem) >= 3 else ""


def distance(one: str, other: str) -> int:
    """Count the letters to change, add or take away to make one text the other."""
    if len(one) < len(other):
        one, other = other, one
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        above, row[0] = row[0], place
        for column, own in enumerate(other, 1):
            kept = above + (letter != own)
            above = row[column]
            row[column] = min(kept, row[column] + 1, row[column - 1] + 1)
    return row[-1]


def likeness(one: str, other: str) -> float:
    """Say how alike two texts are, from 0 to 1; blank ones are like nothing."""
    first, second = letters_of(one)[:80], letters_of(other)[:80]
    if not first or not second:
        return 0.0
    return 1 - distance(first, second) / max(len(first), len(second))


def names_alike(one: str, other: str) -> bool:
    """Whether two full names may be one, also with the family name first."""
    turned = " ".join(reversed(other.split()))
    return max(likeness(one, other), likeness(one, turned)) >= ALIKE


def addresses_alike(one: str, other: str) -> bool:
    """Whether what stands before the hosts of two addresses is nearly the same."""
    first, second = local_part(one), local_part(other)
    if min(len(letters_of(first)), len(letters_of(second))) < SHORTEST:
        return False
    return likeness(first, second) >= ALIKE
