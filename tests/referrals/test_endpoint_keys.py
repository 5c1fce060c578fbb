from datetime import timedelta

import pytest

from referrals.endpoint_keys import create_key, find_key, revoke_key
from referrals.models import EndpointKey
from tests.factories.contacts import make_user
from tests.factories.referrals import NOW

pytestmark = pytest.mark.django_db


def test_create_key_keeps_only_a_hash():
    user = make_user()

    key, text = create_key(name="Shop", user=user, now=NOW)

    row = EndpointKey.objects.values().get()
    assert text.startswith("glk_")
    assert len(text) == 47
    assert key.prefix == text[:8]
    assert text not in str(row)
    assert row["created_by_id"] == user.pk


def test_create_key_makes_another_each_time():
    assert (
        create_key(name="a", user=None, now=NOW)[1]
        != create_key(name="a", user=None, now=NOW)[1]
    )


def test_find_key_notes_the_use_to_the_minute():
    key, text = create_key(name="Shop", user=None, now=NOW)

    assert find_key(text, now=NOW) == key
    find_key(text, now=NOW + timedelta(seconds=30))
    key.refresh_from_db()
    assert key.last_used_at == NOW
    find_key(text, now=NOW + timedelta(seconds=90))
    key.refresh_from_db()
    assert key.last_used_at == NOW + timedelta(seconds=90)


@pytest.mark.parametrize("wrong", ["", "glk_nope", "glk_\ud800", "x" * 5000])
def test_find_key_finds_nothing_else(wrong):
    create_key(name="Shop", user=None, now=NOW)

    assert find_key(wrong, now=NOW) is None


def test_revoke_key_is_for_good():
    first, second = make_user(), make_user()
    key, text = create_key(name="Shop", user=None, now=NOW)

    revoke_key(key=key, user=first, now=NOW)
    revoke_key(key=key, user=second, now=NOW + timedelta(days=1))

    key.refresh_from_db()
    assert (key.revoked_at, key.revoked_by) == (NOW, first)
    assert find_key(text, now=NOW) is None
    assert key.last_used_at is None


def test_create_key_takes_a_secret_that_was_agreed_on():
    key, text = create_key(name="Demo", user=None, now=NOW, secret="glk_agreed")

    assert text == "glk_agreed"
    assert find_key("glk_agreed", now=NOW) == key
