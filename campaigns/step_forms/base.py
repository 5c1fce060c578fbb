"""What the forms of steps are made of."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from audiences.catalog import attributes
from campaigns.flows.definition import Step

UNITS = (
    ("minutes", "minutes"),
    ("hours", "hours"),
    ("days", "days (of 24 hours)"),
    ("calendar_days", "calendar days (of their own zone)"),
)
# The longest delay, in each unit: a year.
LONGEST = {"minutes": 525_600, "hours": 8_760, "days": 365, "calendar_days": 365}


class SuggestedInput(forms.TextInput):
    """A text field that suggests the attributes that contacts have."""

    def _render(
        self, template_name: str, context: dict[str, Any], renderer: Any = None
    ) -> SafeString:
        """Add the suggestions behind the field."""
        attrs = context["widget"]["attrs"]
        attrs |= {"list": f"{attrs['id']}-known", "autocomplete": "off"}
        field = super()._render(template_name, context, renderer)  # type: ignore[misc]
        options = format_html_join(
            "", '<option value="{}">', ((entry.name,) for entry in attributes())
        )
        return format_html(
            '{}<datalist id="{}">{}</datalist>', field, attrs["list"], options
        )


class AttributeField(forms.CharField):
    """The name of an attribute of contacts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, widget=SuggestedInput, **kwargs)


def time_field(label: str, example: str, **kwargs: Any) -> forms.TimeField:
    """Make a field for a time of day."""
    return forms.TimeField(
        label=label,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": f"Write a time such as {example}."},
        **kwargs,
    )


def amount_field(label: str, least: str, **kwargs: Any) -> forms.IntegerField:
    """Make a field for the number of a length of time."""
    return forms.IntegerField(
        label=label,
        validators=[
            MinValueValidator(1, least),
            MaxValueValidator(LONGEST["minutes"], "Wait at most a year."),
        ],
        error_messages={"invalid": "Write a whole number, such as 3."},
        **kwargs,
    )


class StepForm(forms.Form):
    """
    The base of a step's form: its name. ``steps`` is the flow that it is part of.

    ``needed`` names fields that may be blank in a draft, yet are not meant to stay so.
    """

    needed: tuple[str, ...] = ()

    name = forms.CharField(
        label="Name of the step",
        max_length=80,
        error_messages={"required": "Give the step a name, such as “Wait three days”."},
    )

    def __init__(self, *args: Any, steps: Sequence[Step] = (), **kwargs: Any) -> None:
        self.steps = list(steps)
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """Give the values for the step."""
        return self.cleaned_data

    def refuse_more_than_a_year(self) -> None:
        """Keep a length of time below a year."""
        unit = self.cleaned_data.get("unit", "")
        amount = self.cleaned_data.get("amount")
        if unit and amount and amount > LONGEST[unit]:
            self.add_error("amount", f"Wait at most a year: {LONGEST[unit]:,} here.")
