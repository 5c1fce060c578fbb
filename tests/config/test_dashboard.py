from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Message
from contacts.background import SLICES, Backlog, Slice
from contacts.models import Doorbell
from tests.factories.campaigns import make_ask, make_campaign, make_message
from tests.factories.contacts import make_user
from tests.factories.receipts import make_volume
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db


def home(client):
    return client.get(reverse("admin:index"))


def test_home_leads_a_new_installation_to_the_first_referral(admin_client):
    response = home(admin_client)

    steps = response.context["first_steps"]
    assert [(step.title, step.is_done) for step in steps] == [
        ("Import your customers", False),
        ("Say what you offer", False),
        ("Choose whom to ask", False),
        ("Start a campaign", False),
    ]
    assert "Nothing needs your attention." in response.text


def test_home_shows_how_the_asks_are_doing(admin_client):
    now = timezone.now()
    campaign = make_campaign(name="Autumn", state=Campaign.State.RUNNING)
    ask = make_ask(campaign, asked_at=now, delivered_at=now, won_at=now)
    make_message(ask, state=Message.State.ACCEPTED, finished_at=now)

    response = home(admin_client)

    numbers = response.context["numbers"]
    assert (numbers.sent_today, numbers.leads, numbers.won) == (1, 1, 1)
    assert [line.campaign.name for line in response.context["totals"]] == ["Autumn"]
    assert response.context["latest"] == [ask]


def test_home_names_what_needs_attention(admin_client, monkeypatch):
    now = timezone.now()
    late = Backlog(3, now - timedelta(minutes=5))
    piece = Slice("test.late", "Test lateness", "tests.none", lambda _: late)
    monkeypatch.setitem(SLICES, "test.late", piece)
    Doorbell.objects.create(slice_name="test.late", error="Boom: no", failed_at=now)
    paused = make_campaign(name="Autumn", state=Campaign.State.PAUSED)
    for visit in (1, 2):
        make_message(make_ask(paused), state=Message.State.UNKNOWN, visit=visit)

    response = home(admin_client)

    notices = [(notice.tone, notice.text) for notice in response.context["notices"]]
    assert notices == [
        ("bad", f"“Test lateness” failed {now:%H:%M} UTC: Boom: no"),
        (
            "bad",
            f"“Test lateness” has work that was due at {late.oldest:%H:%M} UTC."
            " Check that the worker is running.",
        ),
        (
            "warn",
            "2 messages were handed over, but the mail server never said what became of"
            " them. Nothing is sent twice by itself.",
        ),
        ("info", "The campaign “Autumn” is paused. Nobody moves and nothing is sent."),
    ]


def test_home_names_sources_that_stopped_or_send_what_is_refused(client):
    now = timezone.now()
    shop, app, fine = (make_source(name=name) for name in ("Shop", "App", "Fine"))
    make_volume(shop, now, accepted=80, rejected=20)
    make_volume(app, now - timedelta(days=3), accepted=5)
    make_volume(fine, now, accepted=5)
    permissions = ("campaigns.view_campaign", "contacts.view_source")

    def notices(*given):
        client.force_login(make_user(*given))
        return [
            (notice.tone, notice.text, notice.link)
            for notice in home(client).context["notices"]
        ]

    assert notices(*permissions) == [
        (
            "warn",
            "“App”: It used to send; the last message came 3 days ago.",
            f"/data/sources/{app.pk}/",
        ),
        (
            "bad",
            "“Shop”: 20 of 100 messages were refused in the last 24 hours (20%).",
            f"/data/sources/{shop.pk}/",
        ),
    ]
    assert notices(permissions[0]) == []


def test_home_of_somebody_who_may_see_no_campaigns_says_so(client):
    client.force_login(make_user())

    response = home(client)

    assert "numbers" not in response.context
    assert "What you see there depends on what you may do." in response.text
