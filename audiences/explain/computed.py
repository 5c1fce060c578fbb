"""The values of a trait, of contacts by id."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from audiences.conditions.kind import Setting
from audiences.conditions.sql import combine, value
from audiences.conditions.traits import value_type
from audiences.conditions.values import value_of_one
from audiences.models.trait import definitions_of


def trait_values(
    trait_id: int, *, as_of: datetime, contact_ids: Sequence[int]
) -> dict[int, Any]:
    """
    Compute a trait for some contacts: a number, a text, a list of texts, or None.

    :raises ConditionError: if the trait, or one of which it is put together, is gone
    """
    setting = Setting(as_of=as_of, few=True, traits=definitions_of([trait_id]))
    # Selects the contacts with the value of each.
    statement = combine(
        "SELECT contact.id, {} FROM contacts_contact AS contact"
        " WHERE contact.id = ANY({}) AND contact.erased_at IS NULL",
        value_of_one(trait_id, setting),
        value(list(contact_ids), "bigint[]"),
    )
    is_list = value_type(setting.traits[trait_id]) == "list"
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {
            pk: json.loads(found) if is_list and found else found
            for pk, found in cursor.fetchall()
        }
