"""In how many parts a text message is sent."""

import pytest

from campaigns.flows.text_length import TextLength, measure


@pytest.mark.parametrize(
    ("text", "places", "parts", "is_wide"),
    [
        ("", 0, 1, False),
        ("a" * 160, 160, 1, False),
        ("a" * 161, 161, 2, False),
        ("a" * 306, 306, 2, False),
        ("a" * 307, 307, 3, False),
        ("€" * 80, 160, 1, False),
        ("€" * 81, 162, 2, False),
        # A character of two places is not cut in two: one place stays empty.
        ("a" * 152 + "€" + "a" * 152, 306, 3, False),
        ("é" * 160, 160, 1, False),
        ("ё", 1, 1, True),
        ("李" * 70, 70, 1, True),
        ("李" * 71, 71, 2, True),
        ("🎉" * 35, 70, 1, True),
        ("🎉" * 36, 72, 2, True),
        ("李" * 66 + "🎉" + "李" * 66, 134, 3, True),
        ("a" * 159 + "…", 160, 3, True),
    ],
)
def test_a_text_is_measured(text, places, parts, is_wide):
    assert measure(text) == TextLength(places, parts, is_wide)
