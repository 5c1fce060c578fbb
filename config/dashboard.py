"""Numbers on the home page."""

from typing import Any

from django.http import HttpRequest


def add_numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the home page shows to its context."""
    return context
