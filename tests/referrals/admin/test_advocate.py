import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Event
from referrals.attribution import attribute_referral
from referrals.claims import Happening
from referrals.links import find_advocate, link_url, share_url
from referrals.models import Advocate
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import (
    BROWSER,
    NOW,
    make_advocate,
    make_program,
    make_visit,
)

pytestmark = pytest.mark.django_db

LIST = reverse("admin:referrals_advocate_changelist")


def page_url(advocate):
    return reverse("admin:referrals_advocate_change", args=[advocate.pk])


def bring(advocate, name="signed_up"):
    friend = make_contact(first_name="Grace", last_name="Hopper")
    attribute_referral(
        friend_contact_id=friend.pk,
        event=Happening(name, NOW, "1", {}),
        code=advocate.code,
        now=NOW,
    )
    return friend


def found(client, text):
    result = client.get(LIST, {"q": text}).context["cl"].result_list
    return [advocate.contact.first_name for advocate in result]


def test_an_empty_list_says_where_advocates_come_from(admin_client):
    assert "Nobody has a link yet" in admin_client.get(LIST).content.decode()


def test_the_list_shows_link_visits_and_friends(admin_client):
    advocate = make_advocate(
        contact=make_contact(first_name="さくら", last_name="田中")
    )
    make_visit(advocate)
    make_visit(advocate)
    make_visit(advocate, method="HEAD")
    bring(advocate)

    page = admin_client.get(LIST)

    row = page.context["cl"].result_list[0]
    assert (row.visit_count, row.referral_count) == (2, 1)
    assert "田中さくら" in page.content.decode()
    assert f'data-copy="{link_url(advocate.code)}"' in page.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_many(
    admin_client, django_assert_num_queries, number
):
    program = make_program()
    for _ in range(number):
        bring(make_advocate(program))
    admin_client.get(LIST)

    # session, user, count twice, rows.
    with django_assert_num_queries(5):
        admin_client.get(LIST)


def test_people_are_found_by_what_names_them(admin_client):
    program = make_program()
    ada = make_advocate(program, make_contact(first_name="Ada", email="ada@x.example"))
    make_advocate(program, make_contact(first_name="Bob", email="bob@x.example"))

    assert found(admin_client, "ad") == ["Ada"]
    assert found(admin_client, "bob@x") == ["Bob"]
    assert found(admin_client, ada.code.upper()) == ["Ada"]
    assert found(admin_client, f"{link_url(ada.code)}/?c=sms") == ["Ada"]
    assert found(admin_client, "zzzzzzzz") == []
    assert sorted(found(admin_client, " ")) == ["Ada", "Bob"]


def test_the_list_is_exported_with_links(admin_client):
    advocate = make_advocate(
        contact=make_contact(email="ada@x.example", first_name="=1+1")
    )
    make_visit(advocate)

    response = admin_client.get(reverse("admin:referrals_advocate_export"))

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert (
        lines[0] == "email,first_name,last_name,program,link,visits,referrals,joined_at"
    )
    assert lines[1].startswith(
        f"ada@x.example,'=1+1,,{advocate.program.name},{link_url(advocate.code)},1,0,"
    )


def test_the_page_shows_all_that_came_of_the_link(admin_client):
    advocate = make_advocate(contact=make_contact(first_name="Ada"))
    make_visit(advocate, channel="whatsapp")
    make_visit(advocate, method="HEAD")
    friend = bring(advocate, "order_completed")

    page = admin_client.get(f"{page_url(advocate)}?visits=all").content.decode()

    assert share_url(advocate.contact_id, advocate.pk) in page
    assert advocate.code.upper() in page
    assert "Grace Hopper" in page
    assert "whatsapp" in page
    assert "asked for the head only" in page
    assert reverse("admin:contacts_contact_change", args=[advocate.contact_id]) in page
    assert friend.email not in page


def test_the_page_of_somebody_without_visits_says_so(admin_client):
    page = admin_client.get(page_url(make_advocate())).content.decode()

    assert "Nobody has opened this link yet." in page
    assert "No friend has joined through this link yet." in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_as_many_queries_for_many(
    admin_client, django_assert_num_queries, number
):
    advocate = make_advocate()
    for _ in range(number):
        make_visit(advocate)
        bring(advocate)
    admin_client.get(page_url(advocate))

    # session, user, advocate, kinds, names, places, channels, assets, days, wins, visits,
    # referrals.
    with django_assert_num_queries(12):
        admin_client.get(page_url(advocate))


@pytest.mark.parametrize("pk", ["0", "999999", "x", "9" * 30])
def test_nobody_is_not_found(admin_client, pk):
    assert admin_client.get(f"{LIST}{pk}/change/").status_code == 404


def test_advocates_are_not_made_changed_or_deleted_by_hand(admin_client):
    advocate = make_advocate()
    urls = (
        f"{LIST}add/",
        reverse("admin:referrals_advocate_delete", args=[advocate.pk]),
    )

    assert [admin_client.post(url, {"post": "yes"}).status_code for url in urls] == [
        403,
        403,
    ]
    other = {"what": "code", "code": "aaaaaaaa"}
    assert admin_client.post(page_url(advocate), other).status_code == 404
    assert admin_client.post(page_url(advocate), {}).status_code == 404
    assert Advocate.objects.get().code == advocate.code


