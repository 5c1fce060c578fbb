"""What stories that build a campaign by clicks have in common."""

from playwright.sync_api import expect

from tests.browser import settle

EVENT = "event-event::"
# What the menu of steps calls a new step of each kind.
NEW = {"delay": "Wait 1 day", "branch": "Check", "email": "Email"}


def begin_campaign(page, home, name):
    """Make an empty draft."""
    page.goto(f"{home}/campaigns/campaign/add/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the campaign").click()
    page.wait_for_url("**/trigger/")


def follow(page, name, address):
    """Follow a link, and wait until the page that it leads to listens to clicks."""
    page.get_by_role("link", name=name).click()
    page.wait_for_url(address)


def choose(page, name, content):
    """Choose in the builder of the event that lets people in, and wait for its answer."""
    with page.expect_response("**/audiences/event-form/"):
        page.locator(f'select[name="{EVENT}{name}"]').select_option(content)
    settle(page)


def choose_event(page, name):
    """Let people in when something happens to them."""
    words = page.locator("#trigger-words")
    page.get_by_label("Something happens").check()
    expect(words).to_contain_text("when you have chosen an event")
    choose(page, "name", name)
    expect(words).to_contain_text(f"“{name}” happens")
    settle(page)


def insert(page, kind, place):
    """Insert a step with the + at a place."""
    page.locator(f'summary[data-place="{place}"]').click()
    page.locator(
        f'[data-op="insert"][data-kind="{kind}"][data-place="{place}"]'
    ).click()
    expect(page.locator("#flow-said")).to_contain_text(f"Inserted “{NEW[kind]}”")
    expect(page.get_by_label("Name of the step")).to_have_value(NEW[kind])
    settle(page)


def name_step(page, name):
    """
    Name the step whose form is open, and wait until all of the form is saved.

    It is saved while one types, and again when one leaves the field; then the flow is drawn anew.
    """
    field = page.get_by_label("Name of the step")
    field.fill(name)
    card = page.get_by_role("treeitem", name=name)
    expect(card).to_be_visible()
    settle(page)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        field.blur()
    settle(page)
    return card


def take_starter(page, name):
    """Begin a mail with ready-made words."""
    follow(page, "Write the email", "**/email/**")
    page.get_by_role("button", name=name).click()
    # An empty mail has its footer, too: the page comes anew, without the words to begin with.
    expect(page.get_by_role("button", name=name)).to_have_count(0)
    preview = page.frame_locator("#mail-preview iframe")
    expect(preview.get_by_role("link", name="Unsubscribe")).to_be_visible()


def start(page, home, campaign):
    """Start a campaign from its review."""
    page.goto(f"{home}/campaigns/campaign/{campaign.pk}/review/")
    page.get_by_role("link", name="Start…").click()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_role("heading", name="Who came")).to_be_visible()


def without_keys(document):
    """Leave out the keys of steps, which are drawn anew in each draft."""
    return document | {"steps": _without_keys(document["steps"])}


def _without_keys(part):
    """Leave them out of a part of the flow."""
    if isinstance(part, list):
        return [_without_keys(one) for one in part]
    if isinstance(part, dict):
        return {name: _without_keys(one) for name, one in part.items() if name != "key"}
    return part
