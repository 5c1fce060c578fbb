"""Money, percent, numbers, relative time and badges in templates."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from django import template
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
LOCALE = "en_US"

# The color of a state; words that are not listed are neutral.
TONES: dict[str, str] = {
    **dict.fromkeys(
        ["granted", "done", "active", "sent", "delivered", "won", "running", "met"],
        "good",
    ),
    **dict.fromkeys(
        ["queued", "held", "paused", "unknown", "draft", "waiting", "stopping"],
        "warn",
    ),
    **dict.fromkeys(["scheduled", "finished"], "info"),
    **dict.fromkeys(
        ["withdrawn", "failed", "unsubscribed", "complained", "bounced", "refused"],
        "bad",
    ),
}


def register_tones(tones: dict[str, str]) -> None:
    """Give states of another app their color: "good", "warn", "bad", "info" or "idle"."""
    TONES.update(tones)


@register.filter
def tone(state: Any) -> str:
    """Name the color of a state."""
    return TONES.get(str(state), "idle")


@register.simple_tag
def badge(label: Any, state: Any = "") -> SafeString:
    """Show a state as a badge: ``{% badge row.get_state_display row.state %}``."""
    color = (
        str(state) if state in {"good", "warn", "bad", "info", "idle"} else tone(state)
    )
    return format_html('<span class="gl-badge gl-badge--{}">{}</span>', color, label)


@register.filter
def number(value: Any) -> str:
    """Write a number with separators: 12,345."""
    if value in (None, ""):
        return "–"
    return format_decimal(Decimal(str(value)), locale=LOCALE)


@register.filter
def percent(ratio: Any, digits: int = 1) -> str:
    """Write a ratio (0.5) as a percentage (50%); a dash where there is none."""
    if ratio in (None, ""):
        return "–"
    pattern = "#,##0." + "#" * int(digits) + "%" if int(digits) else "#,##0%"
    return format_percent(Decimal(str(ratio)), format=pattern, locale=LOCALE)


@register.filter
def money(amount: Any, currency: str = "USD") -> str:
    """Write an amount (12.5) in its currency ($12.50)."""
    if amount in (None, ""):
        return "–"
    return format_currency(Decimal(str(amount)), currency, locale=LOCALE)


@register.filter
def ago(moment: datetime | None) -> str:
    """Say how long ago, or in how long: "3 days ago", "in 2 hours"."""
    if moment is None:
        return "never"
    distance = moment - timezone.now()  # noqa: TID251 - relative to the reader's now
    if abs(distance) < timedelta(seconds=10):
        return "just now"
    return format_timedelta(distance, add_direction=True, locale="en_US")


@register.filter
def duration(length: timedelta | None) -> str:
    """Say how long: "2 minutes"; a dash where unknown."""
    if length is None:
        return "–"
    return format_timedelta(length, locale="en_US", threshold=1.5)


@register.filter
def get(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Look something up; nothing where it is not there."""
    return mapping.get(key)


@register.simple_tag
def sparkline(counts: Sequence[int]) -> SafeString:
    """Draw counts as a small line; its highest point is as high as the line may be."""
    highest = max(counts, default=0) or 1
    width = max(len(counts) - 1, 1)
    points = " ".join(
        f"{index * 100 / width:.1f},{22 - count * 20 / highest:.1f}"
        for index, count in enumerate(counts)
    )
    return format_html(
        '<svg class="gl-spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img"'
        ' aria-label="{} in all, {} at most on one day">'
        '<polygon class="gl-spark__area" points="0,24 {} 100,24"></polygon>'
        '<polyline class="gl-spark__line" points="{}"></polyline></svg>',
        number(sum(counts)),
        number(max(counts, default=0)),
        points,
        points,
    )


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """Write the page's query string with some parameters changed; None removes one."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
