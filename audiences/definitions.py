"""Make, change, archive and delete audiences."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from audiences import usage
from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.memberships.fill import start_filling
from audiences.memberships.watch import watch_rules
from audiences.models import Audience, AudienceVersion
from audiences.models.audience import Telling, audiences_in
from audiences.selection import check


class Keep(Enum):
    """Stands for what is to stay as it is."""

    AS_IT_IS = "as it is"


class AudienceInUse(ValueError):
    """Something needs the audience; ``uses`` lists it."""

    def __init__(self, audience: Audience, uses: list[usage.Use]) -> None:
        super().__init__(f"“{audience.name}” is used by {len(uses)} others.")
        self.uses = uses


@transaction.atomic
def create_audience(
    *,
    name: str,
    rule: Mapping[str, Any],
    now: datetime,
    description: str = "",
    counts_from: datetime | None = None,
    size: int | None = None,
    user: AbstractBaseUser | None = None,
) -> Audience:
    """
    Save a rule as an audience, and start filling it.

    Events until ``counts_from`` count for none of its conditions. ``size`` is how many fit, if
    somebody has counted.

    :raises ConditionError: if the rule can't be understood
    """
    _lock_rules()
    audience = Audience(name=name, description=description, counts_from=counts_from)
    audience.created_by_id = user.pk if user else None
    _set_rule(audience, rule)
    audience.save()
    _write_version(audience, size=size, user=user, now=now)
    watch_rules(now=now)
    start_filling(audience, now=now, user_id=audience.created_by_id)
    return audience


@transaction.atomic
def change_audience(
    audience: Audience,
    *,
    name: str,
    rule: Mapping[str, Any],
    now: datetime,
    description: str = "",
    counts_from: datetime | None | Keep = Keep.AS_IT_IS,
    tells: str = Telling.ENTERING,
    size: int | None = None,
    user: AbstractBaseUser | None = None,
) -> Audience:
    """
    Change name, description or rule; another rule is a new version and another filling.

    ``tells`` says of whom the campaigns are told that begin with the audience.

    :raises ConditionError: if the rule can't be understood, or leads back to the audience
    """
    _lock_rules()
    current = Audience.objects.get(pk=audience.pk)
    before = (current.rule, current.counts_from)
    current.name = name
    current.description = description
    if not isinstance(counts_from, Keep):
        current.counts_from = counts_from
    _set_rule(current, rule)
    is_new = (current.rule, current.counts_from) != before
    if is_new:
        current.rule_version += 1
        _write_version(current, size=size, user=user, now=now)
    current.save()
    if is_new:
        watch_rules(now=now)
        user_id = user.pk if user else None
        start_filling(current, now=now, user_id=user_id, tells=tells)
    return current


def restore_version(
    audience: Audience,
    *,
    number: int,
    now: datetime,
    tells: str = Telling.ENTERING,
    user: AbstractBaseUser | None = None,
) -> Audience:
    """
    Give an audience the rule of an earlier version again, as a new version.

    :raises ConditionError: if that names what is there no longer
    """
    version = AudienceVersion.objects.get(audience=audience, number=number)
    return change_audience(
        audience,
        name=audience.name,
        description=audience.description,
        rule=version.rule,
        counts_from=version.counts_from,
        tells=tells,
        user=user,
        now=now,
    )


@transaction.atomic
def archive_audience(
    audience: Audience, *, now: datetime, user: AbstractBaseUser | None = None
) -> None:
    """
    Stop keeping it; its members and its ledger stay as they are.

    :raises AudienceInUse: if something needs it
    """
    _lock_rules()
    current = Audience.objects.get(pk=audience.pk)
    _refuse_if_used(current)
    current.archived_at = now
    current.archived_by_id = user.pk if user else None
    current.save(update_fields=["archived_at", "archived_by"])
    watch_rules(now=now)


@transaction.atomic
def restore_audience(audience: Audience, *, now: datetime) -> None:
    """Keep it again, beginning with a filling."""
    _lock_rules()
    current = Audience.objects.get(pk=audience.pk)
    current.archived_at = None
    current.archived_by = None
    current.save(update_fields=["archived_at", "archived_by"])
    watch_rules(now=now)
    start_filling(current, now=now)


@transaction.atomic
def delete_audience(audience: Audience, *, now: datetime) -> None:
    """
    Delete it with its members and its ledger.

    :raises AudienceInUse: if something needs it
    """
    _lock_rules()
    current = Audience.objects.get(pk=audience.pk)
    _refuse_if_used(current)
    current.delete()
    watch_rules(now=now)


def _refuse_if_used(audience: Audience) -> None:
    """Raise if something needs the audience."""
    uses = usage.uses_of(audience)
    if uses:
        raise AudienceInUse(audience, uses)


def _lock_rules() -> None:
    """Let savers take turns, so that two rules can't come to name each other at once."""
    list(Audience.objects.select_for_update().order_by("pk").values_list("pk"))


def _write_version(
    audience: Audience,
    *,
    size: int | None,
    user: AbstractBaseUser | None,
    now: datetime,
) -> None:
    """Write down what the audience is from now on, after it was checked."""
    AudienceVersion.objects.create(
        audience=audience,
        number=audience.rule_version,
        rule=audience.rule,
        counts_from=audience.counts_from,
        size=size,
        created_at=now,
        created_by_id=user.pk if user else None,
    )


def _set_rule(audience: Audience, rule: Mapping[str, Any]) -> None:
    """Check the rule, write it in its one form, and find its depth."""
    errors = check(rule)
    if errors:
        raise errors[0]
    audience.rule = dump_condition(parse_condition(rule))
    audience.depth = _depth(audience)


def _depth(audience: Audience) -> int:
    """
    Find how many audiences deep the rule is.

    :raises ConditionError: if the rule leads back to the audience
    """
    rules = dict(Audience.objects.values_list("pk", "rule"))
    if audience.pk is not None:
        rules[audience.pk] = audience.rule

    def depth(rule: object, above: frozenset[int]) -> int:
        below = audiences_in(rule)
        if below & above:
            raise ConditionError(
                (), "The rule leads back to this audience through another one."
            )
        return max((1 + depth(rules[pk], above | {pk}) for pk in below), default=0)

    start = frozenset() if audience.pk is None else frozenset({audience.pk})
    return depth(audience.rule, start)
