"""The pages of introductions, messages and asks in a product, judged by axe-core."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import InAppSite
from referrals.intros.answer import Friend, accept_intro, close_intro
from referrals.intros.offers import start, text_for
from referrals.intros.write import begin_intro, intro_url
from referrals.links import share_url
from referrals.models import AllowedHost, IntroSetting
from tests.factories.contacts import make_contact
from tests.factories.referrals import make_advocate, make_program
from tests.referrals.test_pages_in_a_browser import (
    LOOKS,
    SERIOUS,
    look,
    walker,  # noqa: F401 - a fixture
)


@pytest.fixture
def intros(home):
    """An introduction in each state, the one that waits last."""
    AllowedHost.objects.get_or_create(host="cal.example.com")
    advocate = make_advocate(make_program(), make_contact(first_name="Ada"))
    now = timezone.now()
    setting = IntroSetting(
        program=advocate.program,
        outcome="save half a day a week",
        product="Acme",
        calendar_url="https://cal.example.com/?utm_content={{ intro }}",
    )
    start(setting=setting, user=None, now=now)
    made = [begin_intro(advocate=advocate, now=now, another=True)[0] for _ in range(3)]
    text = text_for(advocate.program, "en")
    accept_intro(intro=made[0], friend=Friend("a@b.example"), text=text, now=now)
    close_intro(intro=made[1], tells_advocate=True, now=now)
    return advocate, made


@pytest.fixture
def home(settings, live_server):
    settings.SITE_URL = live_server.url
    return live_server.url


def test_the_pages_of_introductions_are_for_everybody(home, intros, walker):  # noqa: F811
    advocate, made = intros
    share = share_url(advocate.contact_id, advocate.pk)
    addresses = [f"{share}/introduce", *(intro_url(one) for one in made)]

    wrong = {}
    for scheme, locale, width in LOOKS:
        walker.emulate_media(color_scheme=scheme)
        walker.set_extra_http_headers({"Accept-Language": locale})
        walker.set_viewport_size({"width": width, "height": 844})
        for number, address in enumerate(addresses):
            if found := look(walker, address):
                wrong[f"{number} {scheme} {locale}"] = found

    assert wrong == {}


def test_the_pages_of_marketers_are_for_everybody(home, intros, walker):  # noqa: F811
    advocate, made = intros
    site = InAppSite.objects.create(name="App", key="app_k", secret="s", origins=[])
    pages = [
        reverse("admin:referrals_program_intros", args=[advocate.program_id]),
        reverse("admin:referrals_program_messages", args=[advocate.program_id]),
        reverse("admin:referrals_intro_changelist"),
        reverse("admin:referrals_intro_change", args=[made[0].pk]),
        reverse("admin:campaigns_in_app"),
        reverse("admin:campaigns_in_app_site", args=[site.pk]),
    ]

    wrong = {}
    for path in pages:
        walker.goto(f"{home}{path}", wait_until="load")
        if found := walker.evaluate(SERIOUS):
            wrong[path] = found

    assert wrong == {}


@pytest.mark.parametrize("mode", ["banner", "modal", "inline", "button"])
def test_what_a_product_shows_is_for_everybody(home, intros, walker, mode):  # noqa: F811
    # What is still fading in has less contrast.
    walker.emulate_media(reduced_motion="reduce")
    walker.goto(f"{home}/in-app/preview?mode={mode}&language=ar", wait_until="load")
    if mode == "button":
        walker.get_by_role("button").click()
    walker.locator("greenlight-ask .frame").wait_for()

    # axe looks into open shadows, too.
    assert walker.evaluate(SERIOUS) == []
