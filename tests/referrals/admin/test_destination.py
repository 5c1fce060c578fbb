import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals.models import AllowedHost
from tests.factories.contacts import make_user
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:referrals_allowedhost_changelist")


def remove_url(host):
    return reverse("admin:referrals_allowedhost_remove", args=[host.pk])


def hosts():
    return list(AllowedHost.objects.order_by("host").values_list("host", flat=True))


def test_an_empty_page_says_what_to_do(admin_client):
    assert "Links lead nowhere else yet" in admin_client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("shop.example.com", "shop.example.com"),
        (" Shop.Example.com ", "shop.example.com"),
        ("https://shop.example.com/a/b?c=d#e", "shop.example.com"),
        ("shop.example.com:8080", "shop.example.com:8080"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_is_allowed(admin_client, admin_user, typed, host):
    response = admin_client.post(PAGE, {"host": typed})

    row = AllowedHost.objects.get()
    assert response.status_code == 302
    assert (row.host, row.created_by) == (host, admin_user)


@pytest.mark.parametrize(
    "typed",
    ["", "a b", "javascript:alert(1)", "user@shop.example.com", "a" * 70 + ".b"],
)
def test_what_is_no_host_is_refused(admin_client, typed):
    response = admin_client.post(PAGE, {"host": typed})

    assert list(response.context["form"].errors) == ["host"]
    assert hosts() == []


def test_a_host_is_allowed_once(admin_client):
    AllowedHost.objects.create(host="shop.example.com")

    response = admin_client.post(PAGE, {"host": "SHOP.example.com"})

    assert "already exists" in response.content.decode()
    assert hosts() == ["shop.example.com"]


def test_a_host_that_a_running_program_needs_stays(admin_client):
    program = make_program(name="Spring")
    make_program(destination_url="/demo-shop/")
    make_program(destination_url="not an address")
    host = AllowedHost.objects.get()

    page = admin_client.post(remove_url(host), follow=True).content.decode()

    assert "The program “Spring” leads to shop.example.com." in page
    assert hosts() == ["shop.example.com"]
    program.ended_at = timezone.now()
    program.save()
    admin_client.post(remove_url(host))
    assert hosts() == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_as_many_queries_for_many(
    admin_client, django_assert_num_queries, number
):
    for index in range(number):
        AllowedHost.objects.create(host=f"shop{index}.example.com")
        make_program()
    admin_client.get(PAGE)

    # session, user, programs, hosts.
    with django_assert_num_queries(4):
        admin_client.get(PAGE)


def test_the_hosts_are_exported(admin_client):
    make_program(name="Spring")

    response = admin_client.get(PAGE, {"format": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Host,Programs,Added"
    assert lines[1].startswith("shop.example.com,Spring,")


def test_who_may_only_look_changes_nothing():
    client = Client()
    client.force_login(make_user("referrals.view_allowedhost"))
    host = AllowedHost.objects.create(host="shop.example.com")

    assert 'name="host"' not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"host": "evil.example"}).status_code == 403
    assert client.post(remove_url(host)).status_code == 403
    assert hosts() == ["shop.example.com"]


def test_removing_is_not_for_get(admin_client):
    host = AllowedHost.objects.create(host="shop.example.com")

    assert admin_client.get(remove_url(host)).status_code == 405
    assert hosts() == ["shop.example.com"]


def test_who_may_nothing_sees_nothing():
    client = Client()
    client.force_login(make_user())

    assert client.get(PAGE).status_code == 403
