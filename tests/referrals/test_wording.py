import pytest
from django.utils import timezone

from referrals.models import Program
from referrals.wording import localized, save_translation
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


def make_translation(program, locale, **texts):
    save_translation(program=program, locale=locale, texts=texts, now=timezone.now())


@pytest.mark.parametrize(
    ("locales", "headline", "spoken"),
    [
        (["pt_BR"], "Brasil", "pt-BR"),
        (["pt-PT"], "Portugal", "pt"),
        (["ja", "pt"], "Portugal", "pt"),
        (["en-GB", "pt"], "Give $20, get $20", "en"),
        (["ja"], "Give $20, get $20", "en"),
        ([""], "Give $20, get $20", "en"),
    ],
)
def test_the_nearest_translation_speaks(locales, headline, spoken):
    program = make_program()
    make_translation(program, "pt", offer_headline="Portugal", disclosure="Eu também.")
    make_translation(program, "pt-BR", offer_headline="Brasil")

    found = localized(program, *locales)

    assert (found.offer_headline, found.spoken) == (headline, spoken)


def test_what_a_locale_lacks_comes_from_its_language_then_from_the_program():
    program = make_program(offer_text="Own text", friend_button="Own button")
    make_translation(program, "pt", offer_headline="Portugal", disclosure="Eu também.")
    make_translation(program, "pt-BR", offer_headline="Brasil")

    found = localized(program, "pt-BR")

    assert found.offer_headline == "Brasil"
    assert found.disclosure == "Eu também."
    assert found.offer_text == "Own text"
    # Ours speaks the language of the page, the program's would not.
    assert found.friend_button == ""


def test_a_channel_speaks_the_language_of_the_general_words():
    program = make_program(share_x_text="On X", share_sms_text="By SMS")
    make_translation(
        program, "de", share_text="Guter Kaffee.", share_sms_text="Per SMS"
    )

    found = localized(program, "de")

    assert (found.share_x_text, found.share_sms_text) == ("", "Per SMS")


def test_a_blank_translation_says_nothing():
    program = make_program()
    make_translation(program, "de", offer_headline="", disclosure="")

    assert localized(program, "de").spoken == "en"


def test_the_programs_own_locale_beats_a_wider_translation():
    program = make_program(locale="pt-BR", offer_headline="Brasil")
    make_translation(program, "pt", offer_headline="Portugal")

    assert localized(program, "pt-BR").offer_headline == "Brasil"
    assert localized(program, "pt-PT").offer_headline == "Portugal"


def test_a_copy_is_not_saved():
    program = make_program()
    found = localized(program, "de")

    with pytest.raises(TypeError, match="localized copy"):
        found.save()

    assert Program.objects.get() == program


def test_translations_are_read_once_until_one_is_written(django_assert_num_queries):
    program = make_program()
    with django_assert_num_queries(0):
        localized(program, "de")
    make_translation(program, "de", offer_headline="Erste")
    localized(program, "de")
    with django_assert_num_queries(0):
        first = localized(
            Program(pk=program.pk, translated_at=program.translated_at), "de"
        )
    make_translation(program, "de", offer_headline="Zweite")

    assert first.offer_headline == "Erste"
    assert localized(program, "de").offer_headline == "Zweite"


def test_nothing_written_removes_the_locale():
    program = make_program()
    make_translation(program, "de", offer_headline="Erste")

    make_translation(program, "de", offer_headline="")

    assert not program.translations.exists()
    assert localized(program, "de").offer_headline == "Give $20, get $20"
