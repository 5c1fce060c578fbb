"""Marks on the links of a mail."""

import pytest

from campaigns.emails.tagging import is_host, tag_links

TAGGING = {
    "hosts": ["shop.example.com"],
    "source": "greenlight",
    "medium": "email",
    "campaign": "autumn & more",
}
MARKS = "utm_source=greenlight&amp;utm_medium=email&amp;utm_campaign=autumn+%26+more"


def tag(address, **changes):
    html = tag_links(f'<p>a</p><a class="x" href="{address}">b</a>', TAGGING | changes)
    return html.partition('href="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("https://shop.example.com", f"https://shop.example.com?{MARKS}"),
        ("https://SHOP.example.com/a#b", f"https://SHOP.example.com/a?{MARKS}#b"),
        ("https://eu.shop.example.com/", f"https://eu.shop.example.com/?{MARKS}"),
        (
            "https://shop.example.com/?a=1&amp;b=2",
            f"https://shop.example.com/?a=1&amp;b=2&amp;{MARKS}",
        ),
        (
            "https://shop.example.com/LQ00001QL?",
            f"https://shop.example.com/LQ00001QL?{MARKS}",
        ),
        (
            "https://shop.example.com/?utm_source=own&amp;utm_medium=",
            "https://shop.example.com/?utm_source=own&amp;utm_medium="
            "&amp;utm_campaign=autumn+%26+more",
        ),
    ],
)
def test_links_to_a_named_host_are_marked(address, marked):
    assert tag(address) == marked
    # A second time nothing is added.
    assert tag(marked) == marked


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/",
        "https://notshop.example.com/",
        "https://shop.example.com.evil.example/",
        "mailto:help@shop.example.com",
        "LQ00000QL",
        "https://[broken",
    ],
)
def test_all_others_stay(address):
    assert tag(address) == address


def test_without_hosts_or_marks_nothing_is_changed():
    address = "https://shop.example.com/"

    assert tag(address, hosts=[]) == address
    assert tag(address, source="", medium="", campaign="") == address
    assert tag_links(f'<img src="{address}">', TAGGING) == f'<img src="{address}">'


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("shop.example.com", True),
        ("example", False),
        ("shop.example.com/a", False),
        ("shop.xn--p1ai", True),
        ("shop..com", False),
        ("", False),
    ],
)
def test_names_of_hosts(text, is_one):
    assert is_host(text) is is_one
