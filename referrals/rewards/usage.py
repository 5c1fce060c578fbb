"""Which audiences reward rules need, so that nobody pulls them away."""

from collections.abc import Sequence

from django.urls import reverse

from audiences import usage
from audiences.usage import Use
from referrals.models import RewardRule


def uses_of_audiences(audience_ids: Sequence[int]) -> dict[int, list[Use]]:
    """List the rules that are, or were, for each of the audiences; one query."""
    found: dict[int, list[Use]] = {}
    rules = RewardRule.objects.filter(audience__in=audience_ids)
    for rule in rules.select_related("program").order_by("pk"):
        link = reverse("admin:referrals_program_rewards", args=[rule.program_id])
        use = Use("Reward rule", rule.program.name, link)
        found.setdefault(rule.audience_id or 0, []).append(use)
    return found


def register() -> None:
    """Make our uses known where audiences are edited; called in ``AppConfig.ready``."""
    usage.register("reward rule", uses_of_audiences)
