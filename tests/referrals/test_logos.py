from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from referrals import logos
from referrals.logos import LogoRefused, draw_logo, read_logo, set_logo
from referrals.models import Logo
from tests.factories.referrals import NOW, make_program

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(size=(800, 200), kind="PNG", **options):
    file = BytesIO()
    Image.new("RGB", size, "#aa3311").save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_drawn_anew_and_small(kind):
    drawing = draw_logo(picture(kind=kind))

    drawn = Image.open(BytesIO(drawing.content))
    assert (drawn.format, drawn.size) == ("PNG", (480, 120))
    assert (drawing.width, drawing.height) == (240, 60)


def test_nothing_but_the_picture_comes_along():
    remarks = PngImagePlugin.PngInfo()
    remarks.add_text("Comment", "<script>alert(1)</script>")
    content = picture(pnginfo=remarks) + b"<script>after</script>"

    drawing = draw_logo(content)

    assert b"script" in content
    assert b"script" not in drawing.content


def test_a_small_picture_is_not_blown_up():
    drawing = draw_logo(picture((30, 20)))

    assert (drawing.width, drawing.height) == (30, 20)


def test_a_picture_of_many_colors_stays_light():
    noise = Image.effect_noise((480, 120), 90).convert("RGB")
    file = BytesIO()
    noise.save(file, "PNG")

    assert len(draw_logo(file.getvalue()).content) < 60_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SVG,
        b"GIF89a" + bytes(40),
        b"\x89PNG\r\n\x1a\n",
        picture()[:200],
        b"%PDF-1.4",
    ],
)
def test_what_is_no_picture_of_ours_is_refused(content):
    with pytest.raises(LogoRefused, match="PNG, JPEG or WebP"):
        draw_logo(content)


def test_a_bomb_is_refused_unopened(monkeypatch):
    monkeypatch.setattr(logos, "MOST_PIXELS", 10_000)

    with pytest.raises(LogoRefused, match="too large"):
        draw_logo(picture())


def test_a_heavy_file_is_refused_unread(monkeypatch):
    monkeypatch.setattr(logos, "MOST_BYTES", 10)

    with pytest.raises(LogoRefused, match="2 MB"):
        read_logo(SimpleUploadedFile("logo.png", picture()))


@pytest.mark.django_db
def test_the_same_picture_is_kept_once():
    drawing = draw_logo(picture())
    programs = [make_program(), make_program()]

    for program in programs:
        set_logo(program=program, drawing=drawing, user=None, now=NOW)
    set_logo(program=programs[0], drawing=None, user=None, now=NOW)

    assert Logo.objects.get().digest == drawing.digest
    for program in programs:
        program.refresh_from_db()
    assert [program.logo_url for program in programs] == [
        "",
        f"/look/{drawing.digest}.png",
    ]
