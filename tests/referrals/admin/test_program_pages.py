import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referrals.models import Program, ProgramTranslation
from referrals.previews import PREVIEWS
from referrals.texts import NAMES
from referrals.wording import save_translation
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    program = make_program(accent="#123456")
    save_translation(
        now=timezone.now(),
        program=program,
        locale="pt",
        texts={"offer_headline": "Dê 20, ganhe 20", "disclosure": "Eu também."},
    )
    return program


def frame_url(program, page, language="en"):
    path = reverse("admin:referrals_program_frame", args=[program.pk, page])
    return f"{path}?language={language}"


@pytest.mark.parametrize("page", PREVIEWS)
def test_each_page_is_drawn_in_each_language_and_writes_nothing(
    admin_client, program, page
):
    for language in NAMES:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = admin_client.get(frame_url(program, page, language))
        writing = [
            query["sql"]
            for query in queries
            if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        ]
        direction = "rtl" if language == "ar" else "ltr"
        text = response.content.decode()
        assert f'<html lang="{language}" dir="{direction}">' in text
        assert "{" not in text.split("<body>")[1]
        assert writing == []
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_a_page_speaks_the_chosen_language_in_the_programs_colors(
    admin_client, program
):
    text = admin_client.get(frame_url(program, "own", "pt-BR")).content.decode()

    assert "Dê 20, ganhe 20" in text
    assert "Seu link pessoal" in text
    assert program.theme_url in text


def test_a_draft_is_drawn_and_not_saved(admin_client, program):
    text = admin_client.post(
        frame_url(program, "own", "pt"), {"offer_headline": "Rascunho"}
    ).content.decode()

    assert "Rascunho" in text
    assert ProgramTranslation.objects.get().texts["offer_headline"] == "Dê 20, ganhe 20"


@pytest.mark.parametrize(
    "query", ["", "?page=ask&language=ja&width=desktop", "?page=x"]
)
def test_the_page_offers_all_pages_and_languages(admin_client, program, query):
    path = reverse("admin:referrals_program_pages", args=[program.pk])

    context = admin_client.get(path + query).context

    groups = list(dict.fromkeys(one.group for one in PREVIEWS.values()))
    offered = [key for _, pages in context["groups"] for key, _ in pages]
    assert [group for group, _ in context["groups"]] == groups
    assert offered == sorted(
        PREVIEWS, key=lambda key: groups.index(PREVIEWS[key].group)
    )
    assert {tag for tag, _ in context["languages"]} == set(NAMES)
    assert context["chosen"] == ("ask" if "ask" in query else "own")


def test_a_page_that_there_is_not(admin_client, program):
    assert admin_client.get(frame_url(program, "nothing")).status_code == 404
    missing = Program(pk=program.pk + 1)
    assert admin_client.get(frame_url(missing, "own")).status_code == 404


def test_pages_are_for_those_who_may_see_programs(program):
    client = Client()
    client.force_login(make_user())

    assert client.get(frame_url(program, "own")).status_code == 403
