import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from contacts.models import Event
from referrals.models import AllowedHost, Program, Visit
from referrals.views import link
from tests.factories.referrals import BROWSER, make_advocate, make_program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_misses():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def browser():
    return Client(headers={"User-Agent": BROWSER})


def test_a_friend_arrives_at_the_shop_with_a_click_id(browser):
    advocate = make_advocate(make_program(name="Coffee"))

    response = browser.get(f"/r/{advocate.code}?c=whatsapp")

    visit = Visit.objects.get()
    assert response.status_code == 302
    assert response["Location"] == (
        "https://shop.example.com/welcome?utm_source=referral&utm_medium=whatsapp"
        f"&utm_campaign=coffee&gl_click={visit.click_id}"
    )
    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert (visit.kind, visit.channel) == ("human", "whatsapp")


def test_an_address_in_another_script_is_written_for_the_wire(browser):
    program = make_program(destination_url="https://shop.example.com/珈琲?x=é")
    advocate = make_advocate(program)

    response = browser.get(f"/r/{advocate.code}")

    assert response["Location"].startswith(
        "https://shop.example.com/%E7%8F%88%E7%90%B2?x=%C3%A9&utm_source=referral&"
    )


def test_capital_letters_lead_there_too(browser):
    advocate = make_advocate()

    assert browser.get(f"/r/{advocate.code.upper()}").status_code == 302


@pytest.mark.parametrize(
    "query",
    [
        "next=https://evil.example/",
        "url=https://evil.example/&destination=//evil.example",
        "c=https://evil.example/",
        "gl_click=stolen",
        "c=%0d%0aLocation:%20https://evil.example/",
    ],
)
def test_nothing_in_the_address_changes_where_it_leads(browser, query):
    advocate = make_advocate(make_program(name="Coffee"))

    response = browser.get(f"/r/{advocate.code}?{query}")

    visit = Visit.objects.get()
    assert response["Location"] == (
        "https://shop.example.com/welcome?utm_source=referral&utm_medium=link"
        f"&utm_campaign=coffee&gl_click={visit.click_id}"
    )


def test_a_host_that_is_allowed_no_more_gets_nobody(browser):
    advocate = make_advocate()
    AllowedHost.objects.all().delete()

    response = browser.get(f"/r/{advocate.code}")

    assert response.status_code == 503
    assert "Location" not in response
    assert "take you there right now" in response.content.decode()


@pytest.mark.parametrize("code", ["zzzzzzzz", "abc", "ab cd", "x" * 300, "%00%00"])
def test_an_unknown_code_gets_a_friendly_page(browser, code):
    make_advocate()

    response = browser.get(f"/r/{code}", headers={"Accept-Language": "de-AT,en;q=0.5"})

    assert response.status_code == 404
    assert "Wir finden diesen Link nicht" in response.content.decode()
    assert not Visit.objects.exists()


def test_guessing_has_to_wait(browser):
    advocate = make_advocate()
    statuses = [
        browser.get(f"/r/zzzzzzz{number % 10}").status_code for number in range(25)
    ]

    assert statuses == [404] * 20 + [429] * 5
    assert browser.get(f"/r/{advocate.code}").status_code == 429
    other = Client(headers={"User-Agent": BROWSER}, REMOTE_ADDR="192.0.2.77")
    assert other.get(f"/r/{advocate.code}").status_code == 302


def test_a_count_that_has_run_out_is_no_trouble(browser, monkeypatch):
    monkeypatch.setattr(cache, "add", lambda *words: False)

    assert browser.get("/r/zzzzzzzz").status_code == 404


def test_a_spoofed_address_is_not_believed(browser, settings):
    advocate = make_advocate()
    for number in range(25):
        browser.get("/r/zzzzzzzz", headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert browser.get(f"/r/{advocate.code}").status_code == 429

    settings.TRUSTED_PROXIES = 1
    spoofed = {"X-Forwarded-For": "1.1.1.1, 192.0.2.200"}
    assert browser.get(f"/r/{advocate.code}", headers=spoofed).status_code == 302


def test_storms_of_machines_change_nothing_but_visits():
    advocate = make_advocate()
    for agent in ("", "curl/8.5.0", "WhatsApp/2.24", "Mimecast"):
        machine = Client(headers={"User-Agent": agent})
        for _ in range(5):
            machine.head(f"/r/{advocate.code}")
            machine.get(f"/r/{advocate.code}")

    kinds = Visit.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["bot"] * 30 + ["preview"] * 5 + ["scanner"] * 5
    assert not Event.objects.exists()


def test_only_reading_is_allowed(browser):
    advocate = make_advocate()

    assert browser.post(f"/r/{advocate.code}").status_code == 405
    assert not Visit.objects.exists()


def test_the_friend_is_led_on_when_recording_fails(browser, monkeypatch):
    advocate = make_advocate(make_program(name="Coffee"))

    def fail(**words):
        raise DatabaseError("disk full")

    monkeypatch.setattr(link, "record_visit", fail)

    response = browser.get(f"/r/{advocate.code}")

    assert response.status_code == 302
    assert response["Location"] == (
        "https://shop.example.com/welcome?utm_source=referral&utm_medium=link"
        "&utm_campaign=coffee"
    )


def test_the_friend_is_led_on_when_the_table_is_gone(browser):
    advocate = make_advocate()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE referrals_clickid RENAME TO elsewhere")

    response = browser.get(f"/r/{advocate.code}")

    assert response.status_code == 302
    assert "gl_click" not in response["Location"]
    assert not Visit.objects.exists()


def test_a_program_may_show_its_offer_first(browser):
    program = make_program(
        name="Coffee",
        landing=Program.Landing.OFFER,
        friend_headline="20 € geschenkt & <b>mehr</b>",
        friend_text="Zeile eins\n\nZeile zwei",
    )
    advocate = make_advocate(program)

    response = browser.get(f"/r/{advocate.code}", headers={"Accept-Language": "de"})

    page = response.content.decode()
    visit = Visit.objects.get()
    assert response.status_code == 200
    assert "20 € geschenkt &amp; &lt;b&gt;mehr&lt;/b&gt;" in page
    assert "<p>Zeile zwei</p>" in page
    assert "Zum Angebot" in page
    assert advocate.code.upper() in page
    assert f"gl_click={visit.click_id}" in page
    assert advocate.contact.email not in page


def test_a_program_that_has_ended_says_so_and_shows_the_way(browser):
    program = make_program(name="Coffee", ended_at=timezone.now())
    advocate = make_advocate(program)

    response = browser.get(f"/r/{advocate.code}")

    page = response.content.decode()
    assert response.status_code == 200
    assert "This offer has ended" in page
    assert "https://shop.example.com/welcome?utm_source=referral" in page
    assert "gl_click" not in page
    assert Visit.objects.count() == 1


def test_a_link_takes_few_queries(browser, django_assert_num_queries):
    advocate = make_advocate()

    # code, advocate, contact, whether visits wait, savepoint, release, allowed host; what records
    # the visit are prepared statements, which are not counted here.
    with django_assert_num_queries(7):
        browser.get(f"/r/{advocate.code}")
