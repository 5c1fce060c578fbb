import pytest

from referrals.tags import TAGS, TagError, check_tags, fill_tags


@pytest.mark.parametrize(
    ("template", "kept"),
    [
        (TAGS, TAGS),
        (" ?utm_source=x& ", "utm_source=x"),
        ("", ""),
        (
            "utm_content={asset}-{place}&l={language}",
            "utm_content={asset}-{place}&l={language}",
        ),
    ],
)
def test_check_tags_keeps_what_can_be_used(template, kept):
    assert check_tags(template) == kept


@pytest.mark.parametrize(
    "template",
    ["utm_source={email}", "x={", "a=b#c", "a=b c=d", "nonsense", "=x", "a b=c", "a=?"],
)
def test_check_tags_refuses(template):
    with pytest.raises(TagError):
        check_tags(template)


def test_fill_tags_escapes_and_leaves_out_what_is_empty():
    values = {"channel": "a&b=c", "program": "é", "asset": ""}

    filled = fill_tags("c={channel}&p={program}&a={asset}&fix=1", values)

    assert filled == [("c", "a&b=c"), ("p", "é"), ("fix", "1")]
