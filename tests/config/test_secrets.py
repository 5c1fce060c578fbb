import re

from config.secrets import is_weak, kept_secret, make_key, make_password


def test_secret_is_kept_for_its_owner_only(tmp_path):
    file = tmp_path / "var" / "secret"

    first = kept_secret(file, "first")
    second = kept_secret(file, "second")

    assert (first, second) == ("first", "first")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret"]


def test_made_keys_are_strong():
    assert not is_weak(make_key())
    assert make_key() != make_key()


def test_made_password_can_be_read_out():
    assert re.fullmatch(r"([a-hjkmnp-z2-9]{4}-){2}[a-hjkmnp-z2-9]{4}", make_password())
    assert make_password() != make_password()
