from functools import partial
from io import StringIO

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.db import connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from config.management.commands import load_demo, prepare
from contacts.background import ring_now
from contacts.models import Contact
from referrals import endpoint_keys


@pytest.fixture
def checkout(settings, tmp_path):
    """A checkout that was never run, whose demo key is known."""
    settings.VAR_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.DEMO_KEY = "glk_of_the_demo"
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder"
    ]
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "page.css").write_text("body {}")
    return tmp_path


@pytest.fixture
def loads(monkeypatch):
    """How often the demo data was loaded, with a stand-in that makes one contact."""
    calls = []

    def load(**options):
        calls.append(options)
        Contact.objects.create(first_name="Demo")

    monkeypatch.setattr(load_demo, "APPS", ("contacts",))
    monkeypatch.setattr("contacts.demo.load", load)
    return calls


def prepare_once():
    out = StringIO()
    call_command("prepare", contacts=20, days=30, stdout=out)
    return out.getvalue()


def test_prepare_makes_what_is_missing_and_leaves_what_is_there(db, checkout, loads):
    first = prepare_once()
    sign_in = (checkout / "demo_sign_in").read_text()
    second = prepare_once()

    assert "Demo data of contacts" in first
    assert "The files of the pages are ready" in first
    assert "Demo data" not in second
    assert "files" not in second
    assert [(call["contacts"], call["days"]) for call in loads] == [(20, 30)]
    assert (checkout / "static" / "page.css").read_text() == "body {}"
    assert (checkout / "demo_sign_in").read_text() == sign_in
    assert (checkout / "demo_sign_in").stat().st_mode & 0o777 == 0o600


def test_printed_sign_in_works(db, checkout, loads):
    prepare_once()
    user, password = (checkout / "demo_sign_in").read_text().split()

    signed_in = authenticate(
        RequestFactory().post("/login/"), username=user, password=password
    )

    assert signed_in == get_user_model().objects.get()
    assert signed_in.is_superuser


def test_shop_of_the_demo_gets_its_key_once(db, checkout, loads):
    prepare_once()
    prepare_once()

    key = endpoint_keys.find_key("glk_of_the_demo", now=timezone.now())
    assert key.name == "Demo shop"
    assert type(key).objects.count() == 1


def test_changed_files_are_collected_again(db, checkout, loads):
    prepare_once()
    (checkout / "source" / "page.css").write_text("body { margin: 0 }")

    assert "The files of the pages are ready" in prepare_once()
    assert (checkout / "static" / "page.css").read_text() == "body { margin: 0 }"


def test_debug_needs_no_collected_files(db, checkout, loads, settings):
    settings.DEBUG = True

    assert "files" not in prepare_once()


def test_user_that_is_there_is_left_alone(admin_user, checkout, loads):
    prepare_once()

    assert not (checkout / "demo_sign_in").exists()
    assert list(get_user_model().objects.all()) == [admin_user]


def test_load_demo_loads_all_or_nothing(db, monkeypatch):
    def load(**options):
        Contact.objects.create(first_name="Demo")
        raise ZeroDivisionError

    monkeypatch.setattr("contacts.demo.load", load)

    with pytest.raises(ZeroDivisionError):
        call_command("load_demo", stdout=StringIO())

    assert not Contact.objects.exists()


def test_files_state_follows_the_files(checkout):
    before = prepare.files_state()
    (checkout / "source" / "new.css").write_text("")

    assert prepare.files_state() != before
    (checkout / "source" / "new.css").unlink()
    assert prepare.files_state() == before


def test_load_demo_rings_each_bell_once(db, monkeypatch):
    def load(**options):
        for name in ("a", "b", "a", "a"):
            transaction.on_commit(partial(ring_now, name), robust=True)
        transaction.on_commit(str)
        transaction.on_commit(str)

    monkeypatch.setattr(load_demo, "APPS", ("contacts",))
    monkeypatch.setattr("contacts.demo.load", load)

    call_command("load_demo", stdout=StringIO())

    hooks = [hook[1] for hook in connection.run_on_commit]
    assert [hook.args for hook in hooks if isinstance(hook, partial)] == [
        ("a",),
        ("b",),
    ]
    assert hooks.count(str) == 2
