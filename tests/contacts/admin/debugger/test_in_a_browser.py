import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories.receipts import make_receipt, make_volume
from tests.factories.tracking import make_source

pytestmark = pytest.mark.django_db(transaction=True)


def test_messages_arrive_wait_while_paused_and_open_by_key(marketer_page, live_server):
    marketer_page.set_viewport_size({"width": 1500, "height": 900})
    source = make_source(name="Shop")
    make_receipt(source, name="Cart Viewed")
    marketer_page.goto(f"{live_server.url}/data/debugger/")
    lines = marketer_page.locator(".message__title")
    expect(lines).to_have_text(["Cart Viewed"])

    make_receipt(source, name="Coupon Entered", at=timezone.now())

    expect(lines).to_have_text(["Coupon Entered", "Cart Viewed"])
    marketer_page.keyboard.press("p")
    expect(marketer_page.locator("#pulse")).to_contain_text("Paused")

    make_receipt(source, name="Order Completed", at=timezone.now())

    waiting = marketer_page.get_by_role("button", name="Show 1 new")
    expect(waiting).to_be_visible()
    expect(lines).to_have_count(2)
    waiting.click()
    # What came a moment ago is sent twice, and shown once.
    expect(lines).to_have_text(["Order Completed", "Coupon Entered", "Cart Viewed"])

    for key in ("j", "j", "k", "j", "Enter"):
        marketer_page.keyboard.press(key)

    receipt = marketer_page.locator("#receipt")
    expect(receipt.locator(".receipt__title")).to_have_text("Coupon Entered")
    expect(receipt).to_contain_text("The message as it came")


def test_search_narrows_while_typing_and_keeps_its_address(marketer_page, live_server):
    source = make_source(name="Shop")
    make_receipt(source, name="Cart Viewed", payload={"cart": "F-1001"})
    make_receipt(source, name="Coupon Entered", payload={"code": "HELLO"})
    marketer_page.goto(f"{live_server.url}/data/debugger/")
    lines = marketer_page.locator(".message__title")

    marketer_page.get_by_label("Search in the messages").type("f-10")

    expect(lines).to_have_text(["Cart Viewed"])
    marketer_page.wait_for_url("**/data/debugger/?q=f-10")
    marketer_page.reload()
    expect(lines).to_have_text(["Cart Viewed"])


def test_waiting_turns_green_by_itself_and_tabs_change(marketer_page, live_server):
    source = make_source(name="Shop")
    marketer_page.goto(f"{live_server.url}/data/sources/{source.pk}/")
    first = marketer_page.locator("#first")
    expect(first).to_contain_text("Waiting for the first event")

    marketer_page.get_by_role("tab", name="Node").press("ArrowRight")

    expect(marketer_page.get_by_role("tabpanel")).to_contain_text("segment.analytics")
    make_receipt(source, name="Cart Viewed")
    make_volume(source, timezone.now(), accepted=1)
    expect(first).to_contain_text("The first event has arrived.")
    first.get_by_role("link", name="See what became of it").click()
    expect(marketer_page.locator(".gl-page__title")).to_have_text("Cart Viewed")
