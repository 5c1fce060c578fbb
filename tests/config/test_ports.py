import errno
import socket

import pytest

from config import ports
from config.ports import answers, free_port


@pytest.fixture
def taken():
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_port_is_the_wanted_one(taken):
    wanted = free_port(taken)

    assert free_port(wanted) == wanted


def test_free_port_is_above_a_taken_one(taken):
    assert free_port(taken) > taken


def test_free_port_gives_up_when_none_is_free(taken, monkeypatch):
    monkeypatch.setattr(ports, "TRIES", 1)

    with pytest.raises(OSError, match="No port is free") as error:
        free_port(taken)

    assert error.value.errno == errno.EADDRINUSE


def test_free_port_does_not_hide_another_error(taken):
    with pytest.raises(OSError, match="assign"):
        free_port(taken, host="203.0.113.1")


def test_answers_tells_whether_somebody_listens(taken):
    assert answers(taken)
    assert not answers(free_port(taken))
