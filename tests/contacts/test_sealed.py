"""Secrets that are kept so that a copy of the database tells none."""

import pytest

from contacts.sealed import NotOpened, seal, unseal


def test_a_secret_is_opened_for_its_purpose():
    first, second = (seal("whsec_ä", purpose="hooks:1") for _ in range(2))

    assert first != second
    assert "whsec" not in first
    assert unseal(first, purpose="hooks:1") == "whsec_ä"


def test_a_secret_is_opened_with_a_retired_key(settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a-new-key"
    settings.SECRET_KEY_FALLBACKS = [old]
    new = seal("new", purpose="p")

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "newest", ["a-new-key"]

    assert unseal(new, purpose="p") == "new"


@pytest.mark.parametrize("sealed", ["", "1", "1.x", "2.a.b", "plain text", "1.a.b.c"])
def test_what_was_never_sealed_is_not_opened(sealed):
    with pytest.raises(NotOpened):
        unseal(sealed, purpose="p")


def test_what_was_changed_or_moved_or_whose_key_is_gone_is_not_opened(settings):
    sealed = seal("secret", purpose="p")
    head, _, coded = sealed.rpartition(".")

    with pytest.raises(NotOpened):
        unseal(sealed, purpose="q")
    for broken in (f"{head}.{coded[:-4]}AAAA", f"{head}.{coded[:9]}", f"{head}.ä"):
        with pytest.raises(NotOpened):
            unseal(broken, purpose="p")
    settings.SECRET_KEY = "another"
    with pytest.raises(NotOpened):
        unseal(sealed, purpose="p")
