import pytest

from contacts.tokens import BadToken, make_token, read_token


def test_token_carries_ids_for_its_purpose():
    token = make_token("unsubscribe", 7, 10**15)

    assert read_token("unsubscribe", token) == (7, 10**15)


def test_token_is_refused_for_another_purpose():
    token = make_token("unsubscribe", 7)

    with pytest.raises(BadToken):
        read_token("share", token)


@pytest.mark.parametrize(
    "token", ["", "~", "7", "7~", "~abc", "7~abc", "7.8~ä", "\0", "a" * 5000]
)
def test_malformed_token_is_refused(token):
    with pytest.raises(BadToken):
        read_token("unsubscribe", token)


def test_changed_id_is_refused():
    payload, _, signature = make_token("unsubscribe", 7).partition("~")
    assert payload == "7"

    with pytest.raises(BadToken):
        read_token("unsubscribe", f"8~{signature}")


def test_token_survives_a_new_key_while_the_old_one_is_kept(settings):
    token = make_token("unsubscribe", 7)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new key"

    assert read_token("unsubscribe", token) == (7,)

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BadToken):
        read_token("unsubscribe", token)
