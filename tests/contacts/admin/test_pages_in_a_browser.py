import pytest
from playwright.sync_api import expect

from contacts import lists
from tests.factories.contacts import make_contact, make_event, make_list

pytestmark = pytest.mark.django_db(transaction=True)


def test_members_are_found_added_and_taken_off(marketer_page, live_server):
    ada = make_contact(first_name="Ada", last_name="Lovelace")
    make_contact(first_name="Adam", last_name="Smith")
    vips = make_list(name="VIPs")
    marketer_page.goto(f"{live_server.url}/contacts/contactlist/{vips.pk}/change/")

    with marketer_page.expect_response(lambda answer: "who=ada" in answer.url):
        marketer_page.get_by_label("Find contacts to add").fill("ada")
    marketer_page.get_by_role("button", name="Add Ada Lovelace").click()

    expect(marketer_page.locator("#members")).to_contain_text("Ada Lovelace")
    expect(marketer_page.locator("#candidates")).not_to_contain_text("Lovelace")
    expect(marketer_page.locator("#candidates")).to_contain_text("Adam Smith")
    assert list(lists.members(vips)) == [ada]

    marketer_page.get_by_role("button", name="Take Ada Lovelace off this list").click()

    expect(marketer_page.locator("#members")).to_contain_text("Nobody is on this list")
    assert not lists.members(vips).exists()


def test_timeline_keeps_one_kind_of_event(marketer_page, live_server):
    ada = make_contact(first_name="Ada")
    make_event(ada, name="signed_up")
    make_event(ada, name="review_left", stars=5)
    marketer_page.goto(f"{live_server.url}/contacts/contact/{ada.pk}/change/")

    marketer_page.get_by_label("Show").select_option("review_left")

    timeline = marketer_page.locator("#timeline")
    expect(timeline).not_to_contain_text("Signed up at")
    expect(timeline.locator(".gl-timeline__event")).to_have_count(1)
    expect(timeline).to_contain_text("Left a review with 5 of 5 stars")


def test_contact_is_unsubscribed_with_the_keyboard(marketer_page, live_server):
    ada = make_contact(first_name="Ada")
    marketer_page.goto(f"{live_server.url}/contacts/contact/{ada.pk}/change/")

    marketer_page.get_by_text("Unsubscribe…").focus()
    marketer_page.keyboard.press("Enter")
    marketer_page.keyboard.press("Tab")
    marketer_page.keyboard.type("Told us by phone")
    marketer_page.keyboard.press("Enter")

    expect(
        marketer_page.get_by_text("Ada gets no more emails from now on.")
    ).to_be_visible()
    expect(marketer_page.get_by_text("Nothing is sent to this address")).to_be_visible()
