import shutil
import sys

import pytest

from tests.contacts.tracking.clients import install

ANGRY = [sys.executable, "-c", "print('no registry'); raise SystemExit(3)"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "FOLDER", tmp_path / "clients")
    return tmp_path / "clients"


@pytest.mark.parametrize(
    ("command", "said"),
    [(ANGRY, "ended with 3:\nno registry"), (["no-such-npm"], "can't be run")],
)
def test_client_that_can_not_be_installed_says_why(folder, monkeypatch, command, said):
    monkeypatch.setattr(install, "NPM", command)

    with pytest.raises(install.CannotInstall, match=said):
        install.install_node()

    assert not (folder / "node").exists()


def test_others_are_installed_and_the_tests_go_on(folder, monkeypatch, capsys):
    made = []
    monkeypatch.setattr(install, "NPM", ANGRY)
    monkeypatch.setattr(install, "install_python", made.append)
    monkeypatch.setattr(shutil, "which", lambda name: name)

    install.install_all()

    assert made == list(install.PYTHON_VERSIONS)
    told = capsys.readouterr().err
    assert "A client of Segment can't be installed." in told
    assert "no registry" in told
