"""The form of a trait under real clicks."""

from playwright.sync_api import expect

from audiences.models import Trait
from tests.browser import settle
from tests.factories.contacts import make_contact, make_event


def test_a_filter_is_added_removed_and_saved(marketer_page, live_server):
    make_event(make_contact(), name="Order Completed", total=12, coupon="SPRING")
    page = marketer_page
    page.goto(f"{live_server.url}/audiences/trait/add/")
    page.get_by_label("Name", exact=True).fill("Orders with a coupon")
    page.get_by_label("Event", exact=True).select_option("Order Completed")
    settle(page)
    page.get_by_role("button", name="Only where").click()
    property_name = page.locator(".gl-leaf__filter select").first
    expect(property_name).to_be_visible()
    settle(page)
    property_name.select_option("coupon")
    settle(page)
    page.get_by_role("button", name="Only where").click()
    expect(page.get_by_role("button", name="Remove this filter")).to_have_count(2)

    page.get_by_role("button", name="Remove this filter").last.click()
    expect(page.get_by_role("button", name="Remove this filter")).to_have_count(1)
    expect(property_name).to_have_value("coupon")

    page.get_by_label("Value", exact=True).fill("SPRING")
    page.get_by_role("button", name="Create trait").click()
    page.wait_for_url("**/audiences/trait/*/change/")
    filters = Trait.objects.get().definition["filters"]
    assert [one["name"] for one in filters] == ["coupon"]
