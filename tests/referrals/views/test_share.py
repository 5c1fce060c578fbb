import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts import tokens
from contacts.consents import grant, suppress
from contacts.models import Consent, Event, Suppression
from referrals.links import link_url, share_url
from referrals.models import AskPreference, Visit
from tests.factories.contacts import make_contact
from tests.factories.referrals import (
    BROWSER,
    make_advocate,
    make_program,
    make_referral,
)

pytestmark = pytest.mark.django_db


def path_of(advocate, action=""):
    address = share_url(advocate.contact_id, advocate.pk)
    return address.removeprefix("http://testserver") + action


def read(client, advocate):
    return client.get(path_of(advocate)).content.decode()


def test_the_page_shows_offer_link_and_ways_to_share(client):
    program = make_program(
        offer_headline="Give $20, get $20",
        share_text="Good coffee.",
        share_whatsapp_text="Hey, good coffee!",
    )
    advocate = make_advocate(program, make_contact(first_name="Ada"))

    response = client.get(path_of(advocate))

    page = response.content.decode()
    assert response.status_code == 200
    assert "Hi Ada" in page
    assert "Give $20, get $20" in page
    assert f'value="{link_url(advocate.code)}"' in page
    whatsapp = quote(
        f"Hey, good coffee!\n\nI get $20 too.\n\n{link_url(advocate.code, 'whatsapp')}",
        safe="",
    )
    assert f"https://wa.me/?text={whatsapp}" in page
    assert "mailto:?subject=" in page
    assert "sms:?&amp;body=Good%20coffee." in page
    assert "https://x.com/intent/post?text=Good%20coffee." in page
    assert "https://www.linkedin.com/sharing/share-offsite/?url=" in page
    assert 'src="data:image/svg+xml' in page
    assert "I get $20 too." in page
    assert "Nobody has joined through your link yet." in page


def test_the_page_is_private(client):
    response = client.get(path_of(make_advocate()))

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de-AT", "Ihr persönlicher Link"),
        ("fr", "Votre lien personnel"),
        ("es-MX", "Tu enlace personal"),
        ("pt-BR", "Seu link pessoal"),
        ("ja-JP", "あなた専用のリンク"),
        ("ar", "رابطك الشخصي"),
        ("pl-PL", "Your personal link"),
    ],
)
def test_the_page_speaks_the_contacts_language(client, locale, words):
    advocate = make_advocate(contact=make_contact(locale=locale))

    assert words in read(client, advocate)


def test_the_page_speaks_the_browsers_language_if_the_contacts_is_unknown():
    client = Client(headers={"Accept-Language": "fr-CA,en;q=0.4"})

    page = read(client, make_advocate())

    assert "Votre lien personnel" in page
    assert "Bonjour" in page


def test_the_page_does_not_name_friends(client):
    advocate = make_advocate()
    joined, ordered = (make_contact(first_name="Grace") for _ in range(2))
    make_referral(advocate, joined)
    make_referral(advocate, ordered, won_at=timezone.now())
    make_referral(make_advocate(advocate.program))

    page = read(client, advocate)

    assert len(re.findall("A friend joined, ", page)) == 1
    assert len(re.findall("A friend placed a first order, ", page)) == 1
    assert "2 friends have joined." in page
    assert "Grace" not in page


def test_texts_of_a_marketer_are_no_html(client):
    program = make_program(
        offer_headline="<script>alert(1)</script>",
        offer_text="<b>b</b>",
        share_text='"><img src=x>',
        disclosure="<i>",
        brand="<u>",
    )
    contact = make_contact(first_name="<script>")

    page = read(client, make_advocate(program, contact))

    assert "<script>" not in page
    assert not re.search("<b>|<img src=x>|<i>|<u>", page)


@pytest.mark.parametrize("name", ["محمد", "さくら", "A" * 200])
def test_any_name_is_greeted(client, name):
    assert f"Hi {name}" in read(
        client, make_advocate(contact=make_contact(first_name=name))
    )


