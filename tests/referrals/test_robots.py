import pytest

from referrals.robots import BOT, HUMAN, PREVIEW, SCANNER, Verdict, classify

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
INSTAGRAM_ON_PIXEL = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36 Instagram 331.0 Android "
    "(34/14; 420dpi; 1080x2400; Google/google; Pixel 8; shiba; shiba; en_US)"
)
CUBOT = "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (SAFARI, HUMAN),
        (INSTAGRAM_ON_PIXEL, HUMAN),
        (CUBOT, HUMAN),
        ("Mozilla/5.0 (Windows NT 10.0; rv:131.0) Gecko/20100101 Firefox/131.0", HUMAN),
        ("WhatsApp/2.24.11 A", PREVIEW),
        ("facebookexternalhit/1.1 Facebot Twitterbot/1.0", PREVIEW),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", PREVIEW),
        ("LinkedInBot/1.0 (compatible; Mozilla/5.0)", PREVIEW),
        ("Mozilla/5.0 (compatible; Discordbot/2.0)", PREVIEW),
        ("TelegramBot (like TwitterBot)", PREVIEW),
        ("Mozilla/5.0 Barracuda Sentinel (EE)", SCANNER),
        ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", SCANNER),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://google.com/bot.html)", BOT),
        (
            "Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/131.0 Safari/537.36",
            BOT,
        ),
        ("python-requests/2.32", BOT),
        ("curl/8.5.0", BOT),
        ("Go-http-client/2.0", BOT),
        ("  ", BOT),
        ("", BOT),
    ],
)
def test_classify_reads_the_browser(agent, kind):
    assert classify(method="GET", headers={"User-Agent": agent}).kind == kind


def test_classify_takes_head_for_a_bot():
    verdict = classify(method="HEAD", headers={"User-Agent": SAFARI})

    assert verdict == Verdict(BOT, "asked for the head only")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-Purpose", "prefetch;prerender"),
        ("Purpose", "preview"),
        ("X-Moz", "Prefetch"),
    ],
)
def test_classify_takes_prefetching_for_a_preview(header, value):
    verdict = classify(method="GET", headers={"User-Agent": SAFARI, header: value})

    assert verdict == Verdict(PREVIEW, "fetched ahead of a click")


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("eur01.safelinks.protection.outlook.com", SCANNER),
        ("urldefense.com", SCANNER),
        ("noturldefense.com", HUMAN),
        ("shop.example.com", HUMAN),
    ],
)
def test_classify_knows_mail_gateways(host, kind):
    verdict = classify(method="GET", headers={"User-Agent": SAFARI}, referrer_host=host)

    assert verdict.kind == kind


def test_classify_names_the_rule():
    verdict = classify(method="GET", headers={"User-Agent": "curl/8.5.0"})

    assert verdict == Verdict(BOT, 'names itself "curl/"')
