import pytest

from campaigns.emails import markup


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree", ["one<br />two", "three"]),
        ("**bold** and *italic* and 2 * 3 * 4", ["<strong>bold</strong> and <em>italic</em> and 2 * 3 * 4"]),
        ("<b>&", ["&lt;b&gt;&amp;"]),
        ("{{ a | default: \"b\" }} & {% if a > 3 %}x{% endif %}", ['{{ a | default: "b" }} &amp; {% if a > 3 %}x{% endif %}']),
        ("[here](javascript:alert)", ["here"]),
        ("LQ00000QL {{ a }}", ["LQ00000QL {{ a }}"]),
    ],
)  # fmt: skip
def test_to_html_marks_up_paragraphs(text, expected):
    assert markup.to_html(text) == "".join(
        f'<p style="margin:0 0 16px">{part}</p>' for part in expected
    )


def test_to_html_writes_lists():
    assert markup.to_html("- one\n- **two**") == (
        '<ul style="margin:0 0 16px;padding-inline-start:24px">'
        "<li>one</li><li><strong>two</strong></li></ul>"
    )


@pytest.mark.parametrize(
    "url",
    ["https://example.com/?a=1&b=2", "{{ advocate.link }}", "mailto:a@example.com"],
)
def test_to_html_writes_links_that_are_safe(url):
    assert markup.to_html(f"[go]({url})") == (
        f'<p style="margin:0 0 16px"><a href="{url.replace("&", "&amp;")}" '
        f'style="{markup.LINK_STYLE}">go</a></p>'
    )


def test_links_of_lists_addresses_with_their_liquid():
    assert markup.links_of("[a](https://a.example) b [c]({{ ask.url }})") == [
        "https://a.example",
        "{{ ask.url }}",
    ]