def tampered_paths():
    advocate = make_advocate()
    other = make_advocate()
    good = path_of(advocate)
    swapped = tokens.make_token("share", advocate.contact_id, other.pk)
    foreign = tokens.make_token("ask", advocate.contact_id, advocate.pk)
    short = tokens.make_token("share", advocate.contact_id)
    return [
        good[:-1],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "/a/~",
        "/a/nonsense",
        "/a/" + "x" * 2000,
        f"/a/{swapped}",
        f"/a/{foreign}",
        f"/a/{short}",
    ]


def test_a_wrong_token_opens_nothing(client):
    for path in tampered_paths():
        response = client.get(path)
        assert response.status_code == 404
        assert "We can&#x27;t find this link" in response.content.decode()
        for action in ("/shared", "/answer"):
            assert client.post(path + action, {"choice": "never"}).status_code == 404
    assert not AskPreference.objects.exists()


def test_opening_the_page_many_times_changes_nothing(client):
    advocate = make_advocate()
    for _ in range(5):
        client.get(path_of(advocate))
        client.head(path_of(advocate))
        assert client.get(path_of(advocate, "/shared")).status_code == 405
        assert client.get(path_of(advocate, "/answer?choice=never")).status_code == 405
        assert client.head(path_of(advocate, "/answer?choice=never")).status_code == 405

    assert not Event.objects.exists()
    assert not AskPreference.objects.exists()
    assert not Consent.objects.exists()
    assert not Suppression.objects.exists()
    assert not Visit.objects.exists()


@pytest.mark.parametrize("action", ["/shared", "/answer"])
def test_acts_need_the_token_against_forged_requests(action):
    client = Client(enforce_csrf_checks=True)
    path = path_of(make_advocate(), action)

    response = client.post(path, {"choice": "never", "channel": "copy"})

    assert response.status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize("action", ["/shared", "/answer"])
def test_acts_from_the_page_are_let_through(action):
    client = Client(enforce_csrf_checks=True)
    advocate = make_advocate()
    client.get(path_of(advocate))
    words = {
        "choice": "never",
        "channel": "copy",
        "csrfmiddlewaretoken": client.cookies["csrftoken"].value,
    }

    assert client.post(path_of(advocate, action), words).status_code == 302


def test_a_share_is_recorded(client):
    advocate = make_advocate()

    quiet = client.post(path_of(advocate, "/shared"), {"channel": "sms", "quiet": "1"})
    loud = client.post(path_of(advocate, "/shared"), {"channel": "other"})

    assert quiet.status_code == 204
    assert loud["Location"] == path_of(advocate)
    rows = Event.objects.order_by("pk").values_list("name", "properties__channel")
    assert list(rows) == [("link_shared", "sms"), ("link_shared", "other")]


@pytest.mark.parametrize("channel", ["", "pigeon", "copy\x00"])
def test_a_share_on_no_channel_is_refused(client, channel):
    path = path_of(make_advocate(), "/shared")

    assert client.post(path, {"channel": channel}).status_code == 400
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("days", "expected"),
    [("60", 60), ("90", 90), ("", 70), ("5", 70), ("999", 70), ("²", 70), ("-1", 70)],
)
def test_not_now_snoozes(client, days, expected):
    advocate = make_advocate(make_program(snooze_days=70))
    before = timezone.now()

    response = client.post(
        path_of(advocate, "/answer"), {"choice": "not_now", "days": days}
    )

    preference = AskPreference.objects.get(contact=advocate.contact)
    assert response["Location"] == f"{path_of(advocate)}#asking"
    assert (preference.snoozed_until - before).days == expected
    page = read(client, advocate)
    assert "Okay. We won&#x27;t ask you before" in page
    assert "You may ask me again" in page


def test_never_and_back(client):
    advocate = make_advocate()

    client.post(path_of(advocate, "/answer"), {"choice": "never"})
    assert "We won&#x27;t ask you again" in read(client, advocate)
    client.post(path_of(advocate, "/answer"), {"choice": "resume"})

    assert "Not now" in read(client, advocate)
    assert AskPreference.objects.get().never_since is None


def test_a_snooze_that_is_over_is_not_shown(client):
    advocate = make_advocate()
    now = timezone.now()
    AskPreference.objects.create(
        contact=advocate.contact, snoozed_until=now, changed_at=now
    )

    assert "Not now" in read(client, advocate)


