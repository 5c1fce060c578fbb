import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

NAME = "GREENLIGHT_EXAMPLE"


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("Yes", True), ("off", False), ("", False)]
)
def test_read_flag(monkeypatch, raw, value):
    monkeypatch.setenv(NAME, raw)

    assert env.read_flag(NAME, default=not value) is value


def test_read_flag_without_the_variable():
    assert env.read_flag(NAME, default=True) is True


def test_read_flag_refuses_another_word(monkeypatch):
    monkeypatch.setenv(NAME, "maybe")

    with pytest.raises(ImproperlyConfigured, match="must be 1 or 0; got 'maybe'"):
        env.read_flag(NAME, default=True)


@pytest.mark.parametrize(("raw", "value"), [("12", 12), ("", 7), (" 3 ", 3)])
def test_read_integer(monkeypatch, raw, value):
    monkeypatch.setenv(NAME, raw)

    assert env.read_integer(NAME, 7) == value


@pytest.mark.parametrize("raw", ["-1", "1.5", "many", "0"])
def test_read_integer_refuses_what_is_none(monkeypatch, raw):
    monkeypatch.setenv(NAME, raw)

    with pytest.raises(ImproperlyConfigured, match="whole number of at least 1"):
        env.read_integer(NAME, 7, least=1)


def test_read_words(monkeypatch):
    assert env.read_words(NAME, ("a",)) == ["a"]
    monkeypatch.setenv(NAME, "one, two,,")
    assert env.read_words(NAME, ("a",)) == ["one", "two"]


def test_read_path(monkeypatch, tmp_path):
    assert env.read_path(NAME, tmp_path) == tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(NAME, "var")
    assert env.read_path(NAME, tmp_path) == tmp_path / "var"


def test_read_url(monkeypatch):
    monkeypatch.setenv(NAME, "https://referrals.example.com/")

    assert env.read_url(NAME, "") == "https://referrals.example.com"


@pytest.mark.parametrize(
    "raw", ["referrals.example.com", "ftp://example.com", "https://", "https://a.b/c"]
)
def test_read_url_refuses_what_is_none(monkeypatch, raw):
    monkeypatch.setenv(NAME, raw)

    with pytest.raises(ImproperlyConfigured, match="must look like"):
        env.read_url(NAME, "")


def test_read_secret_prefers_the_variable_to_the_file(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    assert env.read_secret(NAME, file, "default") == "default"
    file.write_text("from the file\n")
    assert env.read_secret(NAME, file, "default") == "from the file"
    monkeypatch.setenv(NAME, "from the variable")
    assert env.read_secret(NAME, file, "default") == "from the variable"


def test_read_database(monkeypatch):
    assert env.read_database(NAME) is None
    monkeypatch.setenv(NAME, "postgres://an%40na:p%2Fw@db:5433/shop?sslmode=require")
    assert env.read_database(NAME) == {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "db",
        "PORT": "5433",
        "USER": "an@na",
        "PASSWORD": "p/w",
        "NAME": "shop",
        "OPTIONS": {"sslmode": "require"},
    }


def test_read_database_takes_the_folder_of_a_socket(monkeypatch):
    monkeypatch.setenv(NAME, "postgresql://greenlight@/shop?host=/run/postgresql")

    assert env.read_database(NAME)["HOST"] == "/run/postgresql"


@pytest.mark.parametrize("raw", ["mysql://db/shop", "postgres://db", "postgres://db/"])
def test_read_database_refuses_what_is_none(monkeypatch, raw):
    monkeypatch.setenv(NAME, raw)

    with pytest.raises(ImproperlyConfigured, match="postgres://user"):
        env.read_database(NAME)
