import pytest

from referrals.models import Logo, Program
from tests.factories.referrals import make_program

pytestmark = pytest.mark.django_db


def test_the_stylesheet_of_a_program_may_be_kept_for_ever(
    client, django_assert_num_queries
):
    address = make_program(accent="#aa3311").theme_url

    with django_assert_num_queries(0):
        response = client.get(address)

    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--accent: #aa3311;" in response.content.decode()


def test_a_stylesheet_of_another_release_is_not_kept(client):
    response = client.get("/look/aa3311-auto-0000000000.css")

    assert response["Cache-Control"] == "no-cache"
    assert "--accent: #aa3311;" in response.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/look/aa331-auto-0.css",
        "/look/AA3311-auto-0.css",
        "/look/aa3311-other-0.css",
        "/look/aa3311}-auto-0.css",
        "/look/none.png",
    ],
)
def test_there_is_no_other_look(client, address):
    assert client.get(address).status_code == 404


def test_a_logo_may_be_kept_for_ever(client):
    Logo.objects.create(digest="abc", content=b"picture")
    program = Program(logo_digest="abc")

    response = client.get(program.logo_url)

    assert response.content == b"picture"
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