def test_unsubscribe_silences_the_address(client):
    advocate = make_advocate()

    for _ in range(2):
        client.post(path_of(advocate, "/answer"), {"choice": "unsubscribe"})

    assert Suppression.objects.get().address == advocate.contact.email
    assert Consent.objects.get().state == "withdrawn"
    page = read(client, advocate)
    assert "You are unsubscribed" in page
    assert 'value="unsubscribe"' not in page


def test_another_choice_is_refused(client):
    path = path_of(make_advocate(), "/answer")

    assert client.post(path, {"choice": "explode"}).status_code == 400
    assert not Event.objects.exists()


def test_the_advocates_own_browser_is_told_apart():
    browser = Client(headers={"User-Agent": BROWSER})
    advocate = make_advocate()
    browser.get(path_of(advocate))

    response = browser.get(reverse("referrals_link", args=[advocate.code]))

    assert response.status_code == 200
    assert "This is your own link" in response.text
    assert Visit.objects.get().kind == "self"
    cookie = browser.cookies["gl_own"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        "/r/",
        True,
        "Lax",
    )


def test_a_program_that_has_ended_says_so(client):
    advocate = make_advocate(make_program(ended_at=timezone.now()))

    assert "This program has ended." in read(client, advocate)


def test_the_page_takes_as_many_queries_for_many_friends(
    client, django_assert_num_queries
):
    few, many = make_advocate(), make_advocate()
    for advocate, number in ((few, 1), (many, 3)):
        for _ in range(number):
            make_referral(advocate)

    # advocate, introductions, number and list of referrals, rewards, asks,
    # preference, consent, channels.
    for advocate in (few, many):
        with django_assert_num_queries(9):
            client.get(path_of(advocate))


def test_a_day_of_the_persons_own_is_kept_or_explained(client):
    advocate = make_advocate()
    today = timezone.localdate()
    good, late = (today + timedelta(days=days) for days in (66, 91))

    refused = client.post(
        path_of(advocate, "/answer"),
        {"choice": "not_now", "until": f"{late}"},
        follow=True,
    )
    nothing = AskPreference.objects.count()
    client.post(path_of(advocate, "/answer"), {"choice": "not_now", "until": f"{good}"})

    assert nothing == 0
    assert 'role="alert">Any day from ' in refused.content.decode()
    until = AskPreference.objects.get().snoozed_until
    assert timezone.localdate(until) == good


def test_a_channel_is_turned_off_and_on(client):
    contact = make_contact(email="ada@example.com")
    grant([contact.pk], channel="sms", source="test", statement="", now=timezone.now())
    advocate = make_advocate(contact=contact)

    client.post(path_of(advocate, "/channel"), {"channel": "sms", "to": "off"})
    page = read(client, advocate)

    assert Consent.objects.get(channel="sms").state == "withdrawn"
    # The address has nothing to do with it.
    assert not Suppression.objects.exists()
    assert "Text message: <strong>Off</strong>" in page
    assert "Email: <strong>On</strong>" in page
    client.post(path_of(advocate, "/channel"), {"channel": "sms", "to": "on"})
    assert Consent.objects.get(channel="sms").state == "granted"


def test_email_is_turned_off_for_the_address_and_on_again(client):
    advocate = make_advocate(contact=make_contact(email="ada@example.com"))

    for to, count in (("off", 1), ("off", 1), ("on", 0)):
        client.post(path_of(advocate, "/channel"), {"channel": "email", "to": to})
        assert Suppression.objects.count() == count


def test_an_address_that_bounced_stays_silent(client):
    advocate = make_advocate(contact=make_contact(email="ada@example.com"))
    suppress(address="ada@example.com", reason="bounced", now=timezone.now())

    response = client.post(
        path_of(advocate, "/channel"), {"channel": "email", "to": "on"}, follow=True
    )

    assert "blocked for another reason" in response.content.decode()
    assert Suppression.objects.count() == 1


def test_there_is_no_other_channel(client):
    response = client.post(path_of(make_advocate(), "/channel"), {"channel": "pigeon"})

    assert response.status_code == 400


@pytest.mark.parametrize("action", ["/channel", "/data", "/answer", "/shared"])
def test_nobody_acts_with_a_wrong_token(client, action):
    assert client.post(f"/a/nonsense{action}").status_code == 404
