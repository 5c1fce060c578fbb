import colorsys

import pytest

from referrals import theme

EVERYWHERE = [
    "#{:02x}{:02x}{:02x}".format(
        *(round(255 * part) for part in colorsys.hls_to_rgb(hue / 12, light / 8, 0.9))
    )
    for hue in range(12)
    for light in range(9)
]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#abcdef",) * 2 + (1,),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert theme.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert theme.contrast(other, one) == theme.contrast(one, other)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK])
def test_every_accent_gives_text_that_can_be_read(scheme):
    faint = []
    for accent in EVERYWHERE:
        colors = theme.palette(accent, scheme)
        pairs = [
            ("on-accent", "accent"),
            ("on-accent", "accent-strong"),
            *(
                (text, ground)
                for text in ("accent-text", "ink", "ink-soft", "bad")
                for ground in ("sheet", "paper", "accent-soft")
            ),
        ]
        faint += [
            (accent, text, ground)
            for text, ground in pairs
            if theme.contrast(colors[text], colors[ground]) < theme.TEXT_CONTRAST
        ]

    assert faint == []


def test_the_stylesheet_follows_the_device_or_not():
    auto, light, dark = (
        theme.stylesheet("#15693b", scheme)
        for scheme in (theme.AUTO, theme.LIGHT, theme.DARK)
    )

    assert "prefers-color-scheme" in auto
    assert "prefers-color-scheme" not in light + dark
    assert "color-scheme: light;" in light
    assert "color-scheme: dark;" in dark
    assert len({theme.version_of("#15693b", one) for one in theme.SCHEMES}) == 3
