"""Forms of the steps that wait."""

from typing import Any

from django import forms

from audiences.forms import ConditionField
from campaigns.local_time import WEEKDAYS
from campaigns.step_forms.base import (
    UNITS,
    AttributeField,
    StepForm,
    amount_field,
    time_field,
)


class DelayForm(StepForm):
    """How long to wait, or until which day."""

    needed = ("amount", "attribute", "offset_days")
    mode = forms.ChoiceField(
        label="For how long",
        choices=(
            ("for", "For some time"),
            ("until", "Until a day of the person’s own"),
        ),
        widget=forms.RadioSelect,
        required=False,
    )
    amount = amount_field(
        "Wait", "Wait at least 1, or delete the step.", required=False
    )
    unit = forms.ChoiceField(label="Unit", choices=UNITS, required=False)
    attribute = AttributeField(
        label="Attribute with the day",
        required=False,
        help_text="Such as “renews_on”. Who has no such day, or for whom it is over, goes on"
        " at once.",
    )
    offset_days = forms.IntegerField(
        label="Days after it",
        required=False,
        min_value=-365,
        max_value=365,
        help_text="A number below zero is days before it.",
        error_messages={"invalid": "Write a whole number, such as -14."},
    )
    at = time_field(
        "Until this time of day",
        "09:00",
        required=False,
        help_text="In the person's own zone. Blank: the time at which they came here, or the"
        " beginning of their day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        until = (kwargs.get("initial") or {}).get("until")
        kwargs["initial"] = {
            **(kwargs.get("initial") or {}),
            "mode": "until" if until else "for",
            **(until or {"offset_days": 0}),
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Keep the wait below a year, and ask for what the way of waiting needs."""
        values = self.cleaned_data
        if values.get("mode") == "until":
            return values
        if values.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", "Write a whole number, such as 3.")
        if not values.get("unit"):
            self.add_error("unit", "Choose a unit, such as days.")
        self.refuse_more_than_a_year()
        return values

    def values(self) -> dict[str, Any]:
        """Give the values for the step; what the way of waiting does not need stays."""
        values = dict(self.cleaned_data)
        attribute, days = values.pop("attribute"), values.pop("offset_days")
        at = values.pop("at")
        if values.pop("mode") == "until":
            return {
                "name": values["name"],
                "until": {"attribute": attribute.strip(), "offset_days": days or 0},
                "at": f"{at:%H:%M}" if at else "",
            }
        # A time of day makes sense with calendar days only.
        by_calendar = values["unit"] == "calendar_days"
        return {
            **values,
            "until": None,
            "at": f"{at:%H:%M}" if at and by_calendar else "",
        }


class WindowForm(StepForm):
    """On which days, and at which hours."""

    days = forms.TypedMultipleChoiceField(
        label="On these days",
        choices=[(number, name) for number, name in enumerate(WEEKDAYS, 1)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )
    start = time_field("From", "09:00")
    end = time_field(
        "Until",
        "17:00",
        help_text="In the person’s own zone. Earlier than the beginning: on the next day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        step = kwargs.get("initial") or {}
        kwargs["initial"] = {
            **step,
            "start": step.get("from"),
            "end": step.get("until"),
        }
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        return {
            "name": self.cleaned_data["name"],
            "days": self.cleaned_data["days"],
            "from": f"{self.cleaned_data['start']:%H:%M}",
            "until": f"{self.cleaned_data['end']:%H:%M}",
        }


class TimeOutForm(StepForm):
    """The base of the forms of waits: how long at most."""

    amount = amount_field("Wait at most", "Wait at least 1, or delete the step.")
    unit = forms.ChoiceField(label="Unit", choices=UNITS[:3])

    def clean(self) -> dict[str, Any]:
        """Keep the wait below a year."""
        self.refuse_more_than_a_year()
        return self.cleaned_data


class WaitUntilForm(TimeOutForm):
    """What to wait for."""

    condition = ConditionField(label="Wait until this holds", required=False)
    since = forms.ChoiceField(
        label="Events count",
        choices=(
            ("here", "From when the person comes here"),
            ("ever", "Whenever they happened"),
        ),
        widget=forms.RadioSelect,
    )
    field_order = ("name", "condition", "since", "amount", "unit")
