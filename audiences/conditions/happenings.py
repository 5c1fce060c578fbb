"""Parts of SQL about events, which the kinds of conditions on events share."""

from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.windows import Bounds


def within(bounds: Bounds) -> list[Fragment]:
    """Compare the time of the event with each end that there is."""
    ends = [
        (">", bounds.after),
        (">=", bounds.since),
        ("<", bounds.before),
        ("<=", bounds.until),
    ]
    return [
        combine(f"event.occurred_at {sign} {{}}", value(end, "timestamptz"))
        for sign, end in ends
        if end is not None
    ]
