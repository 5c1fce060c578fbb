import pytest

from contacts import consents
from contacts.models import Consent, Suppression
from tests.factories.contacts import NOW, make_contact, make_user

pytestmark = pytest.mark.django_db
LIST = "/contacts/suppression/"


@pytest.fixture
def marketer(client):
    client.force_login(
        make_user(
            *(f"contacts.{verb}_suppression" for verb in ("view", "add", "delete")),
            "contacts.view_contact",
        )
    )
    return client


def suppress(*addresses, reason="manual"):
    consents.suppress_many(addresses=addresses, reason=reason, now=NOW)


def silent():
    rows = Suppression.objects.order_by("address")
    return list(rows.values_list("address", "reason", "details"))


def shown(page):
    return [str(row) for row in page.context["cl"].result_list]


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries(marketer, count, django_assert_num_queries):
    suppress(*(f"person{number}@example.com" for number in range(count)))
    marketer.get(LIST)

    with django_assert_num_queries(6):
        page = marketer.get(LIST)

    assert len(shown(page)) == count


def test_empty_list_says_what_to_do_first(marketer):
    assert "No address is suppressed" in marketer.get(LIST).content.decode()


def test_search_finds_the_beginning_and_erased_addresses(marketer):
    suppress("ada@example.com", "ben@example.com")
    Suppression.objects.filter(address="ben@example.com").update(address="")

    assert shown(marketer.get(LIST, {"q": "ADA@"})) == ["ada@example.com"]
    assert shown(marketer.get(LIST, {"q": "ben@example.com"})) == ["An erased address"]
    assert shown(marketer.get(LIST, {"q": "ben@"})) == []


def test_pages_are_refused_without_permission(client):
    suppress("ada@example.com")
    path = f"{LIST}{Suppression.objects.get().pk}/change/"
    client.force_login(make_user())

    for address in (LIST, LIST + "add/", LIST + "export/", path):
        page = client.get(address)
        assert page.status_code == 403
        assert "ada@example.com" not in page.content.decode()


def test_pasted_list_is_suppressed(marketer):
    suppress("known@example.com", reason="bounced")

    page = marketer.post(
        LIST + "add/",
        {
            "addresses": "Ada@Example.com\nben@example.org, known@example.com;ben@example.org",
            "reason": "manual",
            "details": "From the old tool",
        },
        follow=True,
    )

    assert (
        "2 addresses are suppressed from now on. 1 had been suppressed before."
        in page.content.decode()
    )
    assert silent() == [
        ("ada@example.com", "manual", "From the old tool"),
        ("ben@example.org", "manual", "From the old tool"),
        ("known@example.com", "bounced", ""),
    ]


def test_pasted_phone_numbers_are_suppressed_however_they_are_written(marketer):
    text = "0049 (0)170 123-4567\nada@example.com\n+1 212 555 0100, +49 170/1234567"

    marketer.post(LIST + "add/", {"addresses": "+1.212.555.0100", "reason": "bounced"})
    marketer.post(LIST + "add/", {"addresses": text, "reason": "manual"})
    found = marketer.get(LIST, {"q": "+49 (170) 1234567"}).content.decode()

    assert [row[:2] for row in silent()] == [
        ("+12125550100", "bounced"),
        ("+491701234567", "manual"),
        ("ada@example.com", "manual"),
    ]
    assert "+491701234567" in found
    assert "+12125550100" not in found


def test_one_wrong_address_stops_all_and_is_named(marketer):
    page = marketer.post(
        LIST + "add/", {"addresses": "ada@example.com\nnonsense", "reason": "manual"}
    ).content.decode()

    assert "Neither an email address nor a phone number: “nonsense”." in page
    assert "ada@example.com" in page
    assert silent() == []


def test_many_wrong_addresses_are_counted(marketer):
    wrong = "\n".join(f"wrong{number}" for number in range(7))

    page = marketer.post(LIST + "add/", {"addresses": wrong, "reason": "manual"})

    assert "“wrong4” and 2 more." in page.content.decode()


def test_too_many_addresses_are_refused(marketer, monkeypatch):
    monkeypatch.setattr("contacts.forms.MOST_ADDRESSES", 1)

    page = marketer.post(
        LIST + "add/", {"addresses": "a@example.com b@example.com", "reason": "manual"}
    )

    assert "Paste at most 1 at a time." in page.content.decode()
    assert silent() == []


def test_lift_wants_a_reason(marketer):
    ada = make_contact(email="ada@example.com", first_name="Ada")
    consents.withdraw(contact=ada, source="one_click", now=NOW)
    path = f"{LIST}{Suppression.objects.get().pk}/change/"

    assert "Ada</a>" in marketer.get(path).content.decode()
    assert "Say why" in marketer.post(path, {"reason": ""}).content.decode()
    assert len(silent()) == 1

    page = marketer.post(path, {"reason": "She asked us to"}, follow=True)

    assert "Emails to ada@example.com are possible again." in page.content.decode()
    assert silent() == []
    assert Consent.objects.get().state == "granted"


def test_lift_is_refused_to_who_may_only_look(client):
    suppress("ada@example.com")
    path = f"{LIST}{Suppression.objects.get().pk}/change/"
    client.force_login(make_user("contacts.view_suppression"))

    assert "Lift the suppression" not in client.get(path).content.decode()
    assert client.post(path, {"reason": "Please"}).status_code == 403
    assert len(silent()) == 1


def test_delete_leads_to_the_page_that_asks_why(marketer):
    suppress("ada@example.com")
    pk = Suppression.objects.get().pk

    answer = marketer.post(f"{LIST}{pk}/delete/", {"post": "yes"})

    assert answer.url == f"{LIST}{pk}/change/"
    assert len(silent()) == 1


@pytest.mark.parametrize("key", ["0", "x", "9" * 30])
def test_suppression_that_does_not_exist_is_not_found(marketer, key):
    assert marketer.get(f"{LIST}{key}/change/").status_code == 404


def test_export_says_why_in_words(marketer):
    suppress("ada@example.com", reason="complained")

    lines = b"".join(marketer.get(LIST + "export/").streaming_content).decode()

    assert lines.splitlines()[1] == (
        "ada@example.com,Marked as spam,,2026-03-01T12:00:00+00:00"
    )
