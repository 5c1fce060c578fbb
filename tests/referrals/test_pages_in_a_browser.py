"""
Every public page and the main pages about programs, walked through once by a browser.

axe-core finds nothing serious; public pages ask for nothing elsewhere, weigh less than 60 kB,
run under a strict policy, and nothing on them moves once it is shown.
"""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from campaigns.messaging.links import ask_url
from contacts.views.unsubscribe import unsubscribe_url
from referrals.links import link_url, share_url
from referrals.portal.entry import data_url
from referrals.previews import PREVIEWS
from referrals.wording import save_translation
from tests.factories.messages import (
    make_due_message,
    make_mail_campaign,
    make_reachable_contact,
)
from tests.factories.referrals import make_advocate, make_program, make_referral

AXE = Path(__file__).parent.parent / "vendor/axe-core/axe.min.js"
MOST_BYTES = 60_000
EXPECTED = re.compile(r"\b(404|410)\b|Blocked script execution .* sandboxed")
LOOKS = [("light", "en", 1280), ("dark", "ar", 390), ("light", "ja", 390)]
SERIOUS = """async () => (await axe.run(document, {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
})).violations.filter(found => ["serious", "critical"].includes(found.impact))
  .map(found => `${found.id}: ${found.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`)"""
SHIFTS = """new PerformanceObserver(list => {
  for (const shift of list.getEntries()) window.shifted = (window.shifted || 0) + shift.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture
def world(live_server, settings):
    """A program in two languages and somebody with referrals, all at the server's address."""
    settings.SITE_URL = live_server.url
    program = make_program(
        landing="offer",
        accent="#f2c400",
        offer_text="Yours after the first order of a friend.",
        friend_conditions="For first orders only.",
    )
    save_translation(
        now=timezone.now(),
        program=program,
        locale="ar",
        texts={
            "offer_headline": "امنح 20 واحصل على 20",
            "disclosure": "أحصل أنا أيضًا.",
        },
    )
    contact = make_reachable_contact(first_name="Ada", locale="en")
    advocate = make_advocate(program, contact)
    now = timezone.now()
    make_referral(advocate, lead_at=now)
    make_referral(advocate, lead_at=now, won_at=now)
    message = make_due_message(make_mail_campaign(program=program), contact=contact)
    return program, advocate, message


@pytest.fixture
def walker(marketer_page, troubles):
    """A page with axe in it, for somebody who may do everything."""
    marketer_page.context.add_init_script(path=AXE)
    marketer_page.context.add_init_script(SHIFTS)
    yield marketer_page
    # Some pages say that there is nothing at their address; and axe is kept out of previews.
    troubles[:] = [one for one in troubles if not EXPECTED.search(one)]


def look(page, address):
    """Open a page; tell what is wrong with it."""
    answers = []

    def take(answer):
        answers.append(answer)

    page.on("response", take)
    response = page.goto(address, wait_until="load")
    own = urlsplit(address).netloc
    wrong = [
        f"asks {answer.url}"
        for answer in answers
        if urlsplit(answer.url).netloc not in (own, "")
    ]
    # A redirect has no body.
    kept = [answer for answer in answers if not 300 <= answer.status < 400]
    weight = sum(len(answer.body()) for answer in kept)
    if weight > MOST_BYTES:
        wrong.append(f"weighs {weight}")
    policy = response.headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        wrong.append(f"policy {policy}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("is wider than the screen")
    wrong += page.evaluate(SERIOUS)
    if shifted := page.evaluate("window.shifted || 0"):
        wrong.append(f"moves by {shifted}")
    page.remove_listener("response", take)
    return wrong


def findings(page, addresses):
    """Tell what is wrong with each page that has something wrong."""
    looked = {name: look(page, address) for name, address in addresses.items()}
    return {name: wrong for name, wrong in looked.items() if wrong}


def test_public_pages_are_light_private_and_for_everybody(world, walker):
    _, advocate, message = world
    contact = advocate.contact
    base = settings.SITE_URL
    now = timezone.now()
    addresses = {
        "own page": share_url(contact.pk, advocate.pk),
        "offer": link_url(advocate.code),
        "unknown link": link_url("nobodyhas"),
        "entry": f"{base}/a/",
        "data": data_url(contact.pk, now=now),
        "old data": data_url(contact.pk, now=now - timedelta(days=1)),
        "ask": ask_url(contact.pk, message.ask_id),
        "wrong ask": f"{base}/ask/nonsense",
        "unsubscribe": unsubscribe_url(contact.pk),
    }
    wrong = {}
    for scheme, locale, width in LOOKS:
        type(contact).objects.update(locale=locale)
        walker.emulate_media(color_scheme=scheme)
        walker.set_extra_http_headers({"Accept-Language": locale})
        walker.set_viewport_size({"width": width, "height": 844})
        for name, address in addresses.items():
            if found := look(walker, address):
                wrong[f"{name} {scheme} {locale}"] = found

    assert wrong == {}


def test_every_state_of_every_page_is_for_everybody(world, walker, live_server):
    program, *_ = world
    walker.set_viewport_size({"width": 390, "height": 844})

    wrong = {}
    for key in PREVIEWS:
        frame = reverse("admin:referrals_program_frame", args=[program.pk, key])
        if found := look(walker, f"{live_server.url}{frame}?language=de"):
            wrong[key] = found

    assert wrong == {}


LISTS = [
    "referrals_program_changelist",
    "referrals_program_add",
    "referrals_advocate_changelist",
    "referrals_referral_changelist",
]
TABS = [
    "referrals_program_change",
    "referrals_program_texts",
    "referrals_program_pages",
    "referrals_program_rewards",
    "referrals_program_stages",
    "referrals_program_fraud",
]


def addresses_of(names, *args):
    """Find the pages that there are."""
    found = {}
    for name in names:
        try:
            found[name] = reverse(f"admin:{name}", args=args)
        except NoReverseMatch:
            continue
    return found


def test_the_main_pages_of_marketers_are_for_everybody(world, walker, live_server):
    program, *_ = world
    addresses = addresses_of(LISTS) | addresses_of(TABS, program.pk)
    addresses["translation"] = reverse(
        "admin:referrals_program_translation", args=[program.pk, "ar"]
    )

    wrong = {}
    for name, path in addresses.items():
        walker.goto(f"{live_server.url}{path}", wait_until="load")
        if found := walker.evaluate(SERIOUS):
            wrong[name] = found
    assert wrong == {}
