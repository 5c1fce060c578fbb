import gzip
import json
import math
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.tracking.bodies import (
    cut,
    is_deeper,
    is_plainly_shallow,
    read_json,
    storable,
    unpack,
)
from contacts.tracking.reasons import BodyRefused

TEXTS = st.text(alphabet='{}[]"\\aé', max_size=6)
NESTED = st.recursive(
    TEXTS | st.integers(0, 9),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS, part, max_size=3),
    max_leaves=20,
)


def nested(levels, opening="[", closing="]"):
    return opening * levels + closing * levels


def refused(function, *args, **kwargs):
    with pytest.raises(BodyRefused) as error:
        function(*args, **kwargs)
    return error.value.reason, error.value.details


def test_unpack_leaves_plain_bodies():
    assert unpack(b'{"a": 1}', limit=3) == b'{"a": 1}'


def test_unpack_joins_the_members_of_gzip():
    assert unpack(gzip.compress(b"ab") + gzip.compress(b"cd"), limit=4) == b"abcd"


def test_unpack_takes_up_to_the_limit():
    body = gzip.compress(b"12345")

    assert unpack(body, limit=5) == b"12345"
    assert refused(unpack, body, limit=4) == (
        "body_too_large",
        "It unpacks to more than 4 bytes.",
    )


def test_unpack_of_a_bomb_takes_no_memory():
    bomb = gzip.compress(b"\0" * 200_000_000)
    tracemalloc.start()

    reason, _ = refused(unpack, bomb, limit=1_000_000)

    assert reason == "body_too_large"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_unpack_of_very_many_members_ends_soon():
    assert refused(unpack, gzip.compress(b"") * 200_000, limit=10) == (
        "bad_gzip",
        "It has too many members.",
    )


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (gzip.compress(b"hello", mtime=0)[:-6], "It ends in the middle."),
        (b"\x1f\x8b", "It ends in the middle."),
        (
            b"\x1f\x8bnonsense",
            "Error -5 Gzip/zlib wrapper specifies unsupported compress method.",
        ),
    ],
)
def test_unpack_refuses_broken_gzip(body, details):
    assert refused(unpack, body, limit=100) == ("bad_gzip", details)


@pytest.mark.parametrize(
    ("text", "value", "is_suspect"),
    [
        (b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}, False),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}, True),
        (b'{"a": "\\u0000b"}', {"a": "\0b"}, True),
        (b'{"a": "b\x00"}', {"a": "b\0"}, True),
        (b'{"a": "b\nc"}', {"a": "b\nc"}, True),
        (b'{"a": "\\ud800"}', {"a": "\ud800"}, True),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}, False),
        (b'{"a": "\xff"}', {"a": "\ufffd"}, True),
        (b'{"a": 12345678901234567890123}', {"a": 12345678901234567890123}, False),
        (b'{"a": 1e999, "b": -Infinity}', {"a": math.inf, "b": -math.inf}, True),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": math.inf}, True),
        (b'{"a": 1, "a": 2}', {"a": 2}, False),
    ],
)
def test_read_json_is_as_tolerant_as_clients_are_careless(text, value, is_suspect):
    assert read_json(text) == (value, is_suspect)


def test_read_json_reads_nan():
    value, is_suspect = read_json(b'{"a": NaN}')

    assert (math.isnan(value["a"]), is_suspect) == (True, True)


@pytest.mark.parametrize(
    ("text", "details"),
    [
        (b"", "Line 1, column 1: Expecting value."),
        (b"hello", "Line 1, column 1: Expecting value."),
        (b'{"a": 1', "Line 1, column 8: Expecting ',' delimiter."),
        (b'{"a": 1}\n{"a": 2}', "Line 2, column 1: Extra data."),
        (b"[" * 3000, "It ends in the middle."),
    ],
)
def test_read_json_refuses_what_is_no_json(text, details):
    assert refused(read_json, text) == ("bad_json", details)


def test_read_json_cuts_what_is_too_deep_and_keeps_its_neighbors():
    text = f'{{"batch": [{{"a": "[["}}, {nested(3000)}, {{"b": [1]}}]}}'.encode()

    value, _ = read_json(text)

    first, deep, last = value["batch"]
    assert (first, last) == ({"a": "[["}, {"b": [1]})
    assert (is_deeper(deep, 190), is_deeper(deep, 200)) == (True, False)


def test_read_json_refuses_absurd_depth_at_once():
    began = time.monotonic()

    assert refused(read_json, b"[" * 5_000_000) == ("body_too_deep", "")
    assert time.monotonic() - began < 2


def test_read_json_looks_at_an_endless_string_once():
    start = time.perf_counter()

    found = refused(read_json, b"[" * 3_000 + b'"' + b'\\"' * 300_000)

    assert found == ("bad_json", "It ends in the middle.")
    assert time.perf_counter() - start < 5


def test_storable_replaces_what_can_not_be_kept():
    value = {
        "text\0": "a\0b\ud800c",
        "numbers": [1, math.nan, math.inf, 2.5],
        "deep": {"fine": "é", "bad": ["\udfff"]},
    }

    assert storable(value) == {
        "text": "ab\ufffdc",
        "numbers": [1, None, None, 2.5],
        "deep": {"fine": "é", "bad": ["\ufffd"]},
    }


def test_storable_gives_back_what_is_in_order():
    value = {"a": ["é", 1.5, {"b": None, "c": True}], "é": "😀"}

    assert storable(value) is value


@pytest.mark.parametrize(
    ("value", "depth"),
    [({}, 1), ([{}], 2), ({"a": 1, "b": [[]]}, 3), (json.loads(nested(90)), 90)],
)
def test_is_deeper_counts_levels(value, depth):
    assert [is_deeper(value, limit) for limit in (depth - 1, depth)] == [True, False]


def test_is_deeper_knows_that_a_number_has_no_depth():
    assert not is_deeper(1, 0)


def test_cut_keeps_the_upper_levels():
    assert cut({"a": [1, [2]], "b": {"c": {}}}, 2) == {
        "a": [1, "…"],
        "b": {"c": "…"},
    }


@given(value=NESTED, limit=st.integers(0, 12), indent=st.sampled_from([None, 1]))
def test_what_is_plainly_shallow_is_no_deeper(value, limit, indent):
    text = json.dumps(value, indent=indent).encode()

    if is_plainly_shallow(text, limit):
        assert not is_deeper(value, limit)


@pytest.mark.parametrize(
    "value",
    [
        [{"a": "b", "c": ["d", {}, 1]}] * 100,
        {"quoted": 'He said "no"', "path": "C:\\\\", "empty": ""},
        5,
    ],
)
def test_the_usual_is_plainly_shallow(value):
    assert is_plainly_shallow(json.dumps(value).encode(), 12)


@pytest.mark.parametrize(
    "text",
    [
        nested(13),
        nested(13, '{"a":', "}").replace(":}", ":1}"),
        # Brackets in strings that would make up for those outside.
        '{"}":' * 20 + "1" + ',"{":1}' * 20,
        '["{"]',
    ],
)
def test_what_is_deep_or_in_doubt_is_not_plainly_shallow(text):
    assert json.loads(text)
    assert not is_plainly_shallow(text.encode(), 12)


@pytest.mark.parametrize("text", [b"[" * 5_000_000, nested(30).encode() * 80_000])
def test_a_look_at_hostile_depth_ends_soon(text):
    began = time.monotonic()

    is_plainly_shallow(text, 32)

    assert time.monotonic() - began < 2
