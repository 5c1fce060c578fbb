from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from referrals.admin.panels import build_panel
from referrals.attribution import attribute_referral
from referrals.claims import Happening
from referrals.links import link_url
from referrals.preferences import never, snooze
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_visit

pytestmark = pytest.mark.django_db


def text_of(contact):
    panel = build_panel(contact)
    return render_to_string(panel.name, {"panel": panel.context})


def test_a_contact_without_referrals_has_no_panel():
    assert build_panel(make_contact()) == []


def test_an_advocates_panel_shows_the_link():
    advocate = make_advocate()
    make_visit(advocate)

    text = text_of(advocate.contact)

    assert link_url(advocate.code) in text
    assert "1 visit, 0 friends joined" in text


def test_a_friends_panel_shows_who_brought_him():
    advocate = make_advocate(contact=make_contact(first_name="Ada"))
    friend = make_contact()
    attribute_referral(
        friend_contact_id=friend.pk,
        event=Happening("signed_up", NOW, "1", {}),
        code=advocate.code,
        now=NOW,
    )

    text = text_of(friend)

    assert "Brought by" in text
    assert "Ada" in text
    assert advocate.program.name in text


def test_a_panel_shows_what_was_said_about_asking():
    contact = make_contact()
    snooze(contact_id=contact.pk, days=60, now=timezone.now())
    assert "Not now" in text_of(contact)

    never(contact_id=contact.pk, now=NOW)
    assert "Never" in text_of(contact)


def test_a_snooze_that_is_over_is_not_shown():
    contact = make_contact()
    snooze(contact_id=contact.pk, days=60, now=timezone.now() - timedelta(days=61))

    assert "Not now" not in text_of(contact)


def test_the_contacts_page_has_the_panel(admin_client):
    advocate = make_advocate()

    page = admin_client.get(
        reverse("admin:contacts_contact_change", args=[advocate.contact_id])
    )

    assert link_url(advocate.code) in page.content.decode()


def test_a_panel_takes_three_queries(django_assert_num_queries):
    advocate = make_advocate()
    make_advocate(contact=advocate.contact)

    with django_assert_num_queries(3):
        build_panel(advocate.contact)
