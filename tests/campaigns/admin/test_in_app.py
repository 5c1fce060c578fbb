"""The pages on which a product is connected, in whose pages asks are shown."""

import pytest

from campaigns.models import InAppSite
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

URL = "/settings/in-app/"
VIEW, CHANGE = "campaigns.view_inappsite", "campaigns.change_inappsite"


@pytest.fixture
def site():
    return InAppSite.objects.create(
        name="App", key="app_k", secret="the-secret", origins=["https://a.example.com"]
    )


def test_a_product_is_added_and_leads_to_what_is_pasted(admin_client, admin_user):
    origins = (
        "https://A.example.com/\n\nhttp://localhost:3000\nhttps://a.example.com:443"
    )

    response = admin_client.post(URL, {"name": "App", "origins": origins}, follow=True)

    site = InAppSite.objects.get()
    assert site.origins == ["https://a.example.com", "http://localhost:3000"]
    assert (site.created_by, len(site.secret)) == (admin_user, 64)
    assert f"data-key=&quot;{site.key}&quot;" in response.text
    assert "No page of it has asked us yet." in response.text
    assert "Not installed yet" in admin_client.get(URL).text


@pytest.mark.parametrize(
    "origin",
    [
        "app.example.com",
        "https://app.example.com/path",
        "https://me@app.example.com",
        "ftp://app.example.com",
        "https://app.example.com:x",
        "https://",
        "*",
    ],
)
def test_what_is_no_origin_is_refused(admin_client, origin):
    response = admin_client.post(URL, {"name": "App", "origins": origin})

    assert "is not the address of a site" in response.text
    assert not InAppSite.objects.exists()


def test_too_many_addresses_are_refused(admin_client):
    origins = "\n".join(f"https://a{number}.example.com" for number in range(21))

    response = admin_client.post(URL, {"name": "App", "origins": origins})

    assert "Write at most 20 addresses." in response.text


def test_it_is_changed(admin_client, site):
    page = f"{URL}{site.pk}/"

    wrong = admin_client.post(page, {"do": "save", "name": "", "origins": "x"})
    admin_client.post(
        page, {"do": "save", "name": "Shop", "origins": "https://b.example.com"}
    )

    site.refresh_from_db()
    assert "is not the address of a site" in wrong.text
    assert (site.name, site.origins) == ("Shop", ["https://b.example.com"])
    assert (site.key, site.secret) == ("app_k", "the-secret")


def test_it_is_switched_off_and_on(admin_client, admin_user, site):
    page = f"{URL}{site.pk}/"

    off = admin_client.post(page, {"do": "switch"}, follow=True)
    site.refresh_from_db()
    assert (site.disabled_by, "Switched off" in off.text) == (admin_user, True)

    admin_client.post(page, {"do": "switch"})
    site.refresh_from_db()
    assert (site.disabled_at, site.disabled_by) == (None, None)


def test_a_new_secret_ends_the_old_one(admin_client, site):
    response = admin_client.post(f"{URL}{site.pk}/", {"do": "secret"}, follow=True)

    site.refresh_from_db()
    assert site.secret != "the-secret"
    assert site.secret in response.text


def test_a_copy_of_the_database_tells_no_secret(site):
    [row] = InAppSite.objects.filter(pk=site.pk).values()

    assert "the-secret" not in str(row)
    assert InAppSite.objects.get().secret == "the-secret"


def test_a_secret_whose_key_is_lost_is_made_anew(admin_client, site):
    InAppSite.objects.update(sealed_secret="1.gone.")
    page = f"{URL}{site.pk}/"

    before = admin_client.get(page)
    after = admin_client.post(page, {"do": "secret"}, follow=True)

    assert "can’t be opened any more" in before.text
    assert InAppSite.objects.get().secret in after.text


def test_who_may_only_look_sees_no_secret(client, site):
    client.force_login(make_user(VIEW))

    page = client.get(f"{URL}{site.pk}/")

    assert page.status_code == 200
    assert site.secret not in page.text
    assert client.post(f"{URL}{site.pk}/", {"do": "secret"}).status_code == 403
    assert client.post(URL, {"name": "x"}).status_code == 403


def test_who_may_not_look_is_refused(client, site):
    client.force_login(make_user(CHANGE))

    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}{site.pk}/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_cost_no_queries(admin_client, django_assert_max_num_queries, rows):
    for number in range(rows):
        InAppSite.objects.create(name=f"App {number}", key=f"k{number}", secret="s")

    with django_assert_max_num_queries(4):
        admin_client.get(URL)
