"""What a friend's word sets in motion: once, with what he agreed to, and by the rules."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from contacts import consents
from contacts.identities.merge import merge_contacts
from contacts.models import Consent, ConsentChange, Contact, Event
from contacts.models.consent import ConsentState
from referrals.intros.answer import (
    AddressRefused,
    Friend,
    IntroOver,
    OwnIntro,
    accept_by_booking,
    accept_intro,
    close_intro,
    find_intro,
    is_refused,
    reopen_intro,
)
from referrals.intros.offers import start, text_for
from referrals.intros.write import begin_intro, intro_url
from referrals.models import Intro, IntroRefusal, IntroSetting, Referral
from tests.factories.contacts import make_contact, make_event
from tests.factories.referrals import NOW, make_advocate

pytestmark = pytest.mark.django_db

FRIEND = Friend("Cleo@Example.com", "Cleo", "Sund", "de")


def make_intro(**changes):
    """An advocate with a note on its way."""
    advocate = make_advocate(contact=make_contact(first_name="Ada"))
    setting = IntroSetting(
        program=advocate.program, outcome="save half a day", product="Acme", **changes
    )
    start(setting=setting, user=None, now=NOW)
    return begin_intro(advocate=advocate, now=NOW)[0]


def accept(intro, friend=FRIEND, now=NOW):
    text = text_for(intro.program, "en")
    return accept_intro(intro=intro, friend=friend, text=text, now=now)


def events_of(contact_id, *names):
    events = Event.objects.filter(contact_id=contact_id, name__in=names)
    return list(events.order_by("pk").values_list("name", "key"))


def test_a_yes_makes_a_lead_with_what_was_agreed_to():
    intro = make_intro()

    outcome = accept(intro)

    intro.refresh_from_db()
    friend = Contact.objects.get(pk=intro.friend_contact_id)
    assert (friend.email, friend.first_name, friend.last_name, friend.locale) == (
        *("cleo@example.com", "Cleo", "Sund"),
        "de",
    )
    change = ConsentChange.objects.get(contact=friend)
    assert (change.state, change.source, change.changed_at) == (
        *("granted", "introduction"),
        NOW,
    )
    assert change.statement == (
        "Fernweh Coffee may write to me by email about Acme. I can stop that at any time."
    )
    assert change.evidence == {"intro": intro.pk, "locale": "en", "version": 1}
    referral = Referral.objects.get()
    assert (outcome.status, outcome.referral) == ("credited", referral)
    assert (referral.contact_id, referral.advocate_contact_id, referral.source) == (
        *(friend.pk, intro.contact_id),
        "email",
    )
    assert (intro.accepted_at, intro.accepted_by, intro.text.version) == (
        NOW,
        "form",
        1,
    )
    key = f"intro:{intro.pk}"
    assert events_of(friend.pk, "intro_opted_in") == [("intro_opted_in", key)]
    assert events_of(intro.contact_id, "intro_accepted") == [("intro_accepted", key)]


def test_a_second_yes_changes_nothing():
    intro = make_intro()
    accept(intro)

    with pytest.raises(IntroOver):
        accept(intro, Friend("other@example.com"))

    assert Referral.objects.count() == 1
    assert not Contact.objects.filter(email="other@example.com").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_the_same_time_one_counts():
    intro = make_intro()

    def answer(email):
        try:
            accept(intro, Friend(email))
        except IntroOver:
            return "over"
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(answer, ["cleo@example.com", "dora@example.com"]))

    assert answers == ["over", "taken"]
    assert Referral.objects.count() == 1


def test_what_is_known_of_somebody_no_form_changes():
    known = make_contact(email="cleo@example.com", first_name="Cleopatra")
    consents.withdraw(contact=known, source="unsubscribe_page", now=NOW)
    intro = make_intro()

    accept(intro)

    known.refresh_from_db()
    assert (known.first_name, Intro.objects.get().friend_contact_id) == (
        "Cleopatra",
        known.pk,
    )
    assert Consent.objects.get(contact=known).state == ConsentState.WITHDRAWN


def test_nobody_introduces_himself():
    intro = make_intro()

    with pytest.raises(OwnIntro), transaction.atomic():
        accept(intro, Friend(intro.contact.email))

    intro.refresh_from_db()
    assert intro.is_open


def test_a_no_leaves_nothing_of_the_friend_and_tells_nobody():
    intro = make_intro()
    people = Contact.objects.count()

    close_intro(intro=intro, tells_advocate=False, now=NOW)

    intro.refresh_from_db()
    assert (intro.closed_at, intro.tells_advocate, intro.friend_contact_id) == (
        *(NOW, False),
        None,
    )
    assert (Contact.objects.count(), IntroRefusal.objects.count()) == (people, 0)
    assert events_of(intro.contact_id, "intro_closed", "intro_accepted") == []
    with pytest.raises(IntroOver):
        accept(intro)


def test_the_advocate_is_told_of_a_no_if_the_friend_lets_him():
    intro = make_intro()

    close_intro(intro=intro, tells_advocate=True, now=NOW)

    assert events_of(intro.contact_id, "intro_closed") == [
        ("intro_closed", f"intro:{intro.pk}")
    ]


def test_a_no_counts_for_all_introductions_of_the_program():
    intro = make_intro()
    other = make_advocate(intro.program)
    second, _ = begin_intro(advocate=other, now=NOW)

    refusal = close_intro(
        intro=intro, tells_advocate=False, email=" CLEO@example.com", now=NOW
    )

    assert b"cleo" not in bytes(refusal.digest)
    with pytest.raises(AddressRefused), transaction.atomic():
        accept(second)
    assert not Contact.objects.filter(email="cleo@example.com").exists()
    assert is_refused(intro.program, "cleo@example.com")
    reopen_intro(intro=intro, refusal_id=refusal.pk)
    assert not is_refused(intro.program, "cleo@example.com")
    assert accept(second).status == "credited"


def test_a_booked_time_is_a_yes_but_no_leave_to_write():
    intro = make_intro()
    friend = make_contact(email="cleo@example.com")

    own = accept_by_booking(intro=intro, contact_id=intro.contact_id, now=NOW)
    first = accept_by_booking(intro=intro, contact_id=friend.pk, now=NOW)
    again = accept_by_booking(intro=intro, contact_id=friend.pk, now=NOW)

    intro.refresh_from_db()
    assert (own, first, again) == (False, True, False)
    assert (intro.accepted_by, intro.text, intro.friend_contact_id) == (
        *("booking", None),
        friend.pk,
    )
    assert not Consent.objects.filter(contact=friend).exists()


def test_who_was_a_customer_before_is_introduced_without_credit():
    known = make_contact(email="cleo@example.com")
    make_event(known, at=NOW - timedelta(days=30))
    intro = make_intro()

    outcome = accept(intro)

    assert (outcome.status, outcome.reason) == ("refused", "existing_customer")
    assert Intro.objects.get().friend_contact_id == known.pk
    assert not Referral.objects.exists()


def test_an_introduction_follows_who_is_merged():
    intro = make_intro()
    accept(intro)
    friend_id = Intro.objects.get().friend_contact_id
    now = NOW + timedelta(hours=1)
    for old in (friend_id, intro.contact_id):
        survivor = make_contact()
        merge_contacts(survivor_id=survivor.pk, merged_id=old, link=None, now=now)

    found = Intro.objects.get()
    token = intro_url(intro).rsplit("/", 1)[1]
    assert found.friend_contact_id not in (None, friend_id)
    assert found.contact_id != intro.contact_id
    assert find_intro(token) == found


@pytest.mark.parametrize("token", ["", "x", "1.2~forged", "é"])
def test_a_token_that_is_none_of_ours_finds_nothing(token):
    assert find_intro(token) is None
