import pytest

from contacts.identities.guards import names_nobody


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "000-000",
        "-1",
        "null",
        "Undefined",
        " NaN ",
        "[object Object]",
        "aaa",
        "---",
    ]
    + ["anonymous", "guest", "true", "0.0", "...", "(not set)"],
)
def test_placeholders_name_nobody(value):
    assert names_nobody("user_id", value)


@pytest.mark.parametrize(
    "value", ["1", "111", "aa", "u-1", "0a", "北京", "test", "1-0"]
)
def test_names_name_somebody(value):
    assert not names_nobody("user_id", value)


@pytest.mark.parametrize("value", ["ada", "@example.com", "ada@"])
def test_half_an_address_names_nobody(value):
    assert names_nobody("email", value)


def test_address_names_somebody():
    assert not names_nobody("email", "a@b.example")
