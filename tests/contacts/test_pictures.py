from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from contacts.pictures import PictureRefused, redraw
from tests.factories.pictures import make_file, make_moving_file


def shown(picture):
    return Image.open(BytesIO(picture.content))


@pytest.mark.parametrize(
    ("content", "extension", "form"),
    [
        (make_file("PNG"), "png", "PNG"),
        (make_file("JPEG"), "jpg", "JPEG"),
        (make_file("GIF"), "png", "PNG"),
        (make_file("WEBP"), "jpg", "JPEG"),
        (make_file("WEBP", color=(255, 0, 0, 90)), "png", "PNG"),
        (make_moving_file(), "gif", "GIF"),
    ],
)
def test_what_comes_out_is_shown_everywhere(content, extension, form):
    picture = redraw(content, widest=600)

    assert (picture.extension, picture.width, picture.height) == (extension, 40, 20)
    assert (shown(picture).format, shown(picture).size) == (form, (40, 20))
    assert redraw(content, widest=600).digest == picture.digest


def test_nothing_but_the_picture_is_kept():
    hidden = PngImagePlugin.PngInfo()
    hidden.add_text("Comment", "<script>alert(1)</script>")
    out = BytesIO()
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=hidden)
    content = out.getvalue() + b"<script>alert(2)</script>"

    picture = redraw(content, widest=600)

    assert b"script" in content
    assert b"script" not in picture.content


def test_a_photo_stands_upright_without_saying_where_it_was_taken():
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=exif)

    picture = redraw(out.getvalue(), widest=600)

    assert shown(picture).size == (20, 40)
    assert dict(shown(picture).getexif()) == {}


@pytest.mark.parametrize("mode", ["P", "LA", "CMYK", "1", "I;16"])
def test_every_kind_of_color_is_read(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    out = BytesIO()
    if mode == "I;16":
        Image.new(mode, (30, 10)).save(out, kind)
    else:
        Image.new("RGB", (30, 10)).convert(mode).save(out, kind)

    assert redraw(out.getvalue(), widest=15).width == 15


def test_a_wide_one_is_made_narrower_also_if_it_moves():
    still = redraw(make_file(size=(800, 400)), widest=600)
    moving = redraw(make_moving_file(size=(800, 400)), widest=600)

    assert (still.width, still.height) == (600, 300)
    assert (shown(moving).size, shown(moving).n_frames) == ((600, 300), 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This is no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is no picture"),
        (make_file("PNG")[:60], "This is no picture"),
        (make_file("BMP"), "This is no picture"),
        (make_file("TIFF"), "This is no picture"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (make_file("PNG", size=(6_000, 6_000)), "more than 30 million pixels"),
        (make_moving_file(size=(500, 500), frames=130), "more than 30 million"),
        (make_moving_file(size=(2, 2), frames=201), "more than 200 frames"),
    ],
)
def test_what_can_not_be_shown_is_refused(content, words):
    with pytest.raises(PictureRefused, match=words):
        redraw(content, widest=600)
