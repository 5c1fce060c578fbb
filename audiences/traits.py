"""Make, change and delete traits."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from audiences import usage
from audiences.conditions.errors import ConditionError
from audiences.conditions.traits import (
    Formula,
    dump_trait,
    parse_trait,
    sides,
    value_type,
)
from audiences.conditions.traits import Trait as Definition
from audiences.memberships.fill import start_filling
from audiences.memberships.watch import watch_rules
from audiences.models import Audience, Trait
from audiences.models.trait import definitions_of

__all__ = [
    "TraitInUse",
    "change_trait",
    "check_definition",
    "create_trait",
    "definitions_of",
    "delete_trait",
    "free_key",
]

LONGEST_KEY = 120
NO_FORMULA = "Choose a trait that is a number and no formula."


class TraitInUse(ValueError):
    """Something needs the trait; ``uses`` lists it."""

    def __init__(self, trait: Trait, uses: list[usage.Use]) -> None:
        super().__init__(f"“{trait.name}” is used by {len(uses)} others.")
        self.uses = uses


@transaction.atomic
def create_trait(
    *,
    name: str,
    definition: Mapping[str, Any],
    now: datetime,
    description: str = "",
    user: AbstractBaseUser | None = None,
) -> Trait:
    """
    Save a definition under a name; the key is made of it, once.

    :raises ConditionError: if the definition can't be understood
    """
    _lock()
    return Trait.objects.create(
        name=name,
        key=free_key(name),
        description=description,
        definition=dump_trait(check_definition(definition)),
        measure_due_at=now,
        created_by_id=user.pk if user else None,
    )


@transaction.atomic
def change_trait(
    trait: Trait,
    *,
    name: str,
    definition: Mapping[str, Any],
    now: datetime,
    description: str = "",
    user: AbstractBaseUser | None = None,
) -> Trait:
    """
    Change name, description or definition; the key stays.

    Another definition fills the audiences anew that need it, and measures it and the
    formulas that it is a side of.

    :raises ConditionError: if the definition can't be understood, or breaks a formula
    """
    _lock()
    current = Trait.objects.get(pk=trait.pk)
    checked = check_definition(definition, trait_id=trait.pk)
    is_other = dump_trait(checked) != current.definition
    current.name = name
    current.description = description
    current.definition = dump_trait(checked)
    if is_other:
        current.version += 1
        current.measure_due_at = now
        current.measured = {}
        current.measure_error = ""
    current.save()
    if is_other:
        formulas = [one.pk for one in usage.formulas_of([trait.pk])[trait.pk]]
        Trait.objects.filter(pk__in=formulas).update(measure_due_at=now)
        watch_rules(now=now)
        for audience in usage.audiences_of_traits([trait.pk, *formulas]):
            if audience.archived_at is None:
                start_filling(audience, now=now, user_id=user.pk if user else None)
    return current


@transaction.atomic
def delete_trait(trait: Trait) -> None:
    """
    Delete it.

    :raises TraitInUse: if an audience, a formula or something above needs it
    """
    _lock()
    uses = usage.uses_of_traits([trait.pk])[trait.pk]
    if uses:
        raise TraitInUse(trait, uses)
    Trait.objects.filter(pk=trait.pk).delete()


def check_definition(definition: object, *, trait_id: int | None = None) -> Definition:
    """
    Read a definition, and see that the sides of a formula are there and fit.

    :raises ConditionError: if it can't be understood, or breaks a formula
    """
    parsed = parse_trait(definition)
    known = definitions_of(sides(parsed))
    if isinstance(parsed, Formula):
        for side, pk in (("left", parsed.left), ("right", parsed.right)):
            found = known.get(pk)
            if found is None:
                raise ConditionError((side,), "This trait is gone. Choose another.")
            is_number = value_type(found) == "number"
            if pk == trait_id or isinstance(found, Formula) or not is_number:
                raise ConditionError((side,), NO_FORMULA)
    is_side = trait_id is not None and usage.formulas_of([trait_id])[trait_id]
    if is_side and (isinstance(parsed, Formula) or value_type(parsed) != "number"):
        raise ConditionError(
            ("kind",),
            f"“{is_side[0].name}” is computed from this trait, which must stay a number"
            " and no formula.",
        )
    return parsed


def free_key(name: str) -> str:
    """Make a key of a name that no other trait has."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    key = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:LONGEST_KEY].strip("_")
    taken = set(Trait.objects.values_list("key", flat=True))
    if key and key not in taken:
        return key
    first = 2 if key else len(taken) + 1
    free = (f"{key or 'trait'}_{number}" for number in count(first))
    return next(one for one in free if one not in taken)


def _lock() -> None:
    """Let who saves rules or traits take turns, as they name each other."""
    list(Audience.objects.select_for_update().order_by("pk").values_list("pk"))
    list(Trait.objects.select_for_update().order_by("pk").values_list("pk"))
