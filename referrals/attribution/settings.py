"""What a marketer sets about credit: what events mean, and who is nobody's friend."""

from django.db import transaction

from referrals.attribution.inbox import watch_stages
from referrals.models import Program, StageRule


@transaction.atomic
def save_rule(rule: StageRule) -> StageRule:
    """
    Write a meaning, at the end if it is new, and hear of its event from now on.

    What was reached before stays; who is looked at next is looked at by the new meaning.
    """
    if rule.pk is None:
        last = StageRule.objects.filter(program=rule.program).order_by("-position")
        rule.position = (last.values_list("position", flat=True).first() or 0) + 1
    rule.save()
    watch_stages()
    return rule


@transaction.atomic
def delete_rule(rule: StageRule) -> None:
    """Let an event mean nothing any more; what was reached stays."""
    rule.delete()
    watch_stages()


@transaction.atomic
def save_credit(program: Program) -> Program:
    """Write who gets the credit, and hear of history if it counts."""
    fields = (
        *("window_days", "click_choice", "code_beats_click", "excludes_paid_ads"),
        *("counts_history", "customers_audience", "customers_list", "customers_before"),
    )
    program.save(update_fields=fields)
    watch_stages()
    return program
