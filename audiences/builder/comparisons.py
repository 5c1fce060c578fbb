"""A name, an operator and a value, as the templates of the builder show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import Choice, Choices, choices, grouped
from audiences.catalog import Entry
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.subjects import DATE_FIELDS
from audiences.conditions.windows import UNITS
from audiences.conditions.words import readable


@dataclass(frozen=True)
class ComparisonView:
    """A name, an operator and the control for its value."""

    field: str
    id: str
    label: str
    names: list[Choices]
    is_other: bool
    name: str
    type: str
    operators: list[Choice]
    operand: str
    value: str
    high: str
    units: list[Choice]
    amount: str
    samples: Sequence[str]


def comparison(
    node: dict[str, Any],
    groups: Sequence[tuple[str, Sequence[Entry]]],
    field_name: str,
    element_id: str,
    label: str,
    *,
    was_chosen: bool = False,
) -> ComparisonView:
    """
    Show a name, the operators that suit its sort of data, and the control of a value.

    ``was_chosen`` says that another name may just have been chosen: then an operator that
    does not suit it gives way to one that does.
    """
    name = str(node.get("name", ""))
    entry = next(
        (entry for _, entries in groups for entry in entries if entry.name == name),
        None,
    )
    operator = str(node.get("operator", "is"))
    suitable = {
        key: known.label
        for key, known in OPERATORS.items()
        if entry is None or entry.type in known.types
    }
    if operator not in suitable and (was_chosen or name in DATE_FIELDS):
        operator = next(iter(suitable))
    names, is_other = grouped(groups, name)
    operand = OPERATORS[operator].operand if operator in OPERATORS else Operand.NOTHING
    low, high = text_of(node.get("value"))
    duration = node.get("value") if isinstance(node.get("value"), dict) else {}
    return ComparisonView(
        field=field_name,
        id=element_id,
        label=label,
        names=names,
        is_other=is_other,
        name=name,
        type=entry.type if entry else "",
        operators=choices(
            suitable
            | ({operator: OPERATORS[operator].label} if operator in OPERATORS else {}),
            operator,
        ),
        operand=operand.value,
        value="\n".join(map(str, node["value"]))
        if operand == Operand.SCALARS and isinstance(node.get("value"), list)
        else low,
        high=high,
        units=choices(
            {unit: unit for unit in UNITS}, str((duration or {}).get("unit", "days"))
        ),
        amount=str((duration or {}).get("amount", 30)),
        samples=entry.samples if entry else (),
    )


def text_of(content: Any) -> tuple[str, str]:
    """Write a value for one text field, or for two."""
    if isinstance(content, list):
        ends = [str(part) for part in content[:2]]
        return (*ends, "", "")[0], (*ends, "", "")[1]
    if isinstance(content, dict) or content is None:
        return "", ""
    if isinstance(content, bool):
        return readable(str(content)).lower(), ""
    return str(content), ""
