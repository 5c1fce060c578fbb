from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.messaging.links import ask_url
from campaigns.models import Ask, Message
from campaigns.views.words import WORDS
from contacts.models import Consent, Event
from referrals.models import Advocate, AskPreference
from referrals.wording import save_translation
from tests.factories.messages import (
    make_due_message,
    make_mail_campaign,
    make_reachable_contact,
)
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"


@pytest.fixture
def client():
    """A phone without cookies, as an app's own browser is."""
    return Client(enforce_csrf_checks=True, headers={"User-Agent": PHONE})


@pytest.fixture
def ask():
    program = make_program(offer_headline="Give $20, get $20", brand="The Shop")
    contact = make_reachable_contact(first_name="Ada", locale="en")
    message = make_due_message(make_mail_campaign(program=program), contact=contact)
    return Ask.objects.get(pk=message.ask_id)


def path_of(ask):
    return urlsplit(ask_url(ask.contact_id, ask.pk)).path


def facts(ask):
    ask.refresh_from_db()
    return (
        ask.answer,
        ask.viewed_at is not None,
        ask.intent_at is not None,
        AskPreference.objects.exists(),
        Event.objects.filter(name="ask_answered").count(),
    )


NOTHING = ("", False, False, False, 0)


@pytest.mark.parametrize("query", ["", "?answer=yes", "?answer=never", "?answer=<x>"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client, ask, query, method):
    before = Event.objects.count()

    response = getattr(client, method)(path_of(ask) + query)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert facts(ask) == NOTHING
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("query", "main"),
    [("", "yes"), ("?answer=yes", "yes"), ("?answer=not_now", "not_now"), ("?answer=never", "never"), ("?answer=x", "yes")],
)  # fmt: skip
def test_the_answer_chosen_in_the_mail_stands_out(client, ask, query, main):
    response = client.get(path_of(ask) + query)

    choices = response.context["choices"]
    assert [choice.answer for choice in choices] == ["yes", "not_now", "never"]
    assert [choice.answer for choice in choices if choice.is_main] == [main]
    assert "Give $20, get $20" in response.text


def test_yes_leads_to_the_share_page(client, ask):
    response = client.post(path_of(ask), {"answer": "yes"})

    assert response.status_code == 302
    assert "/a/" in response.url
    assert facts(ask) == ("yes", True, True, False, 1)
    assert Advocate.objects.filter(contact_id=ask.contact_id).exists()
    assert client.get(urlsplit(response.url).path).status_code == 200


@pytest.mark.parametrize(
    ("days", "expected"), [("60", 60), ("90", 90), ("7", 75), ("", 75), ("x", 75)]
)
def test_not_now_snoozes_for_as_long_as_the_person_likes(client, ask, days, expected):
    before = timezone.now()

    response = client.post(
        path_of(ask), {"answer": "not_now", "days": days}, follow=True
    )

    until = AskPreference.objects.get().snoozed_until
    assert (
        timedelta(0) <= until - before - timedelta(days=expected) < timedelta(minutes=1)
    )
    assert facts(ask) == ("not_now", True, False, True, 1)
    assert "We won&#x27;t ask you before" in response.text
    assert f"{until.day}" in response.context["answered"]


def test_never_ends_it(client, ask):
    response = client.post(path_of(ask), {"answer": "never"}, follow=True)

    assert response.context["answered"] == WORDS["en"]["never_done"]
    assert AskPreference.objects.get().never_since is not None
    assert facts(ask)[0] == "never"


def test_pressing_twice_counts_once(client, ask):
    for _ in range(3):
        client.post(path_of(ask), {"answer": "not_now", "days": "60"})

    assert facts(ask) == ("not_now", True, False, True, 1)


def test_a_later_yes_wins(client, ask):
    client.post(path_of(ask), {"answer": "not_now"})
    client.post(path_of(ask), {"answer": "yes"})

    assert facts(ask)[:3] == ("yes", True, True)


def test_after_a_yes_the_page_says_so(client, ask):
    client.post(path_of(ask), {"answer": "yes"})

    assert client.get(path_of(ask)).context["answered"] == WORDS["en"]["yes_done"]


def test_an_unknown_answer_is_refused(client, ask):
    response = client.post(path_of(ask), {"answer": "maybe"})

    assert (response.status_code, response.content) == (400, b"Unknown answer.")
    assert facts(ask) == NOTHING


