import pytest

from contacts import tokens
from referrals.codes import draw_codes, normalize_code
from referrals.links import (
    DestinationError,
    check_destination,
    clean_channel,
    find_advocate,
    friend_url,
    host_of,
    is_own_page,
    link_url,
    share_url,
)
from referrals.models import AllowedHost, ReferralCode
from tests.factories.referrals import make_advocate, make_program


def test_link_url_carries_the_channel():
    assert link_url("abcd1234") == "http://testserver/r/abcd1234"
    assert link_url("abcd1234", "sms") == "http://testserver/r/abcd1234?c=sms"


def test_share_url_names_the_advocate_by_ids_only():
    url = share_url(5, 70)

    address, token = url.split("/a/")
    assert address == "http://testserver"
    assert tokens.read_token("share", token) == (5, 70)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abcd1234", "abcd1234"),
        (" ABCD-1234 ", "abcd1234"),
        ("OIL0abcd", "0110abcd"),
        ("abcd123", ""),
        ("abcdu234", ""),
        ("äbcd1234", ""),
        ("", ""),
        ("a" * 5000, ""),
        ("abcd\x001234", ""),
    ],
)
def test_normalize_code_reads_what_people_type(typed, code):
    assert normalize_code(typed) == code


def test_draw_codes_makes_valid_codes():
    codes = draw_codes(500)

    assert [normalize_code(code) for code in codes] == codes
    assert len(set(codes)) == 500


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("whatsapp", "whatsapp"),
        ("QR", "qr"),
        ("a" * 21, ""),
        ("<b>", ""),
        ("a b", ""),
        ("", ""),
    ],
)
def test_clean_channel_keeps_short_words(text, channel):
    assert clean_channel(text) == channel


@pytest.mark.django_db
def test_find_advocate_takes_any_spelling():
    advocate = make_advocate()

    assert find_advocate(advocate.code.upper()) == advocate
    assert find_advocate("zzzzzzzz") is None
    assert find_advocate("") is None


@pytest.mark.django_db
def test_find_advocate_finds_nobody_once_he_is_gone():
    advocate = make_advocate()
    advocate.contact.delete()

    assert find_advocate(advocate.code) is None
    assert ReferralCode.objects.filter(code=advocate.code).exists()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://shop.example.com/a?b#c", "shop.example.com"),
        ("HTTPS://Shop.Example.COM", "shop.example.com"),
        ("https://shop.example.com:443/", "shop.example.com"),
        ("http://shop.example.com:8080/", "shop.example.com:8080"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_host_of_names_hosts_one_way(url, host):
    assert host_of(url) == host


NOT_WEB_ADDRESSES = [
    "",
    "shop.example.com",
    "//shop.example.com/",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://shop.example.com/",
    "https://",
    "https:///shop.example.com",
    "https:shop.example.com",
    "https://shop.example.com@evil.example/",
    "https://evil.example\\@shop.example.com/",
    "https://shop.example.com\\.evil.example/",
    "https://shop.example.com /",
    "https://shop.example.com\n/",
    "https://shop.example.com\t.evil.example/",
    "https://shop.example.com:port/",
    "https://shop.example.com:99999/",
    "https://[::1/",
    "https://" + "a" * 64 + ".example/",
    "https://a..b/",
]


@pytest.mark.parametrize("url", NOT_WEB_ADDRESSES)
def test_host_of_refuses_what_is_no_plain_web_address(url):
    with pytest.raises(DestinationError):
        host_of(url)


@pytest.mark.django_db
@pytest.mark.parametrize("url", NOT_WEB_ADDRESSES)
def test_check_destination_refuses_what_is_no_plain_web_address(url):
    AllowedHost.objects.create(host="shop.example.com")

    with pytest.raises(DestinationError):
        check_destination(url)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://shop.example.com.evil.example/",
        "https://evil-shop.example.com/",
        "https://sub.shop.example.com/",
        "https://shop.example.com:8443/",
        "https://evil.example/?https://shop.example.com/",
        "https://evil.example#@shop.example.com/",
    ],
)
def test_check_destination_refuses_other_hosts(url):
    AllowedHost.objects.create(host="shop.example.com")

    with pytest.raises(DestinationError, match="Links may not lead to"):
        check_destination(url)


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        ("/", True),
        ("/demo-shop/?a=b#c", True),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("/a\\b", False),
        ("/\t/evil.example", False),
        ("/a b", False),
        ("demo-shop/", False),
        ("", False),
    ],
)
def test_is_own_page_takes_paths_only(url, is_own):
    assert is_own_page(url) is is_own


@pytest.mark.django_db
def test_friend_url_keeps_query_and_fragment():
    program = make_program(
        name="Give $20, get $20",
        destination_url="https://shop.example.com/a?sku=1&utm_source=mine&empty=#top",
    )

    url = friend_url(program, click_id="abc_-1", channel="whatsapp")

    assert url == (
        "https://shop.example.com/a?sku=1&utm_source=mine&empty=&utm_medium=whatsapp"
        "&utm_campaign=give-20-get-20&gl_click=abc_-1#top"
    )


@pytest.mark.django_db
def test_friend_url_replaces_a_click_id_in_the_destination():
    program = make_program(
        name="推薦", destination_url="https://shop.example.com/?gl_click=old&b=1"
    )

    url = friend_url(program, click_id="new", channel="")

    assert url == (
        "https://shop.example.com/?b=1&utm_source=referral&utm_medium=link"
        "&utm_campaign=referral&gl_click=new"
    )


@pytest.mark.django_db
def test_friend_url_leads_to_a_page_of_this_site():
    program = make_program(name="Shop", destination_url="/demo-shop/")

    url = friend_url(program, click_id="", channel="")

    assert url == (
        "http://testserver/demo-shop/?utm_source=referral&utm_medium=link"
        "&utm_campaign=shop"
    )


@pytest.mark.django_db
def test_friend_url_refuses_a_host_that_is_allowed_no_more():
    program = make_program()
    AllowedHost.objects.all().delete()

    with pytest.raises(DestinationError, match="Links may not lead to"):
        friend_url(program, click_id="a", channel="")
