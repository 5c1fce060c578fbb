"""What browser tests share."""

from playwright.sync_api import Page

# What htmx marks while it asks, exchanges, and settles.
BUSY = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"


def settle(page: Page) -> None:
    """Wait until the answer to what was just done stands on the page."""
    page.wait_for_function(f"!document.querySelector('{BUSY}')")
