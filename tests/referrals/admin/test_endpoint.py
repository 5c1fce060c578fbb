import pytest
from django.test import Client
from django.urls import reverse

from referrals.endpoint_keys import create_key, find_key, revoke_key
from referrals.models import EndpointKey
from tests.factories.contacts import make_user
from tests.factories.referrals import NOW

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:referrals_endpoint")


def revoke_url(key):
    return reverse("admin:referrals_endpoint_revoke", args=[key.pk])


def test_a_key_is_shown_once(admin_client, admin_user):
    response = admin_client.post(PAGE, {"name": "Shop <1>"})

    secret = response.context["secret"]
    key = EndpointKey.objects.get()
    page = response.content.decode()
    assert find_key(secret, now=NOW) == key
    assert (key.name, key.created_by) == ("Shop <1>", admin_user)
    assert f'data-copy="{secret}"' in page
    assert "Shop &lt;1&gt;" in page
    assert response["Cache-Control"] == "no-store"
    assert secret not in admin_client.get(PAGE).content.decode()


def test_the_example_names_the_address(admin_client):
    page = admin_client.get(PAGE).content.decode()

    assert "curl http://testserver/v1/conversions" in page
    assert "YOUR_KEY" in page
    assert "No key yet." in page


def test_a_key_needs_a_name(admin_client):
    response = admin_client.post(PAGE, {"name": " "})

    assert response.context["form"].errors == {"name": ["This field is required."]}
    assert not EndpointKey.objects.exists()


def test_a_key_is_revoked(admin_client, admin_user):
    key, secret = create_key(name="Shop", user=None, now=NOW)

    assert admin_client.get(revoke_url(key)).status_code == 405
    assert find_key(secret, now=NOW) == key
    admin_client.post(revoke_url(key))

    key.refresh_from_db()
    assert key.revoked_by == admin_user
    assert find_key(secret, now=NOW) is None
    assert "Revoked" in admin_client.get(PAGE).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_as_many_queries_for_many(
    admin_client, django_assert_num_queries, number
):
    for _ in range(number):
        create_key(name="Shop", user=make_user(), now=NOW)
    admin_client.get(PAGE)

    # session, user, keys.
    with django_assert_num_queries(3):
        admin_client.get(PAGE)


def test_keys_are_exported_without_secrets(admin_client):
    key, secret = create_key(name="Shop", user=None, now=NOW)
    revoke_key(key=key, user=make_user(), now=NOW)

    response = admin_client.get(PAGE, {"format": "csv"})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Name,Begins with,Created,Last used,Revoked"
    assert text.splitlines()[1].startswith(f"Shop,{secret[:8]},")
    assert secret not in text
    assert key.digest not in text


def test_who_may_only_look_changes_nothing():
    client = Client()
    client.force_login(make_user("referrals.view_endpointkey"))
    key, secret = create_key(name="Shop", user=None, now=NOW)

    page = client.get(PAGE).content.decode()

    assert "Works" in page
    assert "Make a key" not in page
    assert client.post(PAGE, {"name": "x"}).status_code == 403
    assert client.post(revoke_url(key)).status_code == 403
    assert find_key(secret, now=NOW) == key
    assert EndpointKey.objects.count() == 1


def test_who_may_nothing_sees_nothing():
    client = Client()
    client.force_login(make_user())

    assert client.get(PAGE).status_code == 403
