import pytest

from campaigns.pictures import keep_picture, picture_url
from tests.factories.campaigns import NOW
from tests.factories.pictures import make_file

pytestmark = pytest.mark.django_db


def path_of(picture):
    return picture_url(picture).removeprefix("http://testserver")


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")]
)
def test_anybody_may_see_a_picture_and_keep_it_for_ever(client, kind, content_type):
    picture = keep_picture(content=make_file(kind), name="cat", user=None, now=NOW)

    answer = client.get(path_of(picture))

    assert (answer.status_code, answer.content) == (200, bytes(picture.content))
    assert answer["Content-Type"] == content_type
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.cookies == {}


def test_no_other_address_shows_one(client):
    picture = keep_picture(content=make_file(), name="cat", user=None, now=NOW)
    page = path_of(picture)

    assert client.get(page.replace(".png", ".gif")).status_code == 404
    assert client.get(f"/pictures/{'0' * 64}.png").status_code == 404
    assert client.post(page).status_code == 405
