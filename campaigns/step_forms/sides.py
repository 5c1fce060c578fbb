"""Forms of the steps that people leave in several ways."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField

from audiences.forms import ConditionField
from campaigns.flows.blanks import KEYED_SIDES
from campaigns.flows.definition import walk_steps
from campaigns.flows.edits import MOST_SIDES
from campaigns.step_forms.base import (
    StepForm,
)


class BranchForm(StepForm):
    """Who goes to the true side; may be left open in a draft, but not at the start."""

    condition = ConditionField(
        label="True for people for whom this holds",
        required=False,
        help_text="Judged once, when a person comes here. Everybody else goes to the false side.",
    )


@dataclass(frozen=True)
class SideFields:
    """The fields of one side, with what may be done with it."""

    key: str
    title: str
    fields: list[BoundField]
    inside_count: int
    is_first: bool
    is_last: bool


class SidesForm(StepForm):
    """The base of the forms of steps whose sides are added, named and removed."""

    panel = "campaigns/_step_sides.html"
    add_label = ""
    side_title = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side in self.given:
            self.fields[f"name_{side['key']}"] = forms.CharField(
                label="Name",
                max_length=60,
                initial=side["name"],
                error_messages={"required": "Give it a name, for the reports."},
            )
            name, field = self.more_field(side)
            self.fields[f"{name}_{side['key']}"] = field

    @property
    def list_name(self) -> str:
        """What the sides are called in the step."""
        return KEYED_SIDES[self.initial["kind"]]

    @property
    def given(self) -> list[dict[str, Any]]:
        """The sides as the step has them."""
        return list(self.initial[self.list_name])

    @property
    def may_add(self) -> bool:
        """Whether another side fits."""
        return len(self.given) < MOST_SIDES

    def more_field(self, side: dict[str, Any]) -> tuple[str, forms.Field]:
        """Make the field that a side has beside its name."""
        raise NotImplementedError

    def plain_fields(self) -> list[BoundField]:
        """List the fields that belong to no side."""
        return [self["name"]]

    def sides(self) -> Iterator[SideFields]:
        """Yield each side with its fields."""
        for index, side in enumerate(self.given):
            key = side["key"]
            yield SideFields(
                key=key,
                title=f"{self.side_title} {index + 1}",
                fields=[self[name] for name in self.fields if name.endswith(f"_{key}")],
                inside_count=sum(1 for _ in walk_steps(side["steps"])),
                is_first=index == 0,
                is_last=index + 1 == len(self.given),
            )

    def values(self) -> dict[str, Any]:
        """Give the values for the step and its sides."""
        sides = []
        for side in self.given:
            name, _ = self.more_field(side)
            sides.append(
                {
                    "key": side["key"],
                    "name": self.cleaned_data[f"name_{side['key']}"].strip(),
                    name: self.cleaned_data[f"{name}_{side['key']}"],
                }
            )
        return {"name": self.cleaned_data["name"], self.list_name: sides}


class SplitForm(SidesForm):
    """Which branches there are, and for whom; the first that fits is taken."""

    add_label = "Add a branch"
    side_title = "Branch"

    def more_field(self, side: dict[str, Any]) -> tuple[str, forms.Field]:
        """Ask for whom the branch is."""
        return "condition", ConditionField(
            label="For people for whom this holds",
            required=False,
            initial=side["condition"],
            shows_preview=False,
        )


class CohortForm(SidesForm):
    """Which cohorts there are, and how large."""

    add_label = "Add a cohort"
    side_title = "Cohort"

    def more_field(self, side: dict[str, Any]) -> tuple[str, forms.Field]:
        """Ask for the weight of the cohort."""
        return "weight", forms.IntegerField(
            label="Weight",
            min_value=0,
            max_value=10_000,
            initial=side["weight"],
            help_text="Its share is this, out of all weights together.",
            error_messages={"invalid": "Write a whole number, such as 50."},
        )
