"""Segment's own clients for servers deliver as they are: no error, no retry, exact counts."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contacts.models import InboxBody
from tests.contacts.tracking.clients.install import (
    PYTHON_VERSIONS,
    CannotInstall,
    install_node,
    install_python,
)
from tests.factories.tracking import make_key

HERE = Path(__file__).parent
NEW_YEAR = datetime(2026, 1, 2, 3, tzinfo=UTC)
NO_NODE = "No Node on this machine; install the system's packages nodejs and npm"


def run(*command, **environment):
    """Run a client to its end, and give what it says."""
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("encoding", ["plain", "gzip"])
@pytest.mark.parametrize("version", PYTHON_VERSIONS)
def test_the_client_for_python(site, delivered_once, version, encoding):
    key = make_key()
    script = str(HERE / "drive_python.py")

    said = run(
        sys.executable,
        script,
        key,
        site,
        encoding,
        PYTHONPATH=str(install_python(version)),
    )

    assert said == {"sent": 247, "errors": []}
    messages = delivered_once()
    assert Counter(message.kind for message in messages) == {
        "track": 241,
        "identify": 2,
        "page": 1,
        "screen": 1,
        "group": 1,
        "alias": 1,
    }
    orders = [message for message in messages if message.name == "Order Completed"]
    assert {message.user_id for message in orders} == {str(n) for n in range(1, 241)}
    assert orders[0].properties == {"total": 39.95, "placed": "2026-01-02T03:00:00"}
    assert abs(orders[0].occurred_at - NEW_YEAR).total_seconds() < 60
    (odd,) = [message for message in messages if message.name == "Odd"]
    assert (odd.properties, odd.flags) == (
        {"nul": "ab", "half": "\ufffd", "tags": ["x"]},
        ("repaired",),
    )
    encodings = set(InboxBody.objects.values_list("encoding", flat=True))
    assert encodings == {"gzip" if encoding == "gzip" else ""}


@pytest.mark.skipif(not (shutil.which("npm") or os.environ.get("CI")), reason=NO_NODE)
def test_the_client_for_node(site, delivered_once):
    key = make_key()
    script = str(HERE / "drive_node.mjs")
    try:
        folder = str(install_node())
    except CannotInstall as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))

    said = run("node", script, folder, key, site)

    assert (said["sent"], said["errors"]) == (246, [])
    messages = delivered_once()
    assert Counter(message.kind for message in messages) == {
        "track": 241,
        "identify": 1,
        "page": 1,
        "screen": 1,
        "group": 1,
        "alias": 1,
    }
    # As many requests as it made: none was repeated.
    assert InboxBody.objects.count() == said["requests"]
    order = next(one for one in messages if one.name == "Order Completed")
    assert order.properties == {
        "total": 39.95,
        "odd": None,
        "half": "\ufffd",
        "nul": "ab",
    }
    assert order.flags == ("repaired",)
    assert abs(order.occurred_at - NEW_YEAR).total_seconds() < 60
    (large,) = [message for message in messages if message.name == "Large"]
    assert large.flags == ("oversize",)
