from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import Image

from contacts.models import Contact, Event
from referrals.links import share_url
from referrals.models import Advocate, LandingPlace, OfferMail, TrapHit, Visit
from tests.factories.contacts import make_contact
from tests.factories.referrals import BROWSER, NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def friend():
    return Client(headers={"User-Agent": BROWSER}, enforce_csrf_checks=True)


@pytest.fixture
def advocate():
    program = make_program(name="Coffee", landing="offer", friend_text="Fresh beans.")
    return make_advocate(program, make_contact(first_name="Ada"))


def owner_of(advocate):
    browser = Client(headers={"User-Agent": BROWSER})
    browser.get("/a/" + share_url(advocate.contact_id, advocate.pk).rsplit("/", 1)[1])
    return browser


def test_the_name_is_shown_only_if_the_advocate_agreed(friend, advocate):
    before = friend.get(f"/r/{advocate.code}").text
    Advocate.objects.update(name_shown_at=NOW)
    after = friend.get(f"/r/{advocate.code}").text

    assert "Ada" not in before
    assert "A friend thought of you" in before
    assert "Ada thought of you" in after


def test_the_offer_says_until_when_and_what_is_noted(friend, advocate):
    program = advocate.program
    program.expires_at = timezone.now() + timedelta(days=400)
    program.friend_conditions = "Orders from $50."
    program.privacy_url = "https://shop.example.com/privacy"
    program.save()

    page = friend.get(f"/r/{advocate.code}?c=whatsapp").text

    assert "Valid until" in page
    assert "Orders from $50." in page
    assert 'href="https://shop.example.com/privacy"' in page
    assert "No cookie is set" in page
    assert advocate.code.upper() in page


def test_nobody_gets_a_cookie_or_something_from_elsewhere(friend, advocate):
    response = friend.get(f"/r/{advocate.code}")

    assert not response.cookies
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"ended_at": NOW}, "This offer has ended"),
        ({"expires_at": NOW}, "This offer is over"),
        ({"paused_at": NOW, "paused_because": "hand"}, "taking a break"),
        ({"paused_at": NOW, "paused_because": "budget"}, "offers are taken"),
    ],
)
@pytest.mark.parametrize("landing", ["offer", "destination"])
def test_without_an_offer_there_is_still_a_way(
    friend, advocate, changes, title, landing
):
    for name, value in {**changes, "landing": landing}.items():
        setattr(advocate.program, name, value)
    advocate.program.save()

    response = friend.get(f"/r/{advocate.code}")

    assert response.status_code == 200
    assert title in response.text
    assert 'href="https://shop.example.com/welcome?utm_source=referral' in response.text
    assert "gl_click" not in response.text
    assert Visit.objects.get().kind == "human"


def test_a_forgotten_advocate_leaves_a_welcome_and_no_visit(friend, advocate):
    Contact.objects.update(erased_at=NOW)

    response = friend.get(f"/r/{advocate.code}")

    assert "You are still very welcome" in response.text
    assert "https://shop.example.com/welcome" in response.text
    assert "gl_click" not in response.text
    assert not Visit.objects.exists()


def test_the_own_link_says_how_to_share_it(advocate):
    browser = owner_of(advocate)

    page = browser.get(f"/r/{advocate.code}").text

    assert "This is your own link" in page
    assert "https://wa.me/" in page
    assert "gl_click" not in page
    assert Visit.objects.get().kind == "self"


def test_somebody_else_on_the_same_device_is_a_friend(advocate):
    browser = owner_of(advocate)
    browser.get(f"/r/{advocate.code}/not-mine")
    assert "own link" in browser.get(f"/r/{advocate.code}").text

    page = browser.post(f"/r/{advocate.code}/not-mine", follow=True).text

    assert "gl_click" in page
    assert Visit.objects.latest("pk").kind == "human"


