"""
Tell people from machines by what their request says about itself.

The rules stand in the order in which they are tried. A machine that hides is not found here;
what it does is filed under "person" and costs a number, never a person's answer: those are
given by POST.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

HUMAN = "human"
PREVIEW = "preview"
SCANNER = "scanner"
BOT = "bot"


@dataclass(frozen=True)
class Verdict:
    """Who it was, and the rule that told; blank for a person."""

    kind: str
    reason: str = ""


# Apps that fetch a link to show a card for it. Their people come with a usual browser.
PREVIEW_AGENTS = re.compile(
    r"whatsapp/|facebookexternalhit|facebookcatalog|facebot|twitterbot|slackbot"
    r"|slack-imgproxy|linkedinbot|discordbot|telegrambot|skypeuripreview|bingpreview"
    r"|redditbot|pinterestbot|pinterest/0|mastodon|bluesky cardyb|iframely|embedly"
    r"|vkshare|snap url preview|google-pagerenderer|applebot|signal-android/desktop",
    re.IGNORECASE,
)
SCANNER_AGENTS = re.compile(
    r"barracuda|mimecast|proofpoint|bitdefender|symantec|messagelabs|trendmicro"
    r"|trend micro|forcepoint|fortinet|fortiguard|sophos|checkpoint|ironport|trustwave"
    r"|urlscan|virustotal|safebrowsing|msoffice|microsoft office|cloudmark|vadesecure",
    re.IGNORECASE,
)
# "bot" as the end of a word, but not the phones of Cubot. Not a bare "google": the in-app
# browser of Instagram on a Pixel phone has it in its name.
BOT_AGENTS = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|headlesschrome|phantomjs|electron/"
    r"|python|curl/|wget|libwww|go-http|java/|apache-http|okhttp|node-fetch|node\.js"
    r"|axios|undici|httpclient|http_request|scrapy|ruby|perl|lighthouse|inspectiontool"
    r"|adsbot|mediapartners|feedfetcher|facebookplatform|monitor|uptime|pingdom"
    r"|statuscake|nmap|masscan|zgrab|censys|dataprovider",
    re.IGNORECASE,
)
# Gateways that open links in the name of a mail server.
SCANNER_HOSTS = (
    "protection.outlook.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "mimecast.com",
    "cudasvc.com",
    "secure-web.cisco.com",
    "url.avanan.click",
    "sophos.com",
)


def classify(
    *, method: str, headers: Mapping[str, str], referrer_host: str = ""
) -> Verdict:
    """Say who made a request; headers are looked up by their usual spelling."""
    agent = headers.get("User-Agent", "")
    if method == "HEAD":
        return Verdict(BOT, "asked for the head only")
    purpose = f"{headers.get('Sec-Purpose', '')} {headers.get('Purpose', '')} {headers.get('X-Moz', '')}"
    if "prefetch" in purpose.lower() or "preview" in purpose.lower():
        return Verdict(PREVIEW, "fetched ahead of a click")
    if not agent.strip():
        return Verdict(BOT, "names no browser")
    if any(
        referrer_host == host or referrer_host.endswith(f".{host}")
        for host in SCANNER_HOSTS
    ):
        return Verdict(SCANNER, "sent by a mail gateway")
    for kind, pattern in (
        (PREVIEW, PREVIEW_AGENTS),
        (SCANNER, SCANNER_AGENTS),
        (BOT, BOT_AGENTS),
    ):
        if found := pattern.search(agent):
            return Verdict(kind, f'names itself "{found[0].lower()}"')
    return Verdict(HUMAN)