@pytest.mark.parametrize(
    "token", ["x", "~", "1.2~forged", "sample2", "0" * 300, "%00", "é"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_none_of_ours_is_told_kindly(client, ask, token, method):
    response = getattr(client, method)(f"/ask/{token}", {"answer": "yes"})

    assert response.status_code == 404
    assert WORDS["en"]["bad_title"] in response.text
    assert client.post(f"/ask/{token}/seen").status_code == 404


def test_the_link_of_an_ask_that_is_gone_is_told_kindly(client, ask):
    path = path_of(ask)
    ask.delete()

    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_of_a_preview_does_nothing(client, method):
    response = getattr(client, method)("/ask/sample", {"answer": "yes"})

    assert response.status_code == 200
    assert WORDS["en"]["sample"] in response.text
    assert response.text.count("disabled") == 4
    assert not AskPreference.objects.exists()


@pytest.mark.parametrize(
    ("locale", "header", "language"),
    [
        ("de-AT", "fr", "de"),
        ("", "fr-CA,en", "fr"),
        ("ja", "es", "ja"),
        ("pl", "es", "es"),
        ("pt_BR", "es", "pt"),
        ("", "xx", "en"),
    ],
)
def test_it_speaks_the_persons_language(client, ask, locale, header, language):
    type(ask.contact).objects.update(locale=locale)

    response = client.get(path_of(ask), headers={"Accept-Language": header})

    assert WORDS[language]["question"] in response.text
    assert f'<html lang="{language}"' in response.text


def test_each_language_says_everything():
    assert {language: set(words) for language, words in WORDS.items()} == dict.fromkeys(
        WORDS, set(WORDS["en"])
    )


def test_a_person_who_looks_has_seen_it_once(client, ask):
    responses = [client.post(f"{path_of(ask)}/seen") for _ in range(2)]

    assert [one.status_code for one in responses] == [204, 204]
    assert facts(ask) == ("", True, False, False, 0)


def test_a_machine_that_looks_has_not_seen_it(ask):
    scanner = Client(headers={"User-Agent": "Barracuda Sentinel"})

    assert scanner.post(f"{path_of(ask)}/seen").status_code == 204
    assert facts(ask) == NOTHING


def test_to_look_by_get_is_no_seeing(client, ask):
    assert client.get(f"{path_of(ask)}/seen").status_code == 405
    assert facts(ask) == NOTHING


def test_an_answer_proves_that_the_mail_arrived(client, ask):
    Message.objects.update(state=Message.State.UNKNOWN)

    client.post(path_of(ask), {"answer": "not_now"})

    message = Message.objects.get()
    ask.refresh_from_db()
    assert message.state == Message.State.ACCEPTED
    assert ask.delivered_at is not None


@pytest.mark.parametrize("via", ["dm", "in_app"])
def test_who_came_by_another_way_says_nothing_of_the_mail(client, ask, via):
    Message.objects.update(state=Message.State.UNKNOWN)

    page = client.get(f"{path_of(ask)}?via={via}")
    client.post(f"{path_of(ask)}/seen?via={via}")
    client.post(path_of(ask), {"answer": "not_now", "via": via})

    assert f'data-seen="{path_of(ask)}/seen?via={via}"' in page.content.decode()
    ask.refresh_from_db()
    assert (Message.objects.get().state, ask.delivered_at) == ("unknown", None)
    assert ask.viewed_at is not None


def test_the_page_asks_the_same_of_the_database_every_time(
    client, ask, django_assert_num_queries
):
    # ask, preference, own page, consent.
    with django_assert_num_queries(4):
        client.get(path_of(ask))


def test_a_day_of_the_persons_own_is_kept_or_explained(client, ask):
    today = timezone.localdate()
    good, late = (today + timedelta(days=days) for days in (66, 91))

    refused = client.post(
        path_of(ask), {"answer": "not_now", "until": f"{late}"}, follow=True
    )
    nothing = AskPreference.objects.count()
    client.post(path_of(ask), {"answer": "not_now", "until": f"{good}"})

    assert nothing == 0
    assert 'role="alert">Between ' in refused.text
    assert timezone.localdate(AskPreference.objects.get().snoozed_until) == good


def test_unsubscribing_stops_mails_and_answers_nothing(client, ask):
    response = client.post(path_of(ask), {"answer": "unsubscribe"}, follow=True)

    assert "You are unsubscribed" in response.text
    assert 'value="unsubscribe"' not in response.text
    consent = Consent.objects.get(contact=ask.contact)
    assert (consent.channel, consent.state) == ("email", "withdrawn")
    assert facts(ask)[0] == ""


def test_the_program_speaks_the_persons_language_in_its_own_words(client, ask):
    type(ask.contact).objects.update(locale="pt_BR")
    program = ask.campaign.program
    save_translation(
        now=timezone.now(),
        program=program,
        locale="pt",
        texts={"offer_headline": "Dê 20, ganhe 20", "disclosure": "Eu também."},
        words={"question": "Quer espalhar?"},
    )

    page = client.get(path_of(ask)).text

    assert "Dê 20, ganhe 20" in page
    assert "Quer espalhar?" in page
    assert WORDS["pt"]["note"] in page


def test_arabic_runs_from_right_to_left_in_the_programs_colors(client, ask):
    type(ask.contact).objects.update(locale="ar")

    page = client.get(path_of(ask)).text

    assert '<html lang="ar" dir="rtl">' in page
    assert ask.campaign.program.theme_url in page


def test_the_way_to_the_own_page_is_there_once_there_is_one(client, ask):
    before = client.get(path_of(ask)).text
    client.post(path_of(ask), {"answer": "yes"})
    after = client.get(path_of(ask)).text

    assert WORDS["en"]["preferences"] not in before
    assert WORDS["en"]["preferences"] in after
