"""What the pages of a product show beside an ask: ways to share in place, the public offer."""

import gzip

import pytest
from django.utils import timezone

from campaigns.models import Message
from contacts.models import Event
from referrals.intros.offers import start
from referrals.models import IntroSetting
from referrals.sharing import OPENERS
from tests.campaigns.views.test_in_app import (
    make_shown,
    nobody_has_asked,  # noqa: F401 - a fixture
    post,
    ready,
    site,  # noqa: F401 - a fixture
)

pytestmark = pytest.mark.django_db


def test_who_is_not_signed_in_sees_the_public_offer_alone(client, site):  # noqa: F811
    message = make_shown()
    program = message.campaign.program
    program.offer_headline, program.offer_text = "Give $20, get $20", "Soon."
    program.save()
    site.program = program
    site.save()

    shown = post(client, "ready", {"locale": "de-AT"}).json()

    assert shown == {
        "ask": None,
        "offer": {
            "title": "Give $20, get $20",
            "text": "Soon.",
            "disclosure": program.disclosure,
            "language": "de",
            "direction": "ltr",
            "labels": {"close": "Schließen"},
            "url": "http://testserver/a/",
            "button": "Ihr persönlicher Link",
        },
    }
    assert Message.objects.get().state == Message.State.WAITING


@pytest.mark.parametrize("reason", ["no_program", "ended", "switched_off"])
def test_no_offer_is_shown_of_nothing(client, site, reason):  # noqa: F811
    program = make_shown().campaign.program
    if reason == "ended":
        program.ended_at = timezone.now()
        program.save()
    site.program = None if reason == "no_program" else program
    site.disabled_at = timezone.now() if reason == "switched_off" else None
    site.save()

    assert post(client, "ready", {}).json() == {"ask": None, "offer": None}


def test_sharing_in_place_is_told_once_a_minute(client, site):  # noqa: F811
    make_shown()
    token = ready(client).json()["ask"]["token"]

    early = post(client, f"{token}/shared", {"channel": "copy"})
    given = post(client, f"{token}/answer", {"answer": "yes"}).json()
    for _ in range(2):
        told = post(client, f"{token}/shared", {"channel": "whatsapp"})
        assert (told.status_code, told.json()) == (200, {})
    wrong = post(client, f"{token}/shared", {"channel": "fax"})

    assert (early.status_code, wrong.status_code) == (400, 400)
    assert [one["channel"] for one in given["channels"]] == list(OPENERS)
    shared = Event.objects.get(name="link_shared")
    assert shared.properties["channel"] == "whatsapp"


def test_yes_offers_an_introduction_where_the_program_does(client, site):  # noqa: F811
    program = make_shown().campaign.program
    setting = IntroSetting(program=program, outcome="save time", product="Acme")
    start(setting=setting, user=None, now=timezone.now())
    token = ready(client).json()["ask"]["token"]

    given = post(client, f"{token}/answer", {"answer": "yes"}).json()

    assert given["introduce"] == {
        "label": "Write an introduction",
        "url": f"{given['share']}/introduce",
    }


def test_the_preview_asks_nobody(client):
    response = client.get("/in-app/preview?mode=modal&language=ar")

    assert (response.status_code, response["X-Frame-Options"]) == (200, "SAMEORIGIN")
    assert 'data-mode="modal"' in response.content.decode()
    assert 'dir="rtl"' in response.content.decode()


@pytest.mark.parametrize("address", ["/widget.js", "/in-app.js"])
def test_the_script_is_small_and_for_everybody(client, address):
    response = client.get(address)

    assert response["Content-Type"] == "text/javascript"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert b"innerHTML" not in response.content
    assert len(gzip.compress(response.content)) < 15_000
