import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.safety import check_dangers, refuse_dangers
from config.secrets import make_key

PRODUCTION = {
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": "m2Lq9_wXc7-fT4zRk8vBn1YhJ5sDp3Ga9W6oIi0tZyHxQwErTnMb",
    "SUPPRESSION_KEY": "of its own",
    "SITE_URL": "https://referrals.example.com",
    "ALLOWED_HOSTS": ["referrals.example.com", "localhost"],
}
LOCAL = {"SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": ["localhost"]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"SECRET_KEY": "insecure-for-development" + "-0123456789" * 4}, ["E001"]),
        ({"SECRET_KEY": "short"}, ["E001"]),
        ({"SECRET_KEY": "ab" * 40}, ["E001"]),
        ({"DEBUG": True}, ["E002"]),
        ({"DEMO": True}, ["E003"]),
        (LOCAL, ["E004"]),
        ({"SUPPRESSION_KEY": "suppression-" + PRODUCTION["SECRET_KEY"]}, ["E005"]),
        ({**LOCAL, "DEBUG": True}, []),
        ({**LOCAL, "DEMO": True, "SUPPRESSION_KEY": PRODUCTION["SECRET_KEY"]}, []),
    ],
)
def test_dangers_are_found(settings, changes, found):
    for name, value in {**PRODUCTION, **changes}.items():
        setattr(settings, name, value)

    assert [error.id for error in check_dangers(None)] == [
        f"greenlight.{number}" for number in found
    ]


def test_refusal_names_all_that_is_wrong(settings):
    for name, value in {**PRODUCTION, "DEBUG": True, "SECRET_KEY": "short"}.items():
        setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_dangers()

    lines = str(refusal.value).splitlines()
    assert lines[0] == "Greenlight does not start."
    assert [line.split(":")[0] for line in lines[1:]] == [
        "greenlight.E001",
        "greenlight.E002",
    ]


def start_site(tmp_path, **variables):
    """Import the WSGI application as a server would, in a process of its own."""
    kept = {
        name: value for name, value in os.environ.items() if "GREENLIGHT" not in name
    }
    environment = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GREENLIGHT_VAR": str(tmp_path),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", "import config.wsgi"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_site_refuses_to_start_without_a_configuration(tmp_path):
    result = start_site(tmp_path)

    assert result.returncode == 1
    assert "greenlight.E001" in result.stderr
    assert "greenlight.E004" in result.stderr


def test_site_starts_in_production(tmp_path):
    (tmp_path / "static").mkdir()

    result = start_site(
        tmp_path,
        GREENLIGHT_SECRET_KEY=make_key(),
        GREENLIGHT_SUPPRESSION_KEY=make_key(),
        GREENLIGHT_URL="https://referrals.example.com",
    )

    assert (result.returncode, result.stderr) == (0, "")
