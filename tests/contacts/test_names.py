import pytest

from contacts.names import full_name


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Ada", "Lovelace", "Ada Lovelace"),
        ("花子", "山田", "山田花子"),
        ("민준", "김", "김민준"),
        ("さくら", "佐藤", "佐藤さくら"),
        ("نور", "حداد", "نور حداد"),
        ("Cher", "", "Cher"),
        ("", "山田", "山田"),
        ("", "", ""),
        ("Mia", "山田", "Mia 山田"),
        (" Ada ", " Lovelace ", "Ada Lovelace"),
    ],
)
def test_full_name_follows_the_script(first, last, expected):
    assert full_name(first, last) == expected
