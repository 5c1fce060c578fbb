from datetime import timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from contacts.templatetags import greenlight


@pytest.mark.parametrize(
    ("value", "shown"),
    [(12345, "12,345"), (0, "0"), (1.5, "1.5"), (None, "–"), ("", "–")],
)
def test_number(value, shown):
    assert greenlight.number(value) == shown


@pytest.mark.parametrize(
    ("ratio", "digits", "shown"),
    [
        (0.1234, 1, "12.3%"),
        (0.5, 1, "50%"),
        (Decimal("0.129"), 0, "13%"),
        (None, 1, "–"),
    ],
)
def test_percent(ratio, digits, shown):
    assert greenlight.percent(ratio, digits) == shown


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(12.5, "USD", "$12.50"), (1000, "JPY", "¥1,000"), (None, "EUR", "–")],
)
def test_money(amount, currency, shown):
    assert greenlight.money(amount, currency) == shown


@pytest.mark.parametrize(
    ("distance", "shown"),
    [
        (timedelta(days=-3), "3 days ago"),
        (timedelta(hours=2, seconds=5), "in 2 hours"),
        (timedelta(seconds=-2), "just now"),
    ],
)
def test_ago(distance, shown):
    assert greenlight.ago(timezone.now() + distance) == shown


def test_ago_of_nothing():
    assert greenlight.ago(None) == "never"


@pytest.mark.parametrize(
    ("length", "shown"), [(timedelta(seconds=150), "2 minutes"), (None, "–")]
)
def test_duration(length, shown):
    assert greenlight.duration(length) == shown


@pytest.mark.parametrize(
    ("state", "color"),
    [("granted", "good"), ("withdrawn", "bad"), ("info", "info"), ("odd", "idle")],
)
def test_badge_colors_the_state(state, color):
    assert greenlight.badge("<b>", state) == (
        f'<span class="gl-badge gl-badge--{color}">&lt;b&gt;</span>'
    )


def test_apps_color_their_states(monkeypatch):
    monkeypatch.setattr(greenlight, "TONES", {})
    greenlight.register_tones({"expired": "warn"})

    assert greenlight.tone("expired") == "warn"
    assert greenlight.tone("granted") == "idle"


def test_query_with_keeps_the_other_parameters():
    request = RequestFactory().get("/?q=ada&page=2&event=x")
    template = Template("{% load greenlight %}{% query_with page=3 event=None %}")

    assert template.render(Context({"request": request})) == "?q=ada&amp;page=3"
