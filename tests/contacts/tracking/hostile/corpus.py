"""
Bodies that no client should send, and what is to become of each.

``GOOD`` stands before and after whatever is bad: its neighbors never suffer.
"""

import gzip
import json
from dataclasses import dataclass
from typing import Any

GOOD = b'{"type":"track","event":"Fine","userId":"u1"}'


@dataclass(frozen=True)
class Case:
    """A body; the reasons of its rejected messages, or of the refusal of the whole."""

    name: str
    body: bytes
    reasons: tuple[str, ...] = ()
    accepted: int = 2
    status: int = 200
    path: str = "/v1/batch"
    encoding: str = ""


def between(item: bytes) -> bytes:
    """A batch in which something stands between two good messages."""
    return b'{"batch":[' + GOOD + b"," + item + b"," + GOOD + b"]}"


def written(**fields: Any) -> bytes:
    """A message that is good but for these fields."""
    message = {"type": "track", "event": "Odd", "userId": "u2", **fields}
    return json.dumps(message).encode()


def nested(levels: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    """A value inside of a value, so many times."""
    return (opening * levels + "1" + closing * levels).encode()


def holding(value: bytes, field: bytes = b'"properties":{"x":%s}') -> bytes:
    """A good message whose properties hold a value as it is written."""
    return GOOD[:-1] + b"," + field.replace(b"%s", value) + b"}"


def refused_messages():
    """Messages that are rejected alone."""
    for value in (b"5", b"-1.5", b'"track"', b"null", b"true", b"[]", b"[{}]", b'""'):
        yield "an item that is " + value.decode(), value, "not_an_object"
    for value in ("tracks", "TRACK ", "\ud800", 5, 0.5, True, [], ["track"], {}):
        yield f"a type {value!r}", written(type=value), "unknown_type"
    yield "no type", b'{"event":"Odd","userId":"u2"}', "no_type"
    yield "an empty item", b"{}", "no_type"
    for value in (None, "", " ", "\t\r\n", "\u3000", "\0", "\0 \0"):
        yield f"a name {value!r}", written(event=value), "no_name"
    for value in (0, 1.5, False, [], ["x"], {}, {"$ne": 1}):
        yield f"a name {value!r}", written(event=value), "bad_name"
    yield "a name of 201 letters", written(event="ü" * 201), "name_too_long"
    yield "a name of a megabyte", written(event="x" * 1_000_000), "too_large"
    for value in (
        *(None, "", "  ", "\0", "-1", -1, 0, "null", "UNDEFINED", "0000", True, 0.0),
        *("[object Object]", "\u202e", "00000000-0000-0000-0000-000000000000", "aaaa"),
    ):
        yield f"nobody: {value!r}", written(userId=value), "no_identifier"
    for value in ({}, [], {"id": 1}, ["u1"]):
        yield f"an id {value!r}", written(userId=value), "bad_identifier"
        yield f"an anonymous id {value!r}", written(anonymousId=value), "bad_identifier"
    yield "an id of 255 letters", written(userId="x" * 255), "identifier_too_long"
    yield "an id of 300 digits", written(userId=10**300), "identifier_too_long"
    for value in ([], [1], "x", 5, True):
        yield f"properties {value!r}", written(properties=value), "bad_properties"
        yield (
            f"traits {value!r}",
            written(type="identify", traits=value),
            "bad_properties",
        )
    yield "a group without an id", written(type="group"), "no_group"
    yield "a group of nothing", written(type="group", groupId=" "), "no_group"
    yield "a group that is a list", written(type="group", groupId=[]), "bad_identifier"
    yield (
        "a group of 501",
        written(type="group", groupId="x" * 501),
        "identifier_too_long",
    )
    yield "an alias of nobody", written(type="alias"), "no_previous_id"
    yield (
        "an alias for nobody",
        written(type="alias", userId="", previousId="a"),
        "no_identifier",
    )
    for levels in (64, 100, 300, 900, 3_000):
        yield f"{levels} objects deep", holding(nested(levels)), "too_deep"
        lists = nested(levels, "[", "]")
        yield f"{levels} lists deep", holding(lists), "too_deep"
        yield (
            f"an item {levels} lists deep",
            lists.replace(b"1", b""),
            ("not_an_object"),
        )
    yield "700 KB", written(properties={"x": "y" * 700_000}), "too_large"
    yield (
        "700 KB of keys",
        written(properties={str(n): n for n in range(60_000)}),
        "too_large",
    )


def repaired_values():
    """Values that are no JSON, or that can't be stored: the message is taken all the same."""
    yield from (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e-999")
    yield from (b"9" * 400, b"-" + b"9" * 5_000, b"0." + b"1" * 5_000, b"-0", b"1E400")
    yield from (b'"\\u0000"', b'"a\\u0000b"', b'"\x00"', b'"\n\t\x1f\x7f"')
    yield from (b'"\\ud800"', b'"\\udfff"', b'"\\ude00\\ud83d"', b'"\\ud83d\\ude00"')
    yield from (b'"\xff\xfe"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"')
    yield from (b'"\\uffff\\ufffe"', b'"\xef\xbb\xbf"', b'"\xe2\x80\xae\xe2\x80\xa8"')
    yield from (
        b'{"\\u0000":1,"":2}',
        b'{"\\ud800":{"\\udfff":[NaN]}}',
        b'{"a":1,"a":2}',
    )
    yield from (b'{"__proto__":{"admin":true}}', b'{"$where":"1"}', b'{"x":null}')
    yield from (b"\"=cmd|' /C calc'!A0\"", b'"<script>alert(1)</script>"')
    yield from (b'"\'; DROP TABLE contacts_contact; --"', b'"%s %(x)s {0} {{7*7}}"')
    yield from (b"[[],{},[[]],[{}]]", nested(60), json.dumps(["x"] * 5_000).encode())
    yield json.dumps({f"key {n}": n for n in range(1_000)}).encode()
    yield json.dumps({"k" * 30_000: 1}).encode()
    yield json.dumps("z\u0335\u0321" * 5_000).encode()


def odd_fields():
    """Fields that say nothing, or nothing that can be: the message is taken all the same."""
    for value in (
        "",
        " ",
        "\0",
        [],
        {},
        True,
        5,
        0.5,
        "x" * 101,
        "x" * 20_000,
        "\ud800",
    ):
        yield "messageId", value
    for value in (
        *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1969-12-31", "soon", ""),
        *(
            "2026-02-30",
            "2026-01-01T24:00:00Z",
            "2026-01-01T23:59:60Z",
            "2015-2-02T0:0:1Z",
        ),
        *(
            0,
            -1,
            1e300,
            10**400,
            1767323045,
            1767323045678,
            True,
            [],
            {},
            "\0",
            "9" * 999,
        ),
    ):
        yield "timestamp", value
        yield "sentAt", value
    for value in (None, [], "x", 5, {"traits": []}, {"ip": []}, {"direct": 1}):
        yield "context", value
    for value in (5, [], {}, None):
        yield "writeKey", value
        yield "integrations", value


def refused_bodies():
    """Requests that can't be understood at all."""
    bad = (b"", b" ", b"{", b"[", b'{"batch":[', b"undefined", b"<xml/>", b"a=1&b=2")
    for text in (*bad, b"'x'", b"{'batch':[]}", b'{"batch":[]}x', bytes(range(256))):
        yield text, "bad_json", 400
    yield between(GOOD)[:-1], "bad_json", 400
    yield "{}".encode("utf-16"), "bad_json", 400
    yield b'{"batch":[' + b"[" * 1_000, "bad_json", 400
    for text in (b"null", b"true", b"5", b'"batch"', b"1e999"):
        yield text, "body_not_an_object", 400
    for text in (b"{}", b'{"batch":null}', b'{"batch":{}}', b'{"batch":"x"}'):
        yield text, "no_batch", 400
    for text in (b"[" * 1_000_000, b'{"a":' * 500_000, b'{"batch":[' + b"[" * 9_999):
        yield text, "body_too_deep", 400
    packed = gzip.compress(between(GOOD))
    for text in (packed[:30], packed[:-4], packed[:20] + b"x" * 40, b"\x1f\x8b"):
        yield text, "bad_gzip", 400
    yield gzip.compress(packed), "bad_json", 400
    yield gzip.compress(b"") * 1_000, "bad_gzip", 400
    bomb = gzip.compress(b"[" * 50_000_000)
    for text in (bomb, gzip.compress(b" " * 6_000_000), b"[" * 6_000_000):
        yield text, "body_too_large", 413


def cases():
    """All of them."""
    for name, item, reason in refused_messages():
        yield Case(name, between(item), (reason,))
    for number, value in enumerate(repaired_values()):
        name = f"value {number} {value[:20]!r}"
        yield Case(name, between(holding(value)), accepted=3)
        yield Case(f"packed {name}", gzip.compress(between(holding(value))), accepted=3)
    for field, value in odd_fields():
        yield Case(
            f"{field} {value!r:.40} {len(str(value))}",
            between(written(**{field: value})),
            accepted=3,
        )
    for number, (body, reason, status) in enumerate(refused_bodies()):
        name = f"body {number} {body[:20]!r}"
        yield Case(name, body, (reason,), accepted=0, status=status)
    many = b"[" + b",".join([GOOD] * 2_502) + b"]"
    yield Case("2,502 messages", many, ("too_many",) * 2, accepted=2_500)
    alone = {"path": "/v1/track", "accepted": 0}
    yield Case("nobody alone", b'{"event":"Odd"}', ("no_identifier",), **alone)
    yield Case("a list alone", b"[]", ("body_not_an_object",), **alone, status=400)
    for encoding in ("br", "deflate", "zstd", "gzip, gzip", "\xff"):
        yield Case(
            f"encoding {encoding!r}",
            between(GOOD),
            ("unsupported_encoding",),
            accepted=0,
            status=400,
            encoding=encoding,
        )
