from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from referrals.models import ProgramTranslation
from referrals.wording import save_translation
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db

LOOK = {"accent": "#AA3311", "scheme": "dark", "locale": "en"}
PORTUGUESE = {
    "offer_headline": "Dê 20, ganhe 20",
    "disclosure": "Eu também ganho.",
    "word_question": "Quer espalhar?",
}


@pytest.fixture
def program():
    return make_program()


def texts_url(program):
    return reverse("admin:referrals_program_texts", args=[program.pk])


def translation_url(program, locale):
    return reverse("admin:referrals_program_translation", args=[program.pk, locale])


def test_the_look_is_saved(admin_client, program):
    file = BytesIO()
    Image.new("RGB", (200, 50), "red").save(file, "PNG")
    logo = SimpleUploadedFile("logo.png", file.getvalue())

    admin_client.post(texts_url(program), LOOK | {"logo": logo})

    program.refresh_from_db()
    assert (program.accent, program.scheme) == ("#aa3311", "dark")
    assert (program.logo_width, program.logo_height) == (200, 50)
    page = admin_client.get(texts_url(program)).content.decode()
    assert program.logo_url in page
    assert "white letters on your color" in page
    admin_client.post(texts_url(program), LOOK | {"remove_logo": "on"})
    program.refresh_from_db()
    assert program.logo_url == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"accent": "red"}, "Write the color like"),
        ({"locale": "xx"}, "There is no such language."),
        (
            {"logo": SimpleUploadedFile("logo.png", b"<svg></svg>")},
            "This is not a PNG, JPEG or WebP picture.",
        ),
    ],
)
def test_what_is_wrong_with_a_look_is_said(admin_client, program, values, words):
    page = admin_client.post(texts_url(program), LOOK | values).content.decode()

    assert words in page
    program.refresh_from_db()
    assert (program.accent, program.locale) == ("#15693b", "en")


def test_people_who_read_another_language_are_counted(admin_client, program):
    for locale in ("pl", "pl-PL", "pt-BR", "en-GB", ""):
        make_advocate(program, make_contact(locale=locale))
    save_translation(
        now=timezone.now(),
        program=program,
        locale="pt",
        texts={"offer_headline": "Dê 20"},
    )

    context = admin_client.get(texts_url(program)).context

    assert (context["missing_people"], context["missing_languages"]) == (2, 1)
    assert context["own_people"] == 4
    assert [row["people"] for row in context["languages"]] == [1]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_as_many_queries_for_many(
    admin_client, django_assert_num_queries, program, number
):
    for locale in ["pl", "ja", "de"][:number]:
        make_advocate(program, make_contact(locale=locale))
        save_translation(
            program=program,
            locale=locale,
            texts={"offer_headline": "x"},
            now=timezone.now(),
        )
    admin_client.get(texts_url(program))

    # session, user, program, people by language, translations, program again.
    with django_assert_num_queries(6):
        admin_client.get(texts_url(program))


@pytest.mark.parametrize(
    ("typed", "locale"), [("pt_br", "pt-BR"), ("PT", "pt"), ("de_DE.UTF-8", "de-DE")]
)
def test_a_language_may_be_typed_in_any_spelling(admin_client, program, typed, locale):
    response = admin_client.post(texts_url(program), {"add": "1", "locale": typed})

    assert response.url == translation_url(program, locale)
    assert not program.translations.exists()


def test_a_language_that_there_is_not_is_refused(admin_client, program):
    page = admin_client.post(texts_url(program), {"add": "1", "locale": "Klingon!"})

    assert "There is no such language." in page.content.decode()


def test_a_translation_is_written_changed_and_removed(admin_client, program):
    path = translation_url(program, "pt-BR")
    assert "Give $20, get $20" in admin_client.get(path).content.decode()

    for _ in range(2):
        admin_client.post(path, PORTUGUESE)

    row = ProgramTranslation.objects.get()
    assert row.texts == {
        "offer_headline": "Dê 20, ganhe 20",
        "disclosure": "Eu também ganho.",
    }
    assert row.words == {"question": "Quer espalhar?"}
    assert 'value="Dê 20, ganhe 20"' in admin_client.get(path).content.decode()
    admin_client.post(path, {"remove": "1"})
    assert not program.translations.exists()


def test_the_disclosure_cannot_be_left_out(admin_client, program):
    path = translation_url(program, "pt")

    page = admin_client.post(path, PORTUGUESE | {"disclosure": " "}).content.decode()

    assert "Say what the advocate gets in this language, too" in page
    assert not program.translations.exists()


def test_in_the_own_language_only_our_sentences_are_replaced(admin_client, program):
    path = translation_url(program, "en")

    page = admin_client.get(path).content.decode()
    admin_client.post(path, {"word_question": "Spread the word?", "disclosure": "x"})

    assert "id_word_question" in page
    assert "id_disclosure" not in page
    row = ProgramTranslation.objects.get()
    assert (row.texts, row.words) == ({}, {"question": "Spread the word?"})


@pytest.mark.parametrize("locale", ["xx", "pt_BR", "PT"])
def test_there_is_no_page_for_what_is_no_language(admin_client, program, locale):
    path = f"/referrals/program/{program.pk}/texts/{locale}/"

    assert admin_client.get(path).status_code == 404


def test_the_colors_are_computed_as_one_chooses(admin_client):
    path = reverse("admin:referrals_colors")

    yellow = admin_client.get(path, {"accent": "#ffee00", "scheme": "light"})
    broken = admin_client.get(path, {"accent": "red", "scheme": "x"})

    assert "Light: black letters on your color" in yellow.content.decode()
    assert "Links take a darker shade" in yellow.content.decode()
    assert "Dark:" not in yellow.content.decode()
    assert "#15693b" in broken.content.decode()


def test_who_may_only_look_changes_nothing(program):
    client = Client()
    client.force_login(make_user("referrals.view_program"))

    page = client.get(texts_url(program)).content.decode()

    assert "Save the look" not in page
    for path, values in (
        (texts_url(program), LOOK),
        (translation_url(program, "pt"), PORTUGUESE),
    ):
        assert client.post(path, values).status_code == 403
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.get(texts_url(program)).status_code == 403
