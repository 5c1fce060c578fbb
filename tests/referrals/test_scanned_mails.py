"""
Mail scanners follow every link of mails that really left: nothing happens by that.

``GREENLIGHT_SCANNED_MAILS=1000`` scans as many mails as the product promises; the usual run scans
fewer, in the same way.
"""

import os
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core import mail
from django.test import Client

from campaigns.messaging.send import send_due
from campaigns.models import Ask, Message, MessageFact
from contacts.models import Consent, ConsentChange, Event, Suppression
from referrals.models import AskPreference, OfferMail, Referral, TrapHit, Visit
from referrals.traps import TRAPPED
from referrals.visits import QUICK, tell_visits
from tests.factories.messages import NOW, make_due_message, make_mail_campaign
from tests.factories.referrals import BROWSER, make_program

MAILS = int(os.environ.get("GREENLIGHT_SCANNED_MAILS", "15"))
TIMES = 3
# What a browser opens takes longer: as many of the mails, and that many at a time.
IN_CHROMIUM = MAILS if MAILS > 15 else 3
TABS = 10
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0.0.0 Safari/537.36"
)


class Links(HTMLParser):
    """Every address that a scanner finds in the HTML of a mail."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == "href" and value]


def links_of(message):
    """All links of a mail: in its text, its HTML and its headers."""
    [html] = [body for body, kind in message.alternatives if kind == "text/html"]
    header = message.extra_headers["List-Unsubscribe"]
    urls = [
        *Links(html).found,
        *re.findall(r"https?://[^\s<>\"]+", message.body),
        *re.findall(r"https?://[^\s<>\"]+", header),
    ]
    return list(dict.fromkeys(url for url in urls if url.startswith("http")))


@pytest.fixture
def clock(monkeypatch):
    """Let the pages believe that it is another time."""

    def turn(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return turn


def send_mails(count):
    """Let so many mails leave through the pipeline."""
    campaign = make_mail_campaign(program=make_program(landing="offer"))
    for _ in range(count):
        make_due_message(campaign)
    while send_due(owner="test", clock=lambda: NOW):
        pass
    assert Message.objects.filter(state="accepted").count() == count
    assert len(mail.outbox) == count
    return mail.outbox


def state():
    """All that a person's act changes."""
    asks = Ask.objects.order_by("pk")
    return {
        "asks": list(
            asks.values(
                "answer", "answered_at", "viewed_at", "intent_at", "delivered_at"
            )
        ),
        "events": Event.objects.count(),
        "consents": list(Consent.objects.order_by("pk").values("state", "changed_at")),
        "changes": ConsentChange.objects.count(),
        "suppressions": Suppression.objects.count(),
        "preferences": AskPreference.objects.count(),
        "referrals": Referral.objects.count(),
        "offers": OfferMail.objects.count(),
        "facts": MessageFact.objects.count(),
    }


def path_of(url):
    return "/" + url.split("://", 1)[1].split("/", 1)[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "reasons"),
    [
        # At once, when the time tells; and later, when only what they do tells.
        (timedelta(seconds=5), {QUICK}),
        (timedelta(hours=2), {TRAPPED}),
    ],
)
def test_scanners_follow_every_link_and_nothing_happens(clock, age, reasons):
    mails = send_mails(MAILS)
    clock(NOW + age)
    before = state()

    for number, message in enumerate(mails):
        scanner = Client(
            headers={"User-Agent": CHROME},
            REMOTE_ADDR=f"198.51.{number // 250}.{number % 250}",
        )
        urls = links_of(message)
        assert len(urls) == 6
        for _ in range(TIMES):
            for url in urls:
                assert scanner.get(path_of(url)).status_code < 400
            for url in urls:
                assert scanner.head(path_of(url)).status_code < 400
    tell_visits(now=NOW + age + timedelta(hours=1))

    assert state() == before
    assert not Visit.objects.filter(kind__in=["human", "duplicate"]).exists()
    scanned = Visit.objects.filter(kind="scanner")
    assert set(scanned.values_list("reason", flat=True)) == reasons
    assert scanned.count() == MAILS * TIMES
    assert TrapHit.objects.values("contact").distinct().count() == MAILS


@pytest.mark.django_db
def test_a_person_who_follows_the_same_link_counts(clock):
    [message] = send_mails(1)
    later = NOW + timedelta(hours=2)
    clock(later)
    [link] = [url for url in links_of(message) if "/r/" in url]
    person = Client(headers={"User-Agent": BROWSER}, REMOTE_ADDR="203.0.113.7")

    person.get(path_of(link))

    assert Visit.objects.get().kind == "human"
    assert not Event.objects.filter(name="link_visited").exists()
    assert tell_visits(now=later + timedelta(minutes=2)) == 0
    assert tell_visits(now=later + timedelta(minutes=3)) == 1
    assert tell_visits(now=later + timedelta(minutes=3)) == 0
    assert Event.objects.filter(name="link_visited").count() == 1


def open_all(pages, urls):
    """Let each page open an address of its own, all at the same time."""
    for page, url in zip(pages, urls, strict=True):
        page.goto(url, wait_until="commit")
    for page in pages:
        page.wait_for_load_state("load")


@pytest.mark.django_db(transaction=True)
def test_a_scanner_with_scripts_does_no_more(live_server, browser, clock, settings):
    settings.SITE_URL = live_server.url
    mails = send_mails(IN_CHROMIUM)
    clock(NOW + timedelta(hours=2))
    before = state()
    context = browser.new_context(user_agent=CHROME)

    for start in range(0, len(mails), TABS):
        links = [links_of(message) for message in mails[start : start + TABS]]
        pages = [context.new_page() for _ in links]
        for urls in zip(*links, strict=True):
            open_all(pages, urls)
        asks = [next(url for url in urls if "/ask/" in url) for urls in links]
        open_all(pages, asks)
        # Longer than a page waits before it takes who looks at it for a person.
        pages[-1].evaluate("() => new Promise((done) => setTimeout(done, 1300))")
        for page in pages:
            page.close()
    context.close()
    tell_visits(now=NOW + timedelta(hours=3))

    assert state() == before
    assert not Visit.objects.filter(kind__in=["human", "duplicate"]).exists()
    assert Visit.objects.filter(kind="scanner").count() == IN_CHROMIUM