def test_a_customer_is_shown_the_own_link(advocate):
    other = make_advocate(advocate.program)
    browser = owner_of(other)
    assert "off your first order" in browser.get(f"/r/{advocate.code}").text
    Event.objects.create(
        contact=other.contact,
        name="Order Completed",
        key="1",
        occurred_at=NOW,
        received_at=NOW,
    )

    page = browser.get(f"/r/{advocate.code}").text

    assert "You are with us already" in page
    assert "/a/" in page
    assert "gl_click" not in page


@pytest.mark.parametrize("landing", ["offer", "destination"])
def test_a_card_for_a_chat_shows_the_offer_in_its_language(advocate, landing):
    advocate.program.landing = landing
    advocate.program.save()
    app = Client(headers={"User-Agent": "WhatsApp/2.25.20", "Accept-Language": "de"})

    page = app.get(f"/r/{advocate.code}?c=whatsapp").text

    assert '<meta property="og:title" content="$20 off your first order">' in page
    assert '<meta property="og:description" content="Fresh beans.">' in page
    assert '<meta property="og:locale" content="en_US">' in page
    assert Visit.objects.get().kind == "preview"


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt", "ja", "ar"])
def test_the_page_speaks_the_friends_language(friend, advocate, language):
    english = friend.get(f"/r/{advocate.code}").text
    page = friend.get(f"/r/{advocate.code}", headers={"Accept-Language": language}).text

    assert f'lang="{language}"' in page
    assert "Email me this offer" in english
    assert "Email me this offer" not in page


def test_a_link_leads_to_a_place_that_the_marketer_named(friend):
    program = make_program(name="Coffee")
    advocate = make_advocate(program)
    LandingPlace.objects.create(
        program=program,
        word="espresso",
        name="Espresso",
        destination_url="https://shop.example.com/espresso?size=1#beans",
    )

    known = friend.get(f"/r/{advocate.code}?p=espresso&c=qr&a=card")
    unknown = friend.get(f"/r/{advocate.code}?p=//evil.example")

    assert known["Location"].startswith(
        "https://shop.example.com/espresso?size=1&utm_source=referral&utm_medium=qr"
    )
    assert known["Location"].endswith("#beans")
    assert unknown["Location"].startswith("https://shop.example.com/welcome?")
    assert Visit.objects.earliest("pk").asset == "card"


def test_the_tags_are_the_marketers_own(friend):
    template = "utm_source=friend&utm_content={asset}&lang={language}&size=9&gl_click=x"
    program = make_program(
        tag_template=template, destination_url="https://shop.example.com/?size=1"
    )
    advocate = make_advocate(program)

    url = friend.get(f"/r/{advocate.code}?a=card", headers={"Accept-Language": "de"})

    assert url["Location"] == (
        "https://shop.example.com/?size=1&utm_source=friend&utm_content=card&lang=de"
        f"&gl_click={Visit.objects.get().click_id}"
    )


def test_a_trap_says_so_and_is_noted(friend, advocate):
    page = friend.get(f"/r/{advocate.code}").text
    trap = page.split('href="http://testserver/t/')[1].split('"')[0]

    answer = friend.get(f"/t/{trap}")

    assert "Nothing to see here" in answer.text
    assert TrapHit.objects.get().contact_id == advocate.contact_id
    assert Visit.objects.get().kind == "scanner"
    assert friend.get("/t/forged~token").status_code == 404


def wish(friend, advocate, **changes):
    values = {"address": "grace@example.com", "agreed": "1"}
    return friend.post(f"/r/{advocate.code}/mail?c=qr", values | changes)


def test_a_wish_for_a_mail_is_kept_with_what_was_agreed(friend, advocate):
    page = wish(friend, advocate)

    assert "Look into your mailbox" in page.text
    row = OfferMail.objects.get()
    assert (row.address, row.state, row.version) == (
        "grace@example.com",
        "queued",
        "offer-mail-1",
    )
    assert "send me this one email with the offer of Fernweh Coffee" in row.statement
    event = Event.objects.get(name="offer_mailed")
    assert (event.contact_id, event.properties["channel"]) == (
        advocate.contact_id,
        "qr",
    )
    assert "grace" not in str(event.properties)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"address": "nonsense"}, "Please check the address."),
        ({"address": ""}, "Please check the address."),
    ],
)
def test_a_wrong_address_is_shown_again(friend, advocate, changes, problem):
    page = wish(friend, advocate, **changes).text

    assert problem in page
    assert not OfferMail.objects.exists()


