from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.models import WriteKey
from contacts.sources import create_key, find_source
from tests.factories.contacts import NOW, make_user
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db
VERBS = ("view_source", "change_source", "add_writekey", "change_writekey")


@pytest.fixture
def source():
    return make_source(kind="browser")


def sign_in(client, *verbs):
    client.force_login(make_user(*(f"contacts.{verb}" for verb in verbs)))
    return client


def change(client, source, end, **form):
    return client.post(f"/data/sources/{source.pk}/{end}/", form)


@pytest.mark.parametrize("hours", [1, 24, 168])
def test_key_is_replaced_with_an_overlap(client, source, hours):
    old, _ = create_key(source=source, user=None, now=NOW)

    answer = change(sign_in(client, *VERBS), source, "rotate", overlap=hours)

    assert answer["Cache-Control"] == "no-store"
    secret = answer.context["secret"]
    assert find_source(secret, now=timezone.now()).source_id == source.pk
    old.refresh_from_db()
    left = old.expires_at - timezone.now()
    assert timedelta(0) <= timedelta(hours=hours) - left < timedelta(minutes=1)


def test_key_is_replaced_with_no_other_overlap(client, source):
    answer = change(sign_in(client, *VERBS), source, "rotate", overlap=9999)

    assert answer.status_code == 404
    assert not WriteKey.objects.exists()


def test_key_is_revoked(client, source):
    key, secret = create_key(source=source, user=None, now=NOW)

    answer = change(sign_in(client, *VERBS), source, f"keys/{key.pk}/revoke")

    assert answer["Location"] == f"/data/sources/{source.pk}/"
    assert find_source(secret, now=timezone.now()) is None


def test_key_of_another_source_is_not_revoked(client, source):
    key, _ = create_key(source=make_source(), user=None, now=NOW)

    answer = change(sign_in(client, *VERBS), source, f"keys/{key.pk}/revoke")

    assert answer.status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_switches_are_turned_there_and_back(client, source):
    sign_in(client, *VERBS)

    def turn(switch):
        assert change(client, source, f"switch/{switch}").status_code == 302
        source.refresh_from_db()
        return source

    assert turn("trust").trusted_at
    assert not turn("distrust").trusted_at
    assert turn("disable").disabled_at
    assert not turn("enable").disabled_at
    assert turn("read-links").reads_links
    assert not turn("ignore-links").reads_links
    assert not turn("ignore-known").recognizes
    assert turn("recognize").recognizes
    assert change(client, source, "switch/odd").status_code == 404
    assert client.get(f"/data/sources/{source.pk}/switch/trust/").status_code == 405


@pytest.mark.parametrize(
    ("end", "needed"),
    [
        ("switch/trust", "change_source"),
        ("switch/disable", "change_source"),
        ("rotate", "add_writekey"),
        ("keys/{}/revoke", "change_writekey"),
    ],
)
def test_changes_are_refused_without_their_permission(client, source, end, needed):
    key, _ = create_key(source=source, user=None, now=NOW)
    sign_in(client, *(set(VERBS) - {needed}))

    answer = change(client, source, end.format(key.pk), overlap=1)

    assert answer.status_code == 403
    source.refresh_from_db()
    key.refresh_from_db()
    assert (source.trusted_at, source.disabled_at, key.revoked_at) == (None, None, None)
    assert WriteKey.objects.count() == 1


def test_buttons_show_to_who_may_press_them(client, source):
    create_key(source=source, user=None, now=NOW)
    page = f"/data/sources/{source.pk}/"

    assert (
        "<form" not in sign_in(client, "view_source").get(page).text.split("gl-page")[1]
    )
    text = sign_in(client, *VERBS).get(page).text
    for words in (
        "Trust it",
        "Read links",
        "Turn it off",
        "Revoke",
        "Replace",
    ):
        assert words in text
