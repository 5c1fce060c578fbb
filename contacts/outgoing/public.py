"""
Which network addresses belong to the whole world.

What is not known to be public is not. ``ipaddress`` alone is not asked, for its answers differ
from one Python to the next, and addresses that carry another one inside pass it.
"""

from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

# The registry of special addresses of IPv4, and two that clouds answer on for their machines.
NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"),
        *("169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),
    )
)
# The part of IPv6 that is given out to the world, and what in it is not: tunnels, which end
# where the address inside says, and what is for documents and tests.
GLOBAL = IPv6Network("2000::/3")
NOT_GLOBAL = tuple(
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
# Where a network without IPv4 reaches it: the address stands in the last 32 bits.
TRANSLATED = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether an address, as a resolver writes it, belongs to the whole world."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_v4(address)
    return _is_public_v6(address)


def _is_public_v4(address: IPv4Address) -> bool:
    """Whether it is in none of the special ranges."""
    return not any(address in network for network in NOT_PUBLIC)


def _is_public_v6(address: IPv6Address) -> bool:
    """Whether it is given out, or stands for an address of IPv4 that is public."""
    if address.scope_id:
        return False
    if address.ipv4_mapped:
        return _is_public_v4(address.ipv4_mapped)
    if address in TRANSLATED:
        return _is_public_v4(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in GLOBAL and not any(address in one for one in NOT_GLOBAL)
