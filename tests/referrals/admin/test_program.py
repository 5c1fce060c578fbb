import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals.attribution import attribute_referral
from referrals.claims import Happening
from referrals.forms import ProgramForm
from referrals.models import AllowedHost, Program
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db

LIST = reverse("admin:referrals_program_changelist")
ADD = reverse("admin:referrals_program_add")
PREVIEW = reverse("admin:referrals_program_preview")
VALUES = {
    "name": "Spring",
    "brand": "Fernweh Coffee",
    "offer_headline": "Give 5, get 5",
    "friend_headline": "5 off",
    "disclosure": "I get 5 too.",
    "share_text": "Try it.",
    "destination_url": "/demo-shop/",
    "landing": "destination",
    "window_days": "30",
    "snooze_days": "75",
}


def change_url(program):
    return reverse("admin:referrals_program_change", args=[program.pk])


def client_of(*permissions):
    client = Client()
    client.force_login(make_user(*permissions))
    return client


def test_an_empty_list_says_what_to_do_first(admin_client):
    page = admin_client.get(LIST).content.decode()

    assert "What do you offer for a referral?" in page
    assert ADD in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_counts_in_as_many_queries_for_many(
    admin_client, django_assert_num_queries, number
):
    for _ in range(number):
        make_advocate()
    admin_client.get(LIST)

    with django_assert_num_queries(4):
        admin_client.get(LIST)


def test_the_list_shows_advocates_and_friends(admin_client):
    program = make_program(name="Spring")
    advocates = [make_advocate(program) for _ in range(3)]
    for name in ("signed_up", "order_completed"):
        attribute_referral(
            friend_contact_id=make_contact().pk,
            event=Happening(name, NOW, "1", {}),
            code=advocates[0].code,
            now=NOW,
        )
    make_program(name="Autumn", ended_at=NOW)

    result = admin_client.get(LIST).context["cl"].result_list

    numbers = [
        (row.name, row.advocate_count, row.lead_count, row.win_count) for row in result
    ]
    assert sorted(numbers) == [("Autumn", 0, 0, 0), ("Spring", 3, 2, 1)]
    page = admin_client.get(LIST).content.decode()
    assert "Running" in page
    assert "Ended" in page


def test_the_list_is_exported(admin_client):
    make_program(name="=HYPERLINK()")

    response = admin_client.get(reverse("admin:referrals_program_export"))

    assert "'=HYPERLINK()" in b"".join(response.streaming_content).decode()


def test_a_program_is_created(admin_client):
    response = admin_client.post(ADD, VALUES)

    program = Program.objects.get()
    assert response["Location"] == change_url(program)
    assert (program.name, program.destination_url) == ("Spring", "/demo-shop/")
    assert program.created_by.username == "admin"
    assert program.is_running


def test_a_program_is_changed(admin_client):
    program = make_program()

    admin_client.post(change_url(program), VALUES | {"landing": "offer"})

    program.refresh_from_db()
    assert (program.name, program.landing) == ("Spring", "offer")
    assert program.created_by is None


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        (
            {"destination_url": "https://evil.example/"},
            "destination_url",
            'Links may not lead to "evil.example" yet. Add it under Settings, Allowed '
            "destinations.",
        ),
        (
            {"destination_url": "javascript:alert(1)"},
            "destination_url",
            "Begin the address with https:// and a host name.",
        ),
        (
            {"destination_url": "//evil.example"},
            "destination_url",
            "Begin the address with https:// and a host name.",
        ),
        (
            {"snooze_days": "59"},
            "snooze_days",
            "Ensure this value is greater than or equal to 60.",
        ),
        (
            {"window_days": "0"},
            "window_days",
            "Ensure this value is greater than or equal to 1.",
        ),
        ({"disclosure": " "}, "disclosure", "This field is required."),
    ],
)
def test_what_is_wrong_is_said(admin_client, changes, field, message):
    response = admin_client.post(ADD, VALUES | changes)

    assert response.context["form"].errors == {field: [message]}
    assert not Program.objects.exists()


