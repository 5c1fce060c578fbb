import pytest
from playwright.sync_api import expect

from contacts.models import Event, Repair, Replay
from contacts.plans.check import PLANS
from contacts.tasks import advance_replays
from tests.factories.contacts import NOW, make_user
from tests.factories.plans import make_plan, make_receipt, make_repair, make_source

pytestmark = pytest.mark.django_db
NEW = "/data/repairs/new/"
ORDERS = {"kind": "track", "name": "Order Completed"}
TO_NUMBER = {"do": ["to_number", ""], "path": ["total", ""], "to": ["", ""]}
RIGHTS = (
    "contacts.view_contact",
    "contacts.view_repair",
    "contacts.add_repair",
    "contacts.change_repair",
    "contacts.view_replay",
    "contacts.add_replay",
)


@pytest.fixture(autouse=True)
def no_plans():
    """Forget what other tests have compiled under the same ids."""
    PLANS.clear()


@pytest.fixture
def developer(client):
    client.force_login(make_user(*RIGHTS))
    return client


@pytest.fixture
def source():
    made = make_source(name="Shop")
    make_plan(
        {"event": "Order Completed", "path": "total", "types": "number"},
        source=made,
        wrong_properties="block",
    )
    return made


def address(path, query):
    return f"{path}?" + "&".join(f"{name}={value}" for name, value in query.items())


def test_repair_is_proposed_and_tried(developer, source):
    make_receipt(source, properties={"total": "5"})

    page = developer.get(NEW, {**ORDERS, "problem": "wrong_type", "path": "total"})

    assert page.context["steps"] == [{"do": "to_number", "path": "total"}]
    assert page.context["preview"].passing == 1
    html = page.content.decode()
    assert "would pass with this repair" in html
    assert "<mark>  &quot;total&quot;: 5</mark>" in html


def test_preview_follows_the_form_and_keeps_nothing(developer, source):
    make_receipt(source, properties={"total": "5"})
    url = address("/data/repairs/preview/", ORDERS)

    def html(**form):
        return developer.post(url, form).content.decode()

    assert "would pass with this repair" in html(**TO_NUMBER)
    assert "Name the property, such as" in html(do="drop", path="", to="")
    assert "Choose what to do" in html(do="", path="", to="")
    added = html(do="set", path="total", to="7", add="yes")
    assert added.count('name="do"') == 2
    assert 'value="7"' in added
    many = html(do=["drop"] * 8, path=["x"] * 8, to=[""] * 8, add="yes")
    assert many.count('name="do"') == 8
    assert not Repair.objects.exists()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("1.5", 1.5),
        ("true", True),
        ("EUR", "EUR"),
        ("", ""),
        ("[1]", "[1]"),
        ("NaN", "NaN"),
    ],
)
def test_value_is_read_as_what_it_is(developer, text, value):
    url = address(NEW, ORDERS)

    developer.post(url, {"do": "set", "path": "x", "to": text})

    assert Repair.objects.get().steps == [{"do": "set", "path": "x", "value": value}]


def test_repair_is_kept_and_leads_to_the_replay(developer, source):
    make_receipt(source, properties={"total": "5"})
    query = {**ORDERS, "source": source.pk}

    answer = developer.post(address(NEW, query), TO_NUMBER)

    repair = Repair.objects.get()
    assert (repair.source, repair.steps) == (
        source,
        [{"do": "to_number", "path": "total"}],
    )
    assert answer.url.startswith("/data/replays/new/?source=")
    wrong = developer.post(address(NEW, query), {"do": "", "path": "", "to": ""})
    assert "Say what should be put right." in wrong.content.decode()


def test_repair_without_kept_messages_leads_back(developer):
    answer = developer.post(
        address(NEW, ORDERS), {"do": "rename_event", "path": "", "to": "Paid"}
    )

    assert answer.url == "/data/violations/"
    assert Repair.objects.get().steps == [{"do": "rename_event", "to": "Paid"}]


