from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from referrals.attribution import attribute_referral
from referrals.claims import Happening
from referrals.models import Milestone, Referral
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_advocate, make_visit

pytestmark = pytest.mark.django_db

LIST = reverse("admin:referrals_referral_changelist")
DAY = timedelta(days=1)


def make_referral(event="signed_up", advocate_name="Ada", **names):
    advocate = make_advocate(contact=make_contact(first_name=advocate_name))
    visit = make_visit(advocate, now=NOW - DAY)
    outcome = attribute_referral(
        friend_contact_id=make_contact(**names).pk,
        event=Happening(event, NOW, "1", {}),
        click_id=visit.click_id,
        code="zzzzzzzz",
        now=NOW,
    )
    return outcome.referral


def page_url(referral):
    return reverse("admin:referrals_referral_change", args=[referral.pk])


def found(client, **query):
    result = client.get(LIST, query).context["cl"].result_list
    return sorted(referral.contact.first_name for referral in result)


def test_an_empty_list_leads_to_the_endpoint(admin_client):
    page = admin_client.get(LIST).content.decode()

    assert "No friend has joined yet" in page
    assert reverse("admin:referrals_endpoint") in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_many(
    admin_client, django_assert_num_queries, number
):
    for _ in range(number):
        make_referral()
    admin_client.get(LIST)

    # session, user, count twice, rows.
    with django_assert_num_queries(5):
        admin_client.get(LIST)


def test_the_list_is_searched_and_filtered(admin_client):
    make_referral(advocate_name="Ada", first_name="Grace")
    make_referral("order_completed", advocate_name="Bob", first_name="Hedy")

    assert found(admin_client) == ["Grace", "Hedy"]
    assert found(admin_client, q="gra") == ["Grace"]
    assert found(admin_client, q="bob") == ["Hedy"]
    assert found(admin_client, q="nobody") == []
    assert found(admin_client, stage="won") == ["Hedy"]
    assert found(admin_client, stage="lead") == ["Grace"]
    assert found(admin_client, stage="nonsense") == ["Grace", "Hedy"]


def test_the_list_is_exported(admin_client):
    referral = make_referral("order_completed", email="grace@x.example")

    response = admin_client.get(reverse("admin:referrals_referral_export"))

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == (
        "friend,advocate,program,stage,how,lead_at,qualified_at,opportunity_at,won_at"
    )
    owner = referral.advocate_contact_id
    assert lines[1].startswith("grace@x.example,person")
    assert f",{referral.program.name},Ordered,Click on the link," in lines[1]
    assert owner != referral.contact_id


def test_the_page_reads_the_receipt_out(admin_client):
    referral = make_referral(first_name="Grace")

    page = " ".join(admin_client.get(page_url(referral)).content.decode().split())

    assert "<bdi>Grace</bdi> signed up on 20 November 2026, 12:00." in page
    assert "The code “ZZZZZZZZ” was typed." in page
    assert "No advocate has this code." in page
    assert "was opened by a person." in page
    assert "Credited" in page


def test_the_page_survives_an_advocate_who_is_gone(admin_client):
    referral = make_referral()
    make_contact().__class__.objects.get(pk=referral.advocate_contact_id).delete()

    assert "An erased contact" in admin_client.get(page_url(referral)).content.decode()
    assert "An erased contact" in admin_client.get(LIST).content.decode()


def test_the_page_survives_a_receipt_that_is_empty(admin_client):
    referral = make_referral()
    Referral.objects.update(receipt={})

    assert (
        "No receipt was kept." in admin_client.get(page_url(referral)).content.decode()
    )


@pytest.mark.parametrize("pk", ["0", "999999", "x", "9" * 30])
def test_no_referral_is_not_found(admin_client, pk):
    assert admin_client.get(f"{LIST}{pk}/change/").status_code == 404


def test_referrals_are_not_made_changed_or_deleted_by_hand(admin_client):
    referral = make_referral()
    urls = (
        f"{LIST}add/",
        reverse("admin:referrals_referral_delete", args=[referral.pk]),
    )

    assert [admin_client.post(url, {"post": "yes"}).status_code for url in urls] == [
        403,
        403,
    ]
    before = Referral.objects.values().get()
    admin_client.post(page_url(referral), {"lead_at": "2020-01-01"})
    assert Referral.objects.values().get() == before


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [
        ([], [403, 403, 403]),
        (["referrals.view_referral"], [403, 403, 403]),
        (["referrals.view_referral", "contacts.view_contact"], [200, 200, 200]),
    ],
)
def test_only_who_may_look_sees_anything(permissions, statuses):
    client = Client()
    client.force_login(make_user(*permissions))

    urls = (LIST, page_url(make_referral()), reverse("admin:referrals_referral_export"))
    assert [client.get(url).status_code for url in urls] == statuses


def test_oddly_refunded_orders_are_listed(admin_client):
    make_referral(first_name="Fine")
    odd = make_referral(first_name="Odd")
    Milestone.objects.filter(referral_id=odd.pk).update(has_odd_refund=True)

    assert found(admin_client, refunds="odd") == ["Odd"]
    assert found(admin_client) == ["Fine", "Odd"]