def test_without_the_tick_nothing_is_kept(friend, advocate):
    page = friend.post(
        f"/r/{advocate.code}/mail", {"address": "grace@example.com"}
    ).text

    assert "Please tick the box" in page
    assert "grace@example.com" in page
    assert not OfferMail.objects.exists()


def test_machines_and_repetitions_make_no_mail(friend, advocate):
    machine = Client(headers={"User-Agent": "curl/8"}, REMOTE_ADDR="192.0.2.200")
    answers = [wish(machine, advocate).text, wish(friend, advocate).text]
    answers.append(wish(friend, advocate).text)

    assert OfferMail.objects.count() == 1
    assert all("Look into your mailbox" in text for text in answers)


def test_one_address_may_not_ask_for_many(friend, advocate):
    for number in range(8):
        wish(friend, advocate, address=f"a{number}@example.com")

    assert OfferMail.objects.count() == 5


def test_no_mail_without_an_offer(friend, advocate):
    type(advocate.program).objects.update(paused_at=NOW)

    assert wish(friend, advocate).status_code == 302
    assert not OfferMail.objects.exists()


@pytest.mark.parametrize(
    "headline",
    ["$20 off", "Zwanzig Euro für deinen ersten Kaffee " * 3, "初回20ドル割引"],
)
def test_the_picture_of_a_card_is_drawn_and_kept(friend, headline):
    advocate = make_advocate(make_program(landing="offer", friend_headline=headline))
    page = friend.get(f"/r/{advocate.code}").text
    path = page.split('property="og:image" content="http://testserver')[1].split('"')[0]

    picture = friend.get(path)

    drawn = Image.open(BytesIO(picture.content))
    assert (drawn.size, drawn.format) == ((1200, 630), "PNG")
    assert picture["Cache-Control"] == "public, max-age=31536000, immutable"
    assert len(picture.content) < 60_000
    old = friend.get(path.replace(".png", "x.png"))
    assert old["Cache-Control"] == "no-cache"
    assert friend.get("/card/0-en-x.png").status_code == 404


def share_path(advocate):
    return "/a/" + share_url(advocate.contact_id, advocate.pk).rsplit("/", 1)[1]


def test_advocates_name_their_link_and_agree_to_be_named(client, friend, advocate):
    path = share_path(advocate)

    refused = client.post(f"{path}/link", {"name": "my-ass"}, follow=True)
    named = client.post(f"{path}/link", {"name": "Ada L"}, follow=True)
    client.post(f"{path}/shown", {"shown": "1"})

    assert "no rude words" in refused.text
    assert "/r/ada-l" in named.text
    assert "Ada thought of you" in friend.get("/r/ada-l").text
    client.post(f"{path}/shown", {"shown": "0"})
    assert "Ada thought of you" not in friend.get("/r/ada-l").text
    other = make_advocate(advocate.program)
    taken = client.post(f"{share_path(other)}/link", {"name": "ada-l"}, follow=True)
    assert "This name is taken" in taken.text


def test_advocates_print_their_own_code(client, advocate):
    path = share_path(advocate)

    assert client.get(f"{path}/qr.svg")["Content-Type"] == "image/svg+xml"
    assert client.get(f"{path}/qr.png").content.startswith(b"\x89PNG")
    assert client.get(f"{path}/qr.exe").status_code == 404
    for part in ("qr.svg", "link", "shown"):
        send = client.get if part == "qr.svg" else client.post
        assert send(f"/a/forged~token/{part}").status_code == 404
