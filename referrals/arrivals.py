"""What a request says about who makes it, and the hashes by which two can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.crypto import salted_hmac

# What is looked at; of a request that is kept for later nothing else is.
HEADERS = ("User-Agent", "Referer", "Sec-Purpose", "Purpose", "X-Moz", "X-Purpose")


@dataclass(frozen=True)
class Arrival:
    """
    What a request says about who makes it; ``is_own_browser`` if it is the advocate's.

    ``mailed_at`` is when the link left in a mail of ours, if it did; ``ad_parameter`` names
    what a paid ad has added to its address.
    """

    method: str = "GET"
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""
    is_own_browser: bool = False
    asset: str = ""
    place: str = ""
    mailed_at: datetime | None = None
    ad_parameter: str = ""

    @property
    def user_agent(self) -> str:
        """The browser's name, as far as it is plain text."""
        agent = self.headers.get("User-Agent", "")
        return "".join(letter for letter in agent if letter.isprintable())[:400]

    @property
    def referrer_host(self) -> str:
        """The host of the page that the visitor comes from; blank if that is unknown."""
        try:
            host = urlsplit(self.headers.get("Referer", "")).hostname or ""
        except ValueError:
            return ""
        return host[:253] if host.isprintable() else ""

    @property
    def visitor_key(self) -> str:
        """The hash of address and browser: the same visitor, as far as anybody can tell."""
        return hash_of("visitor", self.address, self.user_agent)

    @property
    def address_hash(self) -> str:
        """The hash of the address; blank if there is none."""
        return hash_of("address", self.address) if self.address else ""


@dataclass(frozen=True)
class KeptArrival(Arrival):
    """An arrival that was kept for later, with its hashes instead of the address."""

    kept_visitor: str = ""
    kept_address: str = ""

    @property
    def visitor_key(self) -> str:
        """The hash of address and browser."""
        return self.kept_visitor

    @property
    def address_hash(self) -> str:
        """The hash of the address."""
        return self.kept_address


def keep(arrival: Arrival) -> dict[str, Any]:
    """Write an arrival down for later; of the address only its hashes."""
    mailed_at = arrival.mailed_at
    return {
        "visitor": arrival.visitor_key,
        "address": arrival.address_hash,
        "headers": {
            name: value[:1000]
            for name in HEADERS
            if (value := arrival.headers.get(name, ""))
        },
        "channel": arrival.channel,
        "asset": arrival.asset,
        "place": arrival.place,
        "mailed": mailed_at.timestamp() if mailed_at else None,
        "ad": arrival.ad_parameter,
    }


def kept(values: Mapping[str, Any]) -> KeptArrival:
    """Read an arrival that was written down."""
    mailed = values["mailed"]
    return KeptArrival(
        headers=values["headers"],
        channel=values["channel"],
        asset=values["asset"],
        place=values["place"],
        mailed_at=datetime.fromtimestamp(mailed, UTC) if mailed else None,
        ad_parameter=values.get("ad", ""),
        kept_visitor=values["visitor"],
        kept_address=values["address"],
    )


def hash_of(purpose: str, *words: str) -> str:
    """Hash words with our key, so that they can be compared and not read."""
    salt = f"referrals.visits.{purpose}"
    return salted_hmac(salt, "\n".join(words), algorithm="sha256").hexdigest()[:32]
