import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.emails.blocks.registry import new_block
from campaigns.flows.edits import new_step
from campaigns.models import Picture
from tests.factories.campaigns import make_campaign
from tests.factories.pictures import make_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    variant = {"subject": "Hi", "preheader": "", "mode": "blocks", "mjml": ""}
    variant["blocks"] = [new_block("heading"), new_block("image")]
    content = {"default_locale": "en", "variants": {"en": variant}}
    return make_campaign(
        steps=[new_step("email", key="ask", name="Ask", content=content)]
    )


def url(campaign, name="campaigns_email"):
    return reverse(f"admin:{name}", args=[campaign.pk, "ask"])


def upload(client, campaign, content, **values):
    values = {
        "revision": campaign.revision,
        "kinds": "heading,image",
        "op": "picture",
        "index": "1",
        "mail-0.text": "Look",
    } | values
    if content is not None:
        values["picture"] = SimpleUploadedFile("cat.png", content)
    return client.post(url(campaign), values)


def blocks(campaign):
    campaign.refresh_from_db()
    return campaign.draft["steps"][0]["content"]["variants"]["en"]["blocks"]


def test_what_is_uploaded_stands_in_the_block_beside_what_was_typed(editor, campaign):
    page = upload(editor, campaign, make_file(size=(300, 200))).content.decode()

    picture = Picture.objects.get()
    address = f"http://testserver/pictures/{picture.digest}.png"
    heading, image = blocks(campaign)
    assert heading["text"] == "Look"
    assert (image["url"], image["width"]) == (address, "300")
    assert f'<img class="gl-picture" src="{address}" alt="">' in page
    assert "What it shows is missing" in page
    assert picture.created_by is not None


def test_a_wide_picture_is_shown_over_the_whole_mail(editor, campaign):
    upload(editor, campaign, make_file(size=(1_600, 800)))

    assert blocks(campaign)[1]["width"] == ""
    assert Picture.objects.get().width == 1_200


@pytest.mark.parametrize(
    ("content", "values", "words"),
    [
        (b"nothing", {}, "This is no picture that can be shown."),
        (None, {}, "Choose a picture first."),
        (b"x" * (5 * 1024 * 1024 + 1), {}, "larger than 5 MB"),
        (make_file(), {"index": "0"}, "This block is no longer in the mail."),
        (make_file(), {"index": "7"}, "This block is no longer in the mail."),
    ],
)
def test_what_can_not_be_taken_is_said_and_changes_nothing(
    editor, campaign, content, values, words
):
    before = blocks(campaign)

    page = upload(editor, campaign, content, **values).content.decode()

    assert words in page
    assert blocks(campaign) == before
    assert not Picture.objects.exists()


def test_who_may_only_look_uploads_nothing(onlooker, campaign):
    answer = upload(onlooker, campaign, make_file())

    assert (answer.status_code, Picture.objects.exists()) == (403, False)


def test_the_preview_may_show_it(editor, campaign):
    frame = editor.get(url(campaign, "campaigns_email_frame"))

    assert "img-src https: data: http://testserver;" in frame["Content-Security-Policy"]
