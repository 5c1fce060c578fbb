import pytest
from django.utils import timezone

from campaigns.messaging.links import sample_links
from campaigns.messaging.variables import variables_for
from referrals.wording import save_translation
from tests.factories.contacts import make_contact
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("locale", "offer", "disclosure"),
    [
        ("pt-BR", "Dê 20, ganhe 20", "Eu também."),
        ("de", "Give $20, get $20", "I get $20 too."),
    ],
)
def test_the_program_speaks_the_language_of_the_mail(locale, offer, disclosure):
    program = make_program()
    texts = {"offer_headline": "Dê 20, ganhe 20", "disclosure": "Eu também."}
    save_translation(program=program, locale="pt", texts=texts, now=timezone.now())

    said = variables_for(
        contact=make_contact(),
        program=program,
        links=sample_links(is_ask=True),
        locale=locale,
        from_name="The Shop",
    )["program"]

    assert (said["offer"], said["disclosure"]) == (offer, disclosure)