def test_who_may_nothing_sees_nothing():
    client = Client()
    client.force_login(make_user())

    urls = (LIST, page_url(make_advocate()), reverse("admin:referrals_advocate_export"))
    assert [client.get(url).status_code for url in urls] == [403, 403, 403]


def test_who_may_look_sees_the_page():
    client = Client()
    client.force_login(make_user("referrals.view_advocate", "contacts.view_contact"))
    advocate = make_advocate()

    page = client.get(page_url(advocate)).content.decode()

    assert advocate.code.upper() in page


def test_a_marketer_names_the_link(admin_client):
    advocate = make_advocate()
    drawn = advocate.code

    response = admin_client.post(
        page_url(advocate), {"what": "name", "name": "Ada Lovelace"}, follow=True
    )

    assert "The link is called “ada-lovelace” now." in response.text
    assert "/r/ada-lovelace" in response.text
    assert find_advocate("ada-lovelace") == find_advocate(drawn) == advocate
    admin_client.post(page_url(advocate), {"what": "code", "code": drawn})
    assert Advocate.objects.get().code == drawn
    admin_client.post(page_url(advocate), {"what": "code", "code": "ada-lovelace"})
    assert Advocate.objects.get().code == "ada-lovelace"


def test_a_name_that_looks_rude_is_asked_about(admin_client):
    advocate = make_advocate()

    refused = admin_client.post(
        page_url(advocate), {"what": "name", "name": "shitake-shop"}
    )

    assert "looks rude" in refused.text
    assert "Use it anyway" in refused.text
    admin_client.post(
        page_url(advocate), {"what": "name", "name": "shitake-shop", "anyway": "1"}
    )
    assert Advocate.objects.get().code == "shitake-shop"


def test_a_marketer_blocks_the_link_for_a_reason(admin_client, client):
    advocate = make_advocate()

    admin_client.post(page_url(advocate), {"what": "block", "reason": " "})
    assert Advocate.objects.get().blocked_at is None
    page = admin_client.post(
        page_url(advocate),
        {"what": "block", "reason": "Posted on coupon sites"},
        follow=True,
    ).text

    assert "Posted on coupon sites" in page
    friend = client.get(f"/r/{advocate.code}", headers={"User-Agent": BROWSER})
    assert "This offer is not available" in friend.text
    assert "coupon" not in friend.text.lower()
    admin_client.post(page_url(advocate), {"what": "unblock"})
    assert Advocate.objects.get().blocked_at is None
    names = Event.objects.order_by("pk").values_list("name", flat=True)
    assert [name for name in names if "block" in name] == [
        "link_blocked",
        "link_unblocked",
    ]


def test_who_may_not_change_sees_no_buttons_and_is_refused(client):
    user = make_user("referrals.view_advocate", "contacts.view_contact")
    client.force_login(user)
    advocate = make_advocate()

    assert "Give it a name" not in client.get(page_url(advocate)).text
    answer = client.post(page_url(advocate), {"what": "name", "name": "mine"})
    assert answer.status_code == 403
    assert Advocate.objects.get().code == advocate.code


@pytest.mark.parametrize(
    ("kind", "begins", "content_type"),
    [("svg", b"<?xml", "image/svg+xml"), ("png", b"\x89PNG", "image/png")],
)
def test_the_qr_code_is_a_file(admin_client, kind, begins, content_type):
    advocate = make_advocate()
    url = reverse("admin:referrals_advocate_qr", args=[advocate.pk, kind])

    response = admin_client.get(f"{url}?a=poster-1")

    assert response.content.startswith(begins)
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == (
        f'attachment; filename="link-{advocate.code}.{kind}"'
    )


def test_the_page_counts_by_channel_and_asset(admin_client):
    advocate = make_advocate()
    make_visit(advocate, channel="whatsapp", asset="poster-1")
    make_visit(advocate, channel="whatsapp", address="192.0.2.200")
    make_visit(advocate, channel="whatsapp", address="192.0.2.200")
    make_visit(advocate, method="HEAD")

    context = admin_client.get(page_url(advocate)).context

    assert [
        (name, one.people, one.again, one.own, one.machines, one.raw)
        for name, one in context["channels"]
    ] == [("WhatsApp", 2, 1, 0, 0, 3), ("Untagged", 0, 0, 0, 1, 1)]
    assert [(one.name, one.people) for one in context["assets"]] == [("poster-1", 1)]
    assert context["all_visits"] == 4
    assert context["page_obj"].paginator.count == 2


def test_a_tagged_link_is_made(admin_client):
    advocate = make_advocate()

    page = admin_client.get(f"{page_url(advocate)}?c=qr&a=Poster-1&p=<x>").text

    assert f"/r/{advocate.code}?c=qr&amp;a=poster-1<" in page
