import pytest
from django.template.loader import render_to_string
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("template", "title"),
    [
        ("403.html", "This page is not open to you"),
        ("403_csrf.html", "This form can no longer be sent"),
        ("404.html", "There is no such page"),
        ("500.html", "Something went wrong"),
        ("public/locked_out.html", "Sign-in is locked"),
    ],
)
def test_error_page_says_what_is_wrong_without_any_context(template, title):
    page = render_to_string(template)

    assert f"<title>{title}</title>" in page
    assert f"<h1>{title}</h1>" in page


def test_missing_page_has_our_words(admin_client):
    page = admin_client.get("/nowhere/")

    assert page.status_code == 404
    assert "There is no such page" in page.content.decode()


def test_refused_page_has_our_words(admin_client):
    page = admin_client.get("/campaigns/message/add/")

    assert page.status_code == 403
    assert "This page is not open to you" in page.content.decode()


def test_form_without_its_proof_is_answered_in_our_words(admin_user):
    client = Client(enforce_csrf_checks=True)

    page = client.post("/login/", {"username": "a", "password": "b"})

    assert page.status_code == 403
    assert "This form can no longer be sent" in page.content.decode()


def test_who_guesses_passwords_is_told_to_wait(client, admin_user):
    wrong = {"username": admin_user.username, "password": "wrong"}

    for _ in range(5):
        page = client.post("/login/", wrong)

    assert page.status_code == 429
    assert "Sign-in is locked" in page.content.decode()


@pytest.mark.parametrize("app", ["contacts", "auth", "campaigns"])
def test_app_has_no_page_of_its_own(admin_client, app):
    page = admin_client.get(f"/{app}/")

    assert (page.status_code, page.get("Location")) == (302, "/")


@pytest.mark.parametrize("path", ["/django_q/schedule/", "/axes/accesslog/"])
def test_tables_of_the_machinery_are_not_listed(admin_client, path):
    assert admin_client.get(path).status_code == 404
