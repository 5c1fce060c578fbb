from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from referrals.attribution import credit_contacts
from referrals.clues import Trail, leave_clues
from referrals.models import CreditDecision, Referral
from tests.factories.contacts import make_contact, make_event, make_user
from tests.factories.referrals import NOW, make_advocate, make_visit

pytestmark = pytest.mark.django_db

FIND = reverse("admin:referrals_find_results")
DAY = timedelta(days=1)


def story_url(contact):
    return reverse("admin:referrals_find_story", args=[contact.pk])


def make_story():
    advocate = make_advocate(contact=make_contact(first_name="Ana"))
    friend = make_contact(first_name="Grace", email="grace@example.com")
    visit = make_visit(advocate, now=NOW - DAY)
    make_event(
        friend,
        name="Order Completed",
        at=NOW,
        order_id="1001",
        total="49.90",
        currency="USD",
    )
    leave_clues([Trail(friend.pk, "click", visit.click_id, NOW)], now=NOW)
    credit_contacts([friend.pk], now=NOW)
    return advocate, friend, visit


@pytest.mark.parametrize(
    "known", ["grace@", "Grace", "1001", "{click}", "  grace@example.com "]
)
def test_a_friend_is_found_by_whatever_is_at_hand(admin_client, known):
    _, friend, visit = make_story()
    words = known.format(click=visit.click_id)

    matches = admin_client.get(FIND, {"q": words}).context["matches"]

    assert matches[0].contact == friend


def test_a_code_finds_the_advocate(admin_client):
    advocate, _, _ = make_story()

    matches = admin_client.get(FIND, {"q": advocate.code.upper()}).context["matches"]

    assert [match.contact.pk for match in matches] == [advocate.contact_id]


def test_nobody_found_says_what_to_try(admin_client):
    page = admin_client.get(FIND, {"q": "nobody\0here"}).content.decode()

    assert "Nobody is known by that" in page


def test_the_story_says_why_nobody_got_credit(admin_client):
    advocate, friend = make_advocate(), make_contact()
    make_event(friend, name="Order Completed", at=NOW - 60 * DAY, order_id="1")
    make_event(friend, name="Order Completed", at=NOW, order_id="2")
    leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)
    credit_contacts([friend.pk], now=NOW)

    story = admin_client.get(story_url(friend)).context["story"]

    because = "The friend was a customer before: ordered on 2026-09-21."
    assert [line.text for line in story.refusals] == [because]
    name = advocate.program.name
    assert [line.text for line in story.verdicts] == [f"“{name}”: {because}"]


@pytest.mark.parametrize(
    ("has_clue", "said"),
    [
        (False, "Nothing that this person has sent names an advocate"),
        (True, "The person has done nothing yet that counts as a stage."),
    ],
)
def test_the_story_says_what_is_missing(admin_client, has_clue, said):
    advocate, friend = make_advocate(), make_contact()
    if has_clue:
        leave_clues([Trail(friend.pk, "code", advocate.code, NOW, "c")], now=NOW)

    assert said in admin_client.get(story_url(friend)).content.decode()


def test_the_story_of_an_advocate_names_the_friends(admin_client):
    advocate, friend, _ = make_story()

    page = admin_client.get(story_url(advocate.contact)).content.decode()

    assert friend.first_name in page
    assert advocate.code in page


def test_credit_is_given_by_hand(admin_client):
    advocate, friend = make_advocate(), make_contact()
    form = {"advocate": advocate.code, "since": "2026-11-01", "reason": "She wrote."}

    answer = admin_client.post(
        story_url(friend), {f"give-{name}": text for name, text in form.items()}
    )

    referral = Referral.objects.get()
    assert referral.advocate_contact_id == advocate.contact_id
    page = reverse("admin:referrals_referral_change", args=[referral.pk])
    assert answer["Location"] == page
    assert "She wrote." in admin_client.get(page).content.decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"advocate": "nobody"}, "No advocate has this code or address"),
        ({"reason": ""}, "This field is required"),
        ({"since": "soon"}, "Enter a valid date"),
    ],
)
def test_what_is_missing_is_said(admin_client, changes, message):
    advocate, friend = make_advocate(), make_contact()
    form = {"advocate": advocate.code, "since": "2026-11-01", "reason": "x"} | changes

    page = admin_client.post(
        story_url(friend), {f"give-{name}": text for name, text in form.items()}
    )

    assert message in page.content.decode()
    assert not CreditDecision.objects.exists()


def test_credit_by_hand_is_for_those_who_may(client):
    _, friend, _ = make_story()
    user = make_user("referrals.view_referral", "contacts.view_contact")
    client.force_login(user)

    assert (
        "Give the credit by hand" not in client.get(story_url(friend)).content.decode()
    )
    assert client.post(story_url(friend), {}).status_code == 403
    assert Client().get(story_url(friend)).status_code == 302


def test_a_referral_is_moved_and_withdrawn_on_its_page(admin_client):
    advocate, friend, _ = make_story()
    other = make_advocate(advocate.program, make_contact(email="ken@example.com"))
    referral = Referral.objects.get()
    page = reverse("admin:referrals_referral_change", args=[referral.pk])

    move = {"do": "move", "move-advocate": "ken@example.com", "move-reason": "Ken."}
    admin_client.post(page, move)
    referral.refresh_from_db()
    assert referral.advocate_contact_id == other.contact_id

    admin_client.post(page, {"do": "withdraw", "withdraw-reason": "A colleague."})
    referral.refresh_from_db()
    assert referral.stage == "withdrawn"
    text = admin_client.get(page).context["copy"]
    assert "Ken." in text
    assert "A colleague." in text


def test_the_receipt_can_be_copied_as_text(admin_client):
    advocate, friend, visit = make_story()
    referral = Referral.objects.get()
    make_event(
        friend, name="Order Refunded", at=NOW + DAY, order_id="1001", total="10.00"
    )
    credit_contacts([friend.pk], now=NOW + DAY)

    page = admin_client.get(
        reverse("admin:referrals_referral_change", args=[referral.pk])
    )

    lines = page.context["copy"].splitlines()
    assert lines[0] == f"{friend.name}, brought by {advocate.contact.name}"
    assert (
        f"- 2026-11-19 12:00 UTC: The link “{advocate.code}” of {advocate.contact.name}"
        " was opened by a person. Credited." in lines
    )
    assert "- 2026-11-20 12:00 UTC: Ordered for $49.90, order 1001." in lines
    assert "- 2026-11-21 12:00 UTC: Refunded $10.00 of order 1001." in lines
