import pytest
from django.urls import NoReverseMatch, reverse

from referrals.admin import program_tabs
from referrals.admin.program_tabs import VIEW, tabs_of
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db

OFFER = "admin:referrals_program_change"


def test_what_is_not_mounted_or_not_allowed_has_no_tab(monkeypatch):
    monkeypatch.setattr(
        program_tabs,
        "PROGRAM_TABS",
        (
            ("Offer", OFFER, VIEW),
            ("Nowhere", "admin:referrals_program_nowhere", VIEW),
            ("Secret", OFFER, "referrals.add_program"),
        ),
    )
    program = make_program()
    with pytest.raises(NoReverseMatch):
        reverse("admin:referrals_program_nowhere", args=[program.pk])

    tabs = tabs_of(program, make_user(VIEW), OFFER)

    link = reverse(OFFER, args=[program.pk])
    assert tabs == [program_tabs.Tab("Offer", link, is_current=True)]


def test_the_program_shows_its_tabs(admin_client):
    program = make_program()

    page = admin_client.get(reverse(OFFER, args=[program.pk])).content.decode()

    assert 'aria-current="page">Offer</a>' in page


def test_a_new_program_has_no_tabs_yet(admin_client):
    page = admin_client.get(reverse("admin:referrals_program_add")).content.decode()

    assert "Pages of the program" not in page
