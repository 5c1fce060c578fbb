import pytest

from campaigns.emails.urls import is_safe_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", True),
        ("HTTPS://example.com:8443/a?b={{ contact.email | url_encode }}#c", True),
        ("http://localhost:8000/x", True),
        ("mailto:help@example.com?subject=Hi", True),
        ("{{ ask.yes_url }}", True),
        ("{{advocate.link}}", True),
        ("{{ contact.email }}", False),
        ("{{ ask.yes_url }}{{ contact.email }}", False),
        ("https://{{ contact.attributes.host }}/", False),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.com", False),
        ("/ask/x", False),
        ("https://", False),
        ("https://[broken", False),
        ("https://example.com/<b>", False),
        ('https://example.com/"', False),
        ("mailto:", False),
        ("", False),
    ],
)
def test_is_safe_url_allows_written_out_hosts_and_our_links(url, expected):
    assert is_safe_url(url) is expected
