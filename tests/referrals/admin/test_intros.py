"""Introductions for marketers: the switch and the words of a program, the list, one of them."""

import pytest
from django.test import Client
from django.urls import reverse

from referrals.intros.answer import Friend, accept_intro, close_intro
from referrals.intros.offers import start, text_for
from referrals.intros.write import begin_intro
from referrals.models import AllowedHost, Intro, IntroSetting, IntroText
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db

LIST = reverse("admin:referrals_intro_changelist")
SETTING = {
    "do": "setting",
    "outcome": "save half a day",
    "product": "Acme",
    "rep": "",
    "calendar_url": "",
}
TEXT = {
    "do": "text",
    "subject": "Hello",
    "note": "Try {{ product }}: {{ link }} {{ disclosure }}",
    "paragraph": "It helps to {{ outcome }}.",
    "opt_in": "{{ brand }} may write to me.",
}


def client_of(*permissions):
    client = Client()
    client.force_login(make_user(*permissions))
    return client


def marketer():
    return client_of(
        "referrals.view_program", "referrals.change_program", "contacts.view_contact"
    )


def tab_of(program, language="en"):
    address = reverse("admin:referrals_program_intros", args=[program.pk])
    return f"{address}?language={language}"


def make_intro(advocate=None, answer=""):
    advocate = advocate or make_advocate(contact=make_contact(first_name="Ada"))
    setting = IntroSetting.objects.filter(program=advocate.program).first()
    start(
        setting=setting
        or IntroSetting(program=advocate.program, outcome="win", product="Acme"),
        user=None,
        now=NOW,
    )
    intro, _ = begin_intro(advocate=advocate, now=NOW, another=True)
    if answer == "yes":
        text = text_for(advocate.program, "en")
        friend = Friend(f"friend{intro.pk}@example.com", "Cleo")
        accept_intro(intro=intro, friend=friend, text=text, now=NOW)
    if answer == "no":
        close_intro(intro=intro, tells_advocate=False, now=NOW)
    return intro


def test_a_marketer_sets_them_up():
    client, program = marketer(), make_program()

    early = client.post(tab_of(program), {"do": "switch"}, follow=True)
    client.post(tab_of(program), SETTING)
    on = client.post(tab_of(program), {"do": "switch"}, follow=True)

    assert "Say first what you make" in early.content.decode()
    assert "Advocates may now introduce you." in on.content.decode()
    setting = IntroSetting.objects.get(program=program)
    assert (setting.outcome, setting.product) == ("save half a day", "Acme")
    assert setting.started_at is not None
    assert IntroText.objects.get().version == 1
    client.post(tab_of(program), {"do": "switch"})
    setting.refresh_from_db()
    assert setting.started_at is None


def test_each_change_of_the_words_is_a_version():
    client, program = marketer(), make_program()

    for note in ("One", "One", "Two"):
        changes = {"note": f"{note} {{{{ link }}}} {{{{ disclosure }}}}"}
        client.post(tab_of(program, "de"), TEXT | changes)

    texts = IntroText.objects.order_by("version")
    assert list(texts.values_list("locale", "version", "note")) == [
        ("de", 1, "One {{ link }} {{ disclosure }}"),
        ("de", 2, "Two {{ link }} {{ disclosure }}"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"note": "Hi {{ disclosure }}"}, "Leave a place for {{ link }}"),
        ({"note": "Hi {{ link }}"}, "Leave a place for {{ disclosure }}"),
        ({"paragraph": "{{ advocate }}"}, "There is no {{ advocate }}."),
        ({"opt_in": "Yes"}, "Leave a place for {{ brand }}"),
    ],
)
def test_words_that_lack_something_are_refused(changes, said):
    client, program = marketer(), make_program()

    response = client.post(tab_of(program), TEXT | changes)

    assert said in response.content.decode()
    assert not IntroText.objects.exists()


def test_a_calendar_is_on_an_allowed_host():
    client, program = marketer(), make_program()
    address = "https://cal.example.com/bo?utm_content={{ intro }}"

    refused = client.post(tab_of(program), SETTING | {"calendar_url": address})
    AllowedHost.objects.create(host="cal.example.com")
    taken = client.post(tab_of(program), SETTING | {"calendar_url": address})

    assert "Links may not lead to" in refused.content.decode()
    assert (taken.status_code, IntroSetting.objects.get().calendar_url) == (
        302,
        address,
    )


def test_the_preview_writes_nothing():
    client, program = marketer(), make_program()
    address = reverse("admin:referrals_program_intros_preview", args=[program.pk])

    response = client.post(f"{address}?language=de", {**SETTING, **TEXT})

    page = response.content.decode()
    assert "Try Acme: https://example.com/i/sample I get $20 too." in page
    assert "Ada hat an" in page
    assert not IntroSetting.objects.exists()
    assert not IntroText.objects.exists()


def test_who_may_only_look_changes_nothing():
    client, program = client_of("referrals.view_program"), make_program()

    assert client.get(tab_of(program)).status_code == 200
    assert client.post(tab_of(program), SETTING).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_more(number, django_assert_max_num_queries):
    advocate = make_advocate(contact=make_contact(first_name="Ada"))
    for answer in ("yes", "no", "")[:number]:
        make_intro(advocate, answer)
    client = client_of("referrals.view_intro", "contacts.view_contact")

    with django_assert_max_num_queries(14):
        page = client.get(LIST).content.decode()

    assert page.count("Ada") >= number
    assert "Said yes" in page


def test_the_list_is_narrowed_by_state():
    advocate = make_advocate(contact=make_contact(first_name="Ada"))
    for answer in ("yes", "no", ""):
        make_intro(advocate, answer)
    client = client_of("referrals.view_intro", "contacts.view_contact")

    counts = {
        state: client.get(f"{LIST}?state={state}").context["cl"].result_count
        for state in ("waiting", "closed", "accepted", "qualified", "won", "lost")
    }

    assert counts == {
        "waiting": 1,
        "closed": 1,
        "accepted": 1,
        "qualified": 0,
        "won": 0,
        "lost": 0,
    }


def test_a_page_tells_one_of_them():
    make_intro(answer="yes")
    intro = Intro.objects.get()
    address = reverse("admin:referrals_intro_change", args=[intro.pk])
    allowed = client_of("referrals.view_intro", "contacts.view_contact")

    page = allowed.get(address).content.decode()

    assert "Introduction by Ada" in page
    assert "Fernweh Coffee may write to me by email about Acme." in page
    assert "Version 1 in en" in page
    assert "See the referral, with its receipt" in page
    assert client_of("contacts.view_contact").get(address).status_code == 403


def test_of_who_said_no_nothing_is_known():
    make_intro(answer="no")
    intro = Intro.objects.get()
    client = client_of("referrals.view_intro", "contacts.view_contact")

    page = client.get(
        reverse("admin:referrals_intro_change", args=[intro.pk])
    ).content.decode()

    assert "whoever says no leaves no name" in page
    assert "the friend did not want it told" in page
