from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from contacts import sources
from contacts.models import Source, WriteKey
from contacts.sources import OpenSource
from tests.factories.contacts import NOW, make_user
from tests.factories.tracking import make_key, make_source

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


class Clock:
    """Stands for the clock of the process."""

    def __init__(self, monkeypatch):
        self.moment = 0.0
        monkeypatch.setattr(sources, "monotonic", lambda: self.moment)


def opens(text, *, now=NOW):
    return sources.find_source(text, now=now) is not None


def test_create_source_writes_who_made_it():
    user = make_user()

    source = sources.create_source(name="Shop", kind="browser", user=user, now=NOW)

    assert Source.objects.values_list(
        "name", "kind", "created_at", "created_by", "reads_links", "trusted_at"
    ).get() == ("Shop", "browser", NOW, user.pk, False, None)
    assert (source.is_public, source.is_trusted) == (True, False)


def test_names_of_sources_are_unique():
    make_source(name="Shop")

    with pytest.raises(IntegrityError):
        make_source(name="Shop")


def test_create_key_keeps_a_hash_only():
    key, text = sources.create_key(source=make_source(), user=None, now=NOW)

    assert text.startswith("glw_")
    assert len(text) > 30
    assert (key.prefix, key.digest) == (text[:10], sources.digest_of(text))
    with connection.cursor() as cursor:
        cursor.execute("SELECT contacts_writekey::text FROM contacts_writekey")
        assert text not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("kind", "is_public"),
    [("browser", True), ("mobile", True), ("server", False), ("file", False)],
)
def test_find_source_tells_what_a_key_opens(kind, is_public):
    source = make_source(kind=kind, reads_links=True)
    key, text = sources.create_key(source=source, user=None, now=NOW)

    found = sources.find_source(text, now=NOW)

    assert found == OpenSource(
        source_id=source.pk,
        key_id=key.pk,
        kind=kind,
        is_public=is_public,
        is_trusted=not is_public,
        reads_links=True,
    )


def test_find_source_remembers_what_it_found(django_assert_num_queries):
    text = make_key()
    sources.find_source(text, now=NOW)
    sources.find_source("unknown", now=NOW)

    with django_assert_num_queries(0):
        assert opens(text)
        assert not opens("unknown")


def test_find_source_forgets_after_some_seconds(monkeypatch):
    text = make_key()
    clock = Clock(monkeypatch)
    assert opens(text)
    WriteKey.objects.update(revoked_at=NOW)

    clock.moment = 4.9
    assert opens(text)
    clock.moment = 5.1
    assert not opens(text)


def test_find_source_notes_its_use_to_the_minute():
    text = make_key()

    def used(seconds):
        sources.find_source(text, now=NOW + timedelta(seconds=seconds))
        return (WriteKey.objects.get().last_used_at - NOW).total_seconds()

    assert [used(seconds) for seconds in (0, 59, 60, 100)] == [0, 0, 60, 60]


def test_find_source_takes_any_text():
    assert [opens(text) for text in ("", "\ud800", "\x00", "x" * 10_000)] == [False] * 4


def test_rotated_key_works_until_the_overlap_ends():
    source = make_source()
    old = make_key(source=source)

    _, new = sources.rotate_key(
        source=source, overlap=timedelta(hours=1), user=None, now=NOW
    )

    assert (opens(old), opens(new)) == (True, True)
    sources.forget_keys()
    assert (opens(old, now=LATER), opens(new, now=LATER)) == (False, True)


def test_rotating_again_does_not_prolong_a_key():
    source = make_source()
    old = make_key(source=source)
    sources.rotate_key(source=source, overlap=timedelta(hours=1), user=None, now=NOW)
    sources.rotate_key(source=source, overlap=timedelta(days=9), user=None, now=NOW)

    assert not opens(old, now=LATER)


def test_key_is_not_remembered_beyond_its_end(monkeypatch):
    source = make_source()
    old = make_key(source=source)
    sources.rotate_key(source=source, overlap=timedelta(seconds=2), user=None, now=NOW)
    clock = Clock(monkeypatch)
    assert opens(old)

    clock.moment = 2.5
    assert not opens(old, now=NOW + timedelta(seconds=2.5))


def test_revoked_key_opens_nothing_and_keeps_who_revoked_it():
    first, second = make_user(username="first"), make_user(username="second")
    key, text = sources.create_key(source=make_source(), user=None, now=NOW)
    assert opens(text)

    sources.revoke_key(key=key, user=first, now=NOW)
    sources.revoke_key(key=key, user=second, now=LATER)

    assert not opens(text)
    key.refresh_from_db()
    assert (key.revoked_at, key.revoked_by) == (NOW, first)


def test_disabled_source_opens_with_no_key_until_it_is_enabled():
    source = make_source()
    text = make_key(source=source)
    sources.disable_source(source=source, user=None, now=NOW)
    assert not opens(text)

    sources.enable_source(source=source)

    assert opens(text)


def test_public_source_pays_only_while_it_is_trusted():
    source = make_source(kind="browser")
    text = make_key(source=source)

    def is_trusted():
        return sources.find_source(text, now=NOW).is_trusted

    assert not is_trusted()
    sources.trust_source(source=source, user=None, now=NOW)
    assert is_trusted()
    sources.distrust_source(source=source)
    assert not is_trusted()