def test_two_programs_may_not_share_a_name():
    make_program(name="Spring")

    form = ProgramForm(VALUES)

    assert form.errors == {"name": ["Program with this Name already exists."]}


def test_the_preview_draws_what_is_not_saved(admin_client):
    program = make_program()
    before = list(Program.objects.values())

    response = admin_client.post(
        PREVIEW,
        VALUES
        | {
            "name": program.name,
            "offer_headline": "<b>Live</b>",
            "snooze_days": "soon",
            "destination_url": "https://evil.example/",
            "preview_language": "de",
        },
    )

    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in page
    assert "&amp;lt;b&amp;gt;Live&amp;lt;/b&amp;gt;" in page
    assert "Ihr persönlicher Link" in page
    assert "Links may not lead to &quot;evil.example&quot; yet." in page
    assert list(Program.objects.values()) == before


def test_the_preview_draws_an_empty_form(admin_client):
    response = admin_client.post(PREVIEW, {})

    assert response.status_code == 200
    assert "your destination" in response.content.decode()


def test_the_preview_says_what_friends_see_first(admin_client):
    page = admin_client.post(PREVIEW, VALUES | {"landing": "offer"}).content.decode()

    assert "What the friend sees first" in page


def test_a_program_ends_and_goes_on(admin_client, admin_user):
    program = make_program()
    url = reverse("admin:referrals_program_end", args=[program.pk])

    admin_client.post(url)
    program.refresh_from_db()
    first_end = program.ended_at
    assert (program.is_running, program.ended_by) == (False, admin_user)
    admin_client.post(url)
    program.refresh_from_db()
    assert program.ended_at == first_end
    assert "Offer it again" in admin_client.get(change_url(program)).content.decode()

    admin_client.post(url, {"reopen": "1"})
    program.refresh_from_db()
    assert (program.is_running, program.ended_by) == (True, None)


def test_ending_is_not_for_get(admin_client):
    program = make_program()

    for url in (
        reverse("admin:referrals_program_end", args=[program.pk]),
        PREVIEW,
    ):
        assert admin_client.get(url).status_code == 405
    program.refresh_from_db()
    assert program.is_running


@pytest.mark.parametrize("pk", ["0", "999999", "x", "9" * 30])
def test_no_program_is_not_found(admin_client, pk):
    assert admin_client.get(f"{LIST}{pk}/change/").status_code == 404


def test_a_program_is_never_deleted(admin_client):
    program = make_program()
    url = reverse("admin:referrals_program_delete", args=[program.pk])

    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    assert Program.objects.exists()


def test_who_may_only_look_changes_nothing():
    client = client_of("referrals.view_program")
    program = make_program(name="Winter")
    end = reverse("admin:referrals_program_end", args=[program.pk])

    page = client.get(change_url(program)).content.decode()
    statuses = [
        client.post(url, VALUES).status_code for url in (change_url(program), end)
    ]

    assert "Save" not in page
    assert "End program" not in page
    assert statuses == [403, 403]
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, VALUES).status_code == 403
    assert Program.objects.get().name == "Winter"


def test_who_may_nothing_sees_nothing():
    client = client_of()
    program = make_program()

    urls = (LIST, ADD, change_url(program))
    assert [client.get(url).status_code for url in urls] == [403, 403, 403]
    assert client.post(PREVIEW, VALUES).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in():
    response = Client().get(change_url(make_program()))

    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_a_form_from_elsewhere_is_refused():
    user = make_user("referrals.add_program", "referrals.view_program")
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert client.post(ADD, VALUES).status_code == 403
    assert not Program.objects.exists()


def test_an_allowed_address_is_accepted():
    AllowedHost.objects.create(host="shop.example.com")

    form = ProgramForm(
        VALUES | {"destination_url": " https://Shop.Example.com/a?b=1#c "}
    )

    assert form.is_valid()
    assert form.cleaned_data["destination_url"] == "https://Shop.Example.com/a?b=1#c"


def test_an_ended_program_says_since_when(admin_client, admin_user):
    program = make_program(ended_at=timezone.now(), ended_by=admin_user)

    page = admin_client.get(change_url(program)).content.decode()

    assert "by admin" in page
