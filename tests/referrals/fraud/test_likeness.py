import pytest

from referrals.fraud.likeness import (
    addresses_alike,
    distance,
    fraud_key,
    likeness,
    names_alike,
    stem_of,
)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Ana.Lima+shop@Gmail.com", "analima@gmail.com"),
        ("a.n.a.lima@googlemail.com", "analima@gmail.com"),
        (" ana@PROTONMAIL.com ", "ana@proton.me"),
        ("ana+1@outlook.com", "ana@outlook.com"),
        ("ana.lima@outlook.com", "ana.lima@outlook.com"),
        ("ana+1@fernweh.example", "ana+1@fernweh.example"),
        ("shop@ana.fastmail.com", "ana@fastmail.com"),
        ("ana@me.com", "ana@icloud.com"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("ＡＮＡ@example.com", "ana@example.com"),
        ("straße@example.com", "strasse@example.com"),
        ("+@gmail.com", "+@gmail.com"),
        ("...@gmail.com", "...@gmail.com"),
        ("ana@" + "x" * 80, "ana@" + "x" * 80),
        ("", ""),
        ("nobody", ""),
        ("@gmail.com", ""),
        ("ana@", ""),
    ],
)
def test_fraud_key_names_the_mailbox(address, key):
    assert fraud_key(address) == key
    assert fraud_key(key) == key


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("xy", "yx", 2),
        ("same", "same", 0),
    ],
)
def test_distance_counts_changes(one, other, expected):
    assert (distance(one, other), distance(other, one)) == (expected, expected)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Ana Lima", "ANA  LIMA", True),
        ("Ana Lima", "Lima Ana", True),
        ("Katherine Johnson", "Katharine Johnson", True),
        ("Ana Lima", "Ana Costa", False),
        ("Иван Петров", "иван петров", True),
        ("王伟", "王芳", False),
        ("José", "Jose\u0301", True),
        ("", "", False),
    ],
)
def test_names_are_alike_in_any_script(one, other, alike):
    assert names_alike(one, other) is alike


def test_addresses_are_alike_by_what_stands_before_the_host():
    assert addresses_alike("ana.lima@gmail.com", "ana.lima@yahoo.com")
    assert addresses_alike("analima1@x.example", "analima2@x.example")
    assert not addresses_alike("info@a.example", "info@b.example")
    assert not addresses_alike("ana.lima@x.example", "bob.ross@x.example")


def test_stem_leaves_tags_and_numbers_out():
    stems = {stem_of(f"friend{end}@x.example") for end in ("1", "02", "+a", "_3", "")}

    assert stems == {"friend@x.example"}
    assert stem_of("a1@x.example") == ""


def test_likeness_of_nothing_is_none():
    assert likeness("", "ana") == likeness("!!", "ana") == 0