def test_repairs_are_listed_turned_off_and_on(developer):
    repair = make_repair({"do": "drop", "path": "x"}, created_by=make_user())
    assert "Drop “x”" in developer.get("/data/repairs/").content.decode()

    developer.post("/data/repairs/", {"repair": repair.pk})
    repair.refresh_from_db()
    assert repair.disabled_at is not None
    developer.post("/data/repairs/", {"repair": repair.pk})
    repair.refresh_from_db()
    assert repair.disabled_at is None
    assert developer.post("/data/repairs/", {"repair": "x"}).status_code == 404


def test_replay_asks_runs_and_tells(developer, source):
    make_receipt(source, properties={"total": "5"}, at=NOW)
    make_repair({"do": "to_number", "path": "total"})
    url = address("/data/replays/new/", {**ORDERS, "source": source.pk})
    html = developer.get(url).content.decode()
    assert "No, it only counts." in html
    assert "Replay 1 message" in html

    answer = developer.post(url, {"is_live": ""})
    replay = Replay.objects.get()
    assert (answer.url, replay.is_live) == (f"/data/replays/{replay.pk}/", False)
    assert "Waiting for a worker" in developer.get(answer.url).content.decode()
    advance_replays()

    assert Event.objects.get().is_historical
    part = developer.get(f"{answer.url}results/")
    assert part.context["outcomes"] == [
        ("Accepted", 1, "accepted"),
        ("Still blocked", 0, "blocked"),
        ("Rejected", 0, "rejected"),
    ]
    assert developer.get(f"{answer.url}progress/").status_code == 286
    assert "Nothing to replay" in developer.post(url).content.decode()


def test_replay_may_be_live(developer, source):
    make_receipt(source, properties={"total": 5})

    developer.post(address("/data/replays/new/", ORDERS), {"is_live": "yes"})

    assert Replay.objects.get().is_live


@pytest.mark.parametrize(
    "query", [{"kind": "x"}, {"kind": "track", "state": "accepted"}]
)
def test_unknown_target_is_not_found(developer, query):
    assert developer.get(NEW, query).status_code == 404


def test_pages_are_refused_without_permission(client):
    replay = Replay.objects.create(until_receipt_id=1, name="Secret")
    make_repair({"do": "drop", "path": "secret"})
    pages = [
        "/data/repairs/",
        address(NEW, ORDERS),
        address("/data/replays/new/", ORDERS),
        f"/data/replays/{replay.pk}/",
        f"/data/replays/{replay.pk}/progress/",
    ]
    client.force_login(make_user("contacts.view_contact"))

    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 403
        assert "secret" not in answer.content.decode().lower()
    client.force_login(make_user("contacts.view_repair", "contacts.add_repair"))
    assert client.get("/data/repairs/").status_code == 200
    assert client.post("/data/repairs/").status_code == 403
    # The preview shows what people have sent.
    assert client.get(address(NEW, ORDERS)).status_code == 403


def test_repair_is_made_in_a_browser(marketer_page, live_server, source):
    make_receipt(source, properties={"total": "5", "Debug": True})
    page = marketer_page
    page.goto(live_server.url + address(NEW, {**ORDERS, "source": source.pk}))
    page.get_by_label("What to do").select_option("to_number")
    page.get_by_label("Property").fill("total")
    expect(page.locator("#repair-preview")).to_contain_text("1 of the newest 1")
    page.get_by_role("button", name="Add a step").click()
    page.get_by_label("What to do").nth(1).select_option("rename")
    page.get_by_label("Property").nth(1).fill("Debug")
    page.get_by_label("New name or value").nth(1).fill("debug")
    expect(page.locator("#repair-preview")).to_contain_text('"debug": true')
    page.get_by_role("button", name="Keep this repair").click()
    page.wait_for_url("**/data/replays/new/**")

    assert len(Repair.objects.get().steps) == 2
