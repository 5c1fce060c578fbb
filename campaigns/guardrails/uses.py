"""Which lists, audiences and traits guardrails and incidents need, so that nobody pulls them away."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.urls import reverse

from audiences import usage
from audiences.usage import Use
from campaigns.flows.mentions import ids_in
from campaigns.guardrails.rules import BY_CODE
from campaigns.models import Guardrail, Incident


def register() -> None:
    """Make our uses known where lists, audiences and traits are edited."""
    usage.register("guardrail", find_uses("audience"))
    usage.register_of_traits("guardrail", find_uses("trait"))
    usage.register_of_lists("guardrail", find_uses("list"))


def find_uses(kind: str) -> Callable[[Sequence[int]], dict[int, list[Use]]]:
    """Make the function that lists what needs each of some rows of a kind; two queries."""
    return partial(_uses, kind)


def _uses(kind: str, pks: Sequence[int]) -> dict[int, list[Use]]:
    """List the guardrails and the open incidents that name each of some rows."""
    wanted = set(pks)
    found: dict[int, list[Use]] = {}
    for condition, use in _conditions():
        for pk in sorted(set(ids_in(condition, kind)) & wanted):
            found.setdefault(pk, []).append(use)
    return found


def _conditions() -> Iterator[tuple[dict[str, Any] | None, Use]]:
    """Yield each condition, with what it belongs to."""
    for row in Guardrail.objects.exclude(condition=None).order_by("code"):
        url = reverse("admin:campaigns_guardrail", args=[row.code])
        yield row.condition, Use("Guardrail", BY_CODE[row.code].title, url)
    url = reverse("admin:campaigns_incidents")
    for incident in Incident.objects.filter(closed_at=None).order_by("pk"):
        yield incident.scope, Use("Incident", incident.title, url)
