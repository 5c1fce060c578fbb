import csv
import io

import pytest
from django.urls import reverse

from contacts import consents
from tests.factories.contacts import NOW, make_contact, make_list, make_user

pytestmark = pytest.mark.django_db
LIST = "/contacts/contact/"


@pytest.fixture
def marketer(client):
    client.force_login(make_user("contacts.view_contact", "contacts.add_contact"))
    return client


def names_on(page):
    return [row.name for row in page.context["cl"].result_list]


def test_list_shows_people_newest_first(marketer):
    make_contact(first_name="Ada", last_name="Lovelace")
    make_contact(first_name="花子", last_name="山田")

    page = marketer.get(LIST)

    assert names_on(page) == ["山田花子", "Ada Lovelace"]


def test_list_is_refused_without_permission(client):
    make_contact(first_name="Ada")
    client.force_login(make_user())

    page = client.get(LIST)

    assert page.status_code == 403
    assert "Ada" not in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_any_number(
    marketer, count, django_assert_num_queries
):
    for _ in range(count):
        contact = make_contact()
        consents.grant([contact.pk], source="import", statement="", now=NOW)
    marketer.get(LIST)

    with django_assert_num_queries(7):
        page = marketer.get(LIST)

    assert len(names_on(page)) == count


def test_empty_list_says_what_to_do_first(marketer):
    page = marketer.get(LIST).content.decode()

    assert "No contacts yet" in page
    assert (
        f'href="{reverse("admin:contacts_import_start")}">Import contacts</a>' in page
    )
    assert "Export" not in page


def test_search_without_a_match_is_not_an_empty_list(marketer):
    make_contact()

    page = marketer.get(LIST, {"q": "zzz"}).content.decode()

    assert "No contacts yet" not in page
    assert "Nothing found" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "ada"}, ["Ada"]),
        ({"permission": "granted"}, ["Ada"]),
        ({"permission": "withdrawn"}, []),
        ({"permission": "suppressed"}, ["Ben"]),
        ({"permission": "unknown"}, ["Cy"]),
        ({"language": "de"}, ["Ada"]),
        ({"language": "none"}, ["Ben", "Cy"]),
        (
            {"created_at_from": "2026-03-01", "created_at_to": "2026-03-01"},
            ["Ada", "Ben", "Cy"],
        ),
        ({"created_at_from": "2026-03-02"}, []),
        ({"created_at_from": "no day"}, ["Ada", "Ben", "Cy"]),
        ({"created_at_to": "2026-02-30"}, ["Ada", "Ben", "Cy"]),
        ({"list": "none of ours"}, []),
        ({"list": "0"}, []),
        ({"list": "", "permission": "", "language": ""}, ["Ada", "Ben", "Cy"]),
    ],
)
def test_filters_keep_who_fits(marketer, query, expected):
    ada = make_contact(first_name="Ada", locale="de-AT")
    ben = make_contact(first_name="Ben")
    make_contact(first_name="Cy")
    consents.grant([ada.pk], source="import", statement="", now=NOW)
    consents.withdraw(contact=ben, source="one_click", now=NOW)

    assert sorted(names_on(marketer.get(LIST, query))) == expected


def test_list_says_that_an_address_is_suppressed(marketer):
    ada = make_contact(email="ada@example.com")
    consents.grant([ada.pk], source="import", statement="", now=NOW)
    consents.suppress(address="ada@example.com", reason="bounced", now=NOW)

    page = marketer.get(LIST).content.decode()

    assert '<span class="gl-badge gl-badge--bad">Suppressed</span>' in page


def test_list_can_be_shown_as_a_filter(marketer):
    ada = make_contact(first_name="Ada")
    make_contact(first_name="Ben")
    vips = make_list(name="VIPs", contacts=[ada])

    assert names_on(marketer.get(LIST, {"list": vips.pk})) == ["Ada"]


def read_csv(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_export_holds_what_the_page_shows(marketer):
    ada = make_contact(
        email="ada@example.com",
        first_name="=cmd()",
        attributes={"plan": "pro", "nps": 9, "tags": ["a", "b"]},
    )
    make_contact(email="ben@example.com", first_name="Ben")
    consents.grant([ada.pk], source="import", statement="", now=NOW)

    response = marketer.get(LIST + "export/", {"q": "ada"})

    assert response["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert read_csv(response) == [
        [
            "email",
            "first_name",
            "last_name",
            "locale",
            "time_zone",
            "created_at",
            "email_permission",
            "attributes",
        ],
        [
            "ada@example.com",
            "'=cmd()",
            "",
            "",
            "",
            "2026-03-01T12:00:00+00:00",
            "Granted",
            "nps: 9; plan: pro; tags: a, b",
        ],
    ]


def test_export_is_refused_without_permission(client):
    client.force_login(make_user())

    assert client.get(LIST + "export/").status_code == 403


def test_export_asks_who_is_there(client):
    response = client.get(LIST + "export/")

    assert response.url.startswith(reverse("admin:login"))


def test_nobody_is_deleted_here(client, admin_user):
    ada = make_contact()
    client.force_login(admin_user)

    assert client.post(f"{LIST}{ada.pk}/delete/", {"post": "yes"}).status_code == 403
    ada.refresh_from_db()


def test_export_of_an_odd_filter_leads_to_the_list(marketer):
    response = marketer.get(LIST + "export/?odd=1")

    assert (response.status_code, response["Location"]) == (302, "../?odd=1")
    assert marketer.get(LIST + "?odd=1", follow=True).status_code == 200
