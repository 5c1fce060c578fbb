"""
Sends what a shop's server sends, by Segment's client for Python, whatever its generation.

Prints what the client complained of, and how many messages it was given.
"""

import json
import logging
import math
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

from segment.analytics.client import Client

ORDERS = 240
NAIVE = datetime.fromisoformat("2026-01-02T03:00:00")


def main(key: str, host: str, *, gzip: bool) -> None:
    errors: list[str] = []
    logging.basicConfig(level=logging.WARNING)
    client = Client(
        key,
        host=host,
        gzip=gzip,
        on_error=lambda error, items: errors.append(f"{error} ({len(items)})"),
    )
    for number in range(1, ORDERS + 1):
        client.track(
            user_id=number,
            event="Order Completed",
            properties={"total": Decimal("39.95"), "placed": NAIVE},
            timestamp=datetime(2026, 1, 2, 3, tzinfo=UTC),
        )
    client.identify("u1", {"email": "ana@example.com", "born": date(1990, 1, 1)})
    client.identify(anonymous_id="a1", traits={"score": math.nan, "most": math.inf})
    client.track("u1", "Odd", {"nul": "a\0b", "half": "\ud800", "tags": {"x"}})
    client.page("u1", "Docs", "Home", {"url": "https://shop.example/"})
    client.screen("u1", "Start")
    client.group("u1", "acme", {"name": "Acme"})
    client.alias("a1", "u1")
    client.shutdown()
    sys.stdout.write(json.dumps({"sent": ORDERS + 7, "errors": errors}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], gzip=sys.argv[3] == "gzip")
