"""Ports for servers that only this machine talks to."""

import errno
import socket

TRIES = 200


def free_port(wanted: int, *, host: str = "127.0.0.1") -> int:
    """
    Give the wanted port or the next one above it that nobody listens on.

    :raises OSError: if none of the next two hundred is free
    """
    for port in range(wanted, wanted + TRIES):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # Connections that have just ended are no reason to refuse a port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
            else:
                return port
    raise OSError(errno.EADDRINUSE, f"No port is free from {wanted} on")


def answers(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether something listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
