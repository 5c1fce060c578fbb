"""Signatures of what we post, and of what is reported back."""

from datetime import UTC, datetime, timedelta

import pytest

from contacts.outgoing.signing import (
    BadSignature,
    check_signature,
    make_key,
    make_secret,
    sign,
    signed_headers,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY = b'{"a": 1}'


def test_the_example_of_the_specification_has_its_signature():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    name = "msg_p5jXN8AQM9LWM0D4loKWxJek"

    signed = sign(secret, name=name, seconds=1614265330, body=b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_secret_signs_and_either_is_enough():
    new, old = make_secret(), make_secret()

    headers = signed_headers([new, old], name="m1", body=BODY, now=NOW)

    assert headers["webhook-id"] == "m1"
    assert headers["webhook-timestamp"] == "1795176000"
    assert headers["webhook-signature"].count("v1,") == 2
    for known in ([new], [old], [make_secret(), old]):
        assert check_signature(known, headers=headers, body=BODY, now=NOW) == "m1"


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "m2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1795176001"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,ü"},
        {"webhook-signature": "x " * 20},
    ],
)
def test_what_was_changed_is_refused(changes):
    secret = make_secret()
    headers = signed_headers([secret], name="m1", body=BODY, now=NOW)

    with pytest.raises(BadSignature):
        check_signature([secret], headers=headers | changes, body=BODY, now=NOW)


def test_each_flipped_bit_is_refused():
    secret = make_secret()
    headers = signed_headers([secret], name="m1", body=BODY, now=NOW)

    for place in range(len(BODY) * 8):
        body = bytearray(BODY)
        body[place // 8] ^= 1 << place % 8
        with pytest.raises(BadSignature):
            check_signature([secret], headers=headers, body=bytes(body), now=NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_is_old_or_from_the_future_is_refused(minutes):
    secret = make_secret()
    then = NOW + timedelta(minutes=minutes)
    headers = signed_headers([secret], name="m1", body=BODY, now=then)

    with pytest.raises(BadSignature, match="five minutes"):
        check_signature([secret], headers=headers, body=BODY, now=NOW)


def test_keys_and_secrets_are_never_the_same():
    assert (
        len({make_secret() for _ in range(50)} | {make_key() for _ in range(50)}) == 100
    )
